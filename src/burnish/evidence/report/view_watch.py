"""What the page shows of how a training was watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.evidence.report.view_data import Counts

Pairs = tuple[tuple[str, str], ...]
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert: at which step, what was seen, what was done, and what a person decided."""

    step: int
    kind: str
    words: str
    action: str
    at: str
    decided: str = ""


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt of the supervisor: from which step to which, how it ended, what was lost."""

    number: int
    began: int
    ended_at: int
    ended: str
    seconds: float
    lost: int
    run: str = ""


@dataclass(frozen=True, slots=True)
class WatchView:
    """The curves of a training over all its starts, its alerts and attempts, and what it ran on.

    `curves` are by name: loss, validation, gradient_norm, learning_rate, tokens_per_second,
    steps_per_second, mfu, cost. `currency` is that of the cost.
    """

    curves: Mapping[str, Curve] = field(default_factory=dict)
    alerts: tuple[AlertView, ...] = ()
    attempts: tuple[AttemptView, ...] = ()
    facts: Pairs = ()
    currency: str = ""
    untold: tuple[str, ...] = ()

    @property
    def steps_of_alerts(self) -> tuple[int, ...]:
        """Where the charts are marked."""
        return tuple(alert.step for alert in self.alerts)

    @property
    def by_kind(self) -> Counts:
        """How many alerts of each kind there were."""
        kinds = [alert.kind for alert in self.alerts]
        return tuple((kind, kinds.count(kind)) for kind in sorted(set(kinds)))
