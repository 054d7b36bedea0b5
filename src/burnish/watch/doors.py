"""What a watcher has of the world: a meter, the decisions of people, and who else looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from burnish.core.ports import Scratch

Points = Mapping[str, float]
"""Figures by name; a name may carry one label after a colon, as in `gpu_use:0`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that was raised, and what a person decided on it (empty: nothing yet)."""

    kind: str
    step: int
    action: str
    value: float
    words: str
    decision: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a training is, for who looks from outside: names, digests and plain settings.

    `role` is train or control, `name` the recipe and role, `settings` hold no place and nothing
    that tells of rows.
    """

    project: str
    role: str
    name: str
    plan: str
    settings: Mapping[str, Any] = field(default_factory=dict)


class Outlet(Protocol):
    """Somebody outside who is told of a training; telling never waits and never raises."""

    def open(self, about: About) -> None:
        """A training begins."""

    def tell(self, step: int, points: Points) -> None:
        """Figures after a step."""

    def alert(self, kind: str, step: int) -> None:
        """An alert was raised."""

    def close(self, how: str, digests: Mapping[str, str]) -> str:
        """A training ended (`done`, or why not); what went wrong in telling of it, or nothing."""


def _none_standing(name: str) -> Sequence[Standing]:
    return ()


def _nobody_is_told() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Doors:
    """The watcher's doors; the defaults watch quietly.

    `scratch(name)` is where the meter is kept, `standing(name)` the alerts raised so far in a
    training, `bell()` is rung when an alert is to be told of.
    """

    scratch: Callable[[str], Scratch]
    about: About
    standing: Callable[[str], Sequence[Standing]] = _none_standing
    bell: Callable[[], None] = _nobody_is_told
    outlets: Callable[[], Sequence[Outlet]] = tuple
    clock: Callable[[], float] = time.monotonic
