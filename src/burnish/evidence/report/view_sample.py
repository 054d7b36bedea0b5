"""What the page shows of the sample of documents that people looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateView:
    """A share with its 95 % interval; no estimate where a stratum was not looked at."""

    estimate: float | None
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class StratumView:
    """A stratum in words, with documents: in all, looked at, skipped, with a miss, over-masked."""

    name: str
    rows: int
    judged: int
    skipped: int
    missed: int
    over: int


@dataclass(frozen=True, slots=True)
class SampleView:
    """Verdicts of people on masked documents, beside the other two measures of what is left.

    `wanted` is how many documents the plan asks for, `most` the highest upper bound of `missed`
    that it allows; `refused` tells why samples do not count.
    """

    judged: int = 0
    skipped: int = 0
    wanted: int = 0
    reviewers: tuple[str, ...] = ()
    missed: RateView | None = None
    over: RateView | None = None
    words_missed: float | None = None
    strata: tuple[StratumView, ...] = ()
    most: float | None = None
    residual: float | None = None
    canary: RateView | None = None
    refused: tuple[str, ...] = ()
