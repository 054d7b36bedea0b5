"""When the figures of a training are a reason to look: rules over the stream of its steps.

A rule is a fold: what it says depends on what it has heard and on nothing else, so a training
that goes on from a checkpoint is judged as if it had never stopped, once the rules have heard
what came before. An alert is raised once and not again until it has cleared.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal, Protocol

from burnish.methods.watch.schedule import Schedule, rate_at
from burnish.methods.watch.stream import Broke, Forecast, Resumed, Seen, Stepped, Validated

Kind = Literal[
    "validation", "gradient", "divergence", "not_finite", "rate", "throughput", "cost",
    "interruption",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "validation", "gradient", "divergence", "not_finite", "rate", "throughput", "cost",
    "interruption",
)  # fmt: skip
QUIET = 20
"""Steps below its limit after which an alert on single steps has cleared."""
SETTLED = 10
"""Losses that make a level."""
SAME_RATE = 1e-6
"""Relative difference of two learning rates that are the same."""


@dataclass(frozen=True)
class Alert:
    """A reason to look: which, at which step, the number that was seen and the one allowed."""

    kind: Kind
    step: int
    value: float
    limit: float

    def words(self) -> str:
        """The alert in a sentence of numbers."""
        return _WORDS[self.kind].format(step=self.step, value=self.value, limit=self.limit)


_WORDS: dict[str, str] = {
    "validation": "validation loss {value:.4g} at step {step} has risen {limit:g} times in a row",
    "gradient": "gradient norm {value:.4g} at step {step} is over {limit:g}",
    "divergence": "loss {value:.4g} at step {step} is far above its level: over {limit:.4g}",
    "not_finite": "loss or gradient is not finite at step {step}",
    "rate": "learning rate {value:.4g} at step {step} is off its schedule: {limit:.4g}",
    "throughput": "{value:.4g} a second at step {step} is too slow: under {limit:.4g}",
    "cost": "the cost at the end, {value:.2f} as step {step} foresees it, is over {limit:.2f}",
    "interruption": "interrupted; it goes on after step {step} ({value:g} steps are done again)",
}


@dataclass(frozen=True)
class Limits:
    """What is an alert. Zero, None or no schedule turns its rule off.

    `gradient` is a norm, over it for `gradient_steps` steps running; a loss is far above the
    median of its last `level_window` where it is over `factor` times it and over it by `margin`
    nats, for `divergence_steps` steps; below `slow_share` of the median of the last
    `speed_window` steps for `slow_steps` steps is slow; `cost` is the most that a forecast of the
    cost may be, `budget` the cost at which an overrun has cleared.
    """

    patience: int = 3
    gradient: float = 10.0
    gradient_steps: int = 1
    factor: float = 2.0
    margin: float = 0.5
    level_window: int = 50
    divergence_steps: int = 5
    slow_share: float = 0.5
    speed_window: int = 100
    slow_steps: int = 20
    cost: float | None = None
    budget: float | None = None
    schedule: Schedule | None = None


class Rule(Protocol):
    """Hears one thing after the other, and says when it is a reason to look."""

    def hear(self, seen: Seen) -> Alert | None:
        """The alert that this raises, unless it stands already."""


class Rules:
    """All rules together, over one stream."""

    def __init__(self, limits: Limits) -> None:
        self._rules = _rules(limits)

    def hear(self, seen: Seen) -> list[Alert]:
        """The alerts that this raises."""
        return [alert for rule in self._rules if (alert := rule.hear(seen))]


def alerts(stream: Iterable[Seen], limits: Limits) -> Iterator[Alert]:
    """Every alert of a stream, in order: a function of the stream alone."""
    rules = Rules(limits)
    for seen in stream:
        yield from rules.hear(seen)


def _rules(limits: Limits) -> list[Rule]:
    rules: list[Rule] = [_Rising(limits.patience), _NotFinite(), _Interrupted()]
    if limits.gradient:
        rules.append(_Gradient(limits))
    if limits.factor:
        rules.append(_Diverging(limits))
    if limits.slow_share:
        rules.append(_Slow(limits))
    if limits.cost is not None:
        rules.append(_Overrun(limits.cost, limits.cost if not limits.budget else limits.budget))
    if limits.schedule is not None:
        rules.append(_OffSchedule(limits.schedule))
    return rules


class _Latch:
    """Raised after so many bad steps running; lowered after so many good ones."""

    def __init__(self, bad_steps: int, quiet: int = QUIET) -> None:
        self._needed, self._quiet = bad_steps, quiet
        self._bad = self._good = 0
        self._raised = False

    def rises(self, bad: bool) -> bool:
        """Whether this step raises it."""
        self._bad = self._bad + 1 if bad else 0
        self._good = 0 if bad else self._good + 1
        if self._good >= self._quiet:
            self._raised = False
        if self._bad < self._needed or self._raised:
            return False
        self._raised = True
        return True


class _Rising:
    """Validation loss that rises so many checkpoints in a row; it clears when one does not."""

    def __init__(self, patience: int) -> None:
        self._patience, self._last, self._rises, self._raised = patience, math.inf, 0, False
        self._step = -1

    def hear(self, seen: Seen) -> Alert | None:
        if not isinstance(seen, Validated) or seen.step == self._step:
            return None
        if not math.isfinite(seen.loss):
            return None
        self._rises = self._rises + 1 if seen.loss > self._last else 0
        self._last, self._step = seen.loss, seen.step
        if self._rises == 0:
            self._raised = False
        if self._rises < self._patience or self._raised:
            return None
        self._raised = True
        return Alert("validation", seen.step, seen.loss, float(self._rises))


class _NotFinite:
    """Any number that is not one; nothing clears it."""

    def __init__(self) -> None:
        self._raised = False

    def hear(self, seen: Seen) -> Alert | None:
        if self._raised or not _is_broken(seen):
            return None
        self._raised = True
        step = seen.step + 1 if isinstance(seen, Broke) else seen.step
        return Alert("not_finite", step, 0.0, 0.0)


def _is_broken(seen: Seen) -> bool:
    if isinstance(seen, Stepped):
        numbers = [seen.grad_norm, seen.rate, 0.0 if seen.loss is None else seen.loss]
        return not all(map(math.isfinite, numbers))
    if isinstance(seen, Validated):
        return not math.isfinite(seen.loss)
    return isinstance(seen, Broke)


class _Interrupted:
    """Each interruption tells of itself."""

    def hear(self, seen: Seen) -> Alert | None:
        if not isinstance(seen, Resumed):
            return None
        return Alert("interruption", seen.step, float(seen.again), 0.0)


class _Gradient:
    """The norm of the gradient is over its limit."""

    def __init__(self, limits: Limits) -> None:
        self._limit, self._latch = limits.gradient, _Latch(limits.gradient_steps)

    def hear(self, seen: Seen) -> Alert | None:
        if not isinstance(seen, Stepped) or not math.isfinite(seen.grad_norm):
            return None
        rises = self._latch.rises(seen.grad_norm > self._limit)
        return Alert("gradient", seen.step, seen.grad_norm, self._limit) if rises else None


class _Diverging:
    """The loss is far above the median of the last losses that were not."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._latch = limits, _Latch(limits.divergence_steps)
        self._level: deque[float] = deque(maxlen=limits.level_window)

    def hear(self, seen: Seen) -> Alert | None:
        if not isinstance(seen, Stepped) or seen.loss is None or not math.isfinite(seen.loss):
            return None
        if len(self._level) < SETTLED:
            self._level.append(seen.loss)
            return None
        level = median(self._level)
        limit = max(level * self._limits.factor, level + self._limits.margin)
        far = seen.loss > limit
        if not far:
            self._level.append(seen.loss)
        return Alert("divergence", seen.step, seen.loss, limit) if self._latch.rises(far) else None


