"""Figures of a running training: speed, model FLOPs utilisation, cost, and how long it will take.

All are worked out from what the training tells anyway; none asks the device anything.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from burnish.methods.watch.stream import Stepped

SPAN = 20
"""Steps over which speed is taken."""


@dataclass(frozen=True)
class Machine:
    """What a training computes on, and what a token costs it.

    `peak` is the FLOP/s of all devices together, `peak_of` says where that figure is from. `body`,
    `head` and `attention` are model FLOPs of a token (see `methods.training.arithmetic`).
    """

    peak: float
    peak_of: str
    body: float
    head: float
    attention: float

    def flops(self, tokens: int, trained: int) -> float:
        """Model FLOPs of a step that saw so many tokens and learned from so many."""
        return tokens * (self.body + self.attention) + trained * self.head


@dataclass(frozen=True)
class Figures:
    """How a training stands; None for what is not known or may not be told.

    `cost` is so far with all earlier starts, `final` at the end if it goes on like this, both in
    the plan's currency; `left` is seconds.
    """

    step: int
    total: int
    seconds: float
    steps_per_second: float | None = None
    tokens_per_second: float | None = None
    mfu: float | None = None
    left: float | None = None
    cost: float | None = None
    final: float | None = None


class Speed:
    """Speed and utilisation over the last steps."""

    def __init__(self, machine: Machine | None) -> None:
        self._machine = machine
        self._steps: deque[tuple[float, int | None, float]] = deque(maxlen=SPAN)

    def hear(self, step: Stepped, trained: int | None) -> None:
        """Take in a step, and of how many tokens it learned."""
        if not step.seconds:
            return
        flops = 0.0
        if self._machine is not None and step.tokens is not None and trained is not None:
            flops = self._machine.flops(step.tokens, trained)
        self._steps.append((step.seconds, step.tokens, flops))

    def figures(self) -> Mapping[str, float | None]:
        """`steps_per_second`, `tokens_per_second` and `mfu`, each where it is known."""
        seconds = sum(took for took, _, _ in self._steps)
        if not seconds:
            return {}
        found: dict[str, float | None] = {"steps_per_second": len(self._steps) / seconds}
        if all(tokens is not None for _, tokens, _ in self._steps):
            found["tokens_per_second"] = sum(t or 0 for _, t, _ in self._steps) / seconds
        flops = sum(flops for _, _, flops in self._steps)
        if self._machine is not None and flops and self._machine.peak > 0:
            found["mfu"] = flops / seconds / self._machine.peak
        return found


@dataclass(frozen=True)
class Price:
    """What an hour of so many machines costs."""

    per_hour: float
    machines: int = 1

    def of(self, seconds: float) -> float:
        """The cost of so many seconds."""
        return self.per_hour * self.machines * seconds / 3600


def left_after(done: int, left: int, seconds: float) -> float | None:
    """Seconds that the steps that are left will take, from those of this start."""
    return seconds / done * left if done else None
