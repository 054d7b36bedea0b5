"""The learning rate that a schedule gives: a second writing of it, to hold the first one to it."""

import math
from dataclasses import dataclass

SHAPES = ("cosine", "linear", "constant")


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up over a share of all steps, then a way down to zero, or none.

    `shape` is one of `SHAPES`, `peak` the highest rate, `total` the number of steps.
    """

    shape: str
    peak: float
    warmup_share: float
    total: int


def rate_at(schedule: Schedule, step: int) -> float:
    """The rate of a step (from 1); raises ValueError for a shape that is not known here."""
    warm = math.ceil(schedule.warmup_share * schedule.total)
    if step <= warm:
        return schedule.peak * step / warm
    gone = (step - 1 - warm) / max(1, schedule.total - warm)
    if schedule.shape == "cosine":
        return schedule.peak * (1 + math.cos(math.pi * gone)) / 2
    if schedule.shape == "linear":
        return schedule.peak * (1 - gone)
    if schedule.shape == "constant":
        return schedule.peak
    raise ValueError(f"no schedule is called {schedule.shape}; known are {', '.join(SHAPES)}")
