"""What the second detector reports."""

from dataclasses import dataclass

HIGH = 0.8
"""The confidence from which a finding counts as personal data left behind."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Characters `start` to `end` of the scanned text look like this category."""

    start: int
    end: int
    category: str
    confidence: float
