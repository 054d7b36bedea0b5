"""What the screen found in one text, by place; never what it says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Characters `start` (in) to `end` (out) of a text are of this kind."""

    start: int
    end: int
    kind: str