class _Slow:
    """Tokens (or steps, where tokens are not told) a second are under a share of their median."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._latch = limits, _Latch(limits.slow_steps)
        self._speeds: deque[float] = deque(maxlen=limits.speed_window)

    def hear(self, seen: Seen) -> Alert | None:
        if isinstance(seen, Resumed):  # perhaps on another machine
            self._speeds.clear()
        if not isinstance(seen, Stepped) or not seen.seconds:
            return None
        speed = (1 if seen.tokens is None else seen.tokens) / seen.seconds
        if len(self._speeds) < 2 * SETTLED:
            self._speeds.append(speed)
            return None
        limit = median(self._speeds) * self._limits.slow_share
        if speed >= limit:
            self._speeds.append(speed)
        rises = self._latch.rises(speed < limit)
        return Alert("throughput", seen.step, speed, limit) if rises else None


class _Overrun:
    """The forecast of the cost is over its limit; it clears within the budget itself."""

    def __init__(self, limit: float, budget: float) -> None:
        self._limit, self._budget, self._raised = limit, min(limit, budget), False

    def hear(self, seen: Seen) -> Alert | None:
        if not isinstance(seen, Forecast):
            return None
        if seen.cost <= self._budget:
            self._raised = False
        if self._raised or seen.cost <= self._limit:
            return None
        self._raised = True
        return Alert("cost", seen.step, seen.cost, self._limit)


class _OffSchedule:
    """The learning rate is another than its schedule gives, worked out here once more."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule, self._latch = schedule, _Latch(1, quiet=1)

    def hear(self, seen: Seen) -> Alert | None:
        if not isinstance(seen, Stepped) or not math.isfinite(seen.rate):
            return None
        due = rate_at(self._schedule, seen.step)
        off = not math.isclose(seen.rate, due, rel_tol=SAME_RATE, abs_tol=1e-15)
        return Alert("rate", seen.step, seen.rate, due) if self._latch.rises(off) else None
