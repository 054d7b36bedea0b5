"""Hears a training for whoever runs it: works out its figures, raises alerts, and halts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from burnish.core.crew import Hears
from burnish.core.errors import (
    BudgetSpent,
    BurnishError,
    Diverged,
    GateClosed,
    Interrupted,
)
from burnish.core.verdict import Outcome, Verdict
from burnish.methods.watch.alerts import Alert, Limits, Rules
from burnish.methods.watch.figures import Figures, Speed, left_after
from burnish.methods.watch.stream import Broke, Forecast, Resumed, Seen, Validated
from burnish.plan import BudgetPlan, WatchPlan
from burnish.watch.doors import Doors, Outlet
from burnish.watch.judging import (
    HALTS,
    action_of,
    heard_before,
    limits_of,
    machine_of,
    stepped,
)
from burnish.watch.meter import Meter
from burnish.watch.nodes import Nodes
from burnish.watch.points import points_of
from burnish.watch.summary import Series

GATE = "training"
CAP = "cap"
EACH_TIME = ("interruption", "not_finite")
CONTINUE = "burnish decide continue --because WHY, then burnish run"
REMEDY = {
    Outcome.FAILED: "lower train.learning_rate or raise train.micro_batch x train.accumulate in "
    f"the plan and run again; or, if it is well as it is: {CONTINUE}",
    Outcome.WAITING: f"{CONTINUE}; or burnish decide stop --because WHY",
}


class Watcher:
    """The `Hears` of a watched training: everything goes on to `hears`, with figures added."""

    def __init__(
        self, name: str, hears: Hears, plans: tuple[WatchPlan, BudgetPlan], doors: Doors
    ) -> None:
        self.name, self.hears, self.doors = name, hears, doors
        self.watch, self.budget = plans
        self.meter = Meter(doors.scratch(meter_name(name)), self.budget.per_hour, doors.clock)
        self.halted: list[tuple[Alert, str]] = []
        self.series = Series()
        self._outlets: list[Outlet] = []
        self._begun: Mapping[str, Any] = {"private": True, "control": False, "step": 0, "total": 0}
        self._rules, self._speed = Rules(Limits()), Speed(None)
        self._nodes = Nodes()
        self._first = (0.0, 0)
        self._known = {(one.kind, one.step) for one in doors.standing(name)}

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        """Take in what a rank tells, and hand it on; the first rank speaks for all."""
        if "machine" in facts:
            self._nodes.add(rank, int(facts["machine"]))
            self.meter.now.machines = self._nodes.count
        elif rank and "device" in facts:
            self._nodes.take(rank, facts["device"])
        elif rank == 0 and "begun" in facts:
            self._begin(facts["begun"])
        elif rank == 0 and "grad_norm" in facts:
            device = self._nodes.together(facts.get("device", {}))
            facts = {**facts, "device": device}
            facts["figures"] = self._step(facts)
        elif rank == 0 and "loss" in facts:
            self._validation(facts)
        self.hears.told(rank, facts)

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        """Hand it on; with a checkpoint the count of the cost is kept too."""
        if doing == "saved":
            self.meter.save()
        self.hears.beat(rank, doing, step)

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        """Hand it on."""
        return self.hears.asked(question, facts)

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        """Hand it on."""
        self.hears.noted(event, facts)

    def should_stop(self) -> bool:
        """Whether an alert halted it, the cap is reached, or somebody asks."""
        return bool(self.halted) or self.over_cap() or self.hears.should_stop()

    def over_cap(self) -> bool:
        """Whether it has cost all that it may."""
        return self.budget.cap is not None and self.meter.spent >= self.budget.cap

    def spent_words(self) -> str:
        """What it has cost, in a sentence."""
        return (
            f"the training has cost {self.meter.spent:.2f} {self.budget.currency} of at most "
            f"{self.budget.cap:.2f}"
        )

    def because_of(self, stopped: BurnishError | None) -> BurnishError | None:
        """Why the training really ended, where it was halted from here; else as it was told."""
        if isinstance(stopped, Diverged):
            self._hear(Broke(self.series.last_step, "loss or gradient"))
        halting = self.halted and isinstance(stopped, Interrupted | Diverged | None)
        if halting:
            return self._halt()
        if isinstance(stopped, Interrupted) and self.over_cap():
            self._note(Alert("cost", self.series.last_step, self.meter.spent, self._cap), CAP, CAP)
            return spent(self.spent_words())
        return stopped

    def close(self, how: str, files: Mapping[str, str]) -> None:
        """The end: the cost is kept, a summary goes into the ledger, outlets are closed."""
        self.meter.end(how)
        untold = [told for one in self._outlets if (told := one.close(how, files))]
        summary = self.series.summary(bool(self._begun["private"]))
        facts = {
            **summary,
            "watched": self.name,
            "ended": how,
            "seconds": round(self.meter.now.seconds, 1),
            "cost": round(self.meter.now.cost, 4),
            "cost_of_all": round(self.meter.spent, 4),
            "starts": len(self.meter.earlier) + 1,
            "currency": self.budget.currency,
            "untold": untold,
        }
        self.hears.noted("watched", facts)

    def _begin(self, begun: Mapping[str, Any]) -> None:
        """A training begins, or goes on from a checkpoint: the rules hear what came before."""
        again = max(0, self.series.last_step - int(begun["step"]))
        resumed = bool(self.series.starts) or (bool(begun["step"]) and self.meter.cut_off)
        again = again or max(0, self._earlier_step() - int(begun["step"]))
        self._begun = begun
        private = bool(begun["private"])
        self._rules = Rules(limits_of(self.watch, self.budget, begun, self._accepted()))
        for seen in heard_before(begun["before"], private):
            self._rules.hear(seen)
        machine = machine_of(self.watch, begun)
        self._speed = Speed(None if private else machine)
        self.series.begin(begun, machine)
        self._first = (self.doors.clock(), int(begun["step"]))
        if not self._outlets:
            self._open(begun)
        if resumed:
            self._hear(Resumed(int(begun["step"]), again))

    def _open(self, begun: Mapping[str, Any]) -> None:
        role = "control" if begun["control"] else "train"
        about = replace(
            self.doors.about, role=role, name=self.name, settings=dict(begun["settings"])
        )
        self._outlets = list(self.doors.outlets())
        for outlet in self._outlets:
            outlet.open(about)

    def _step(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        private = bool(self._begun["private"])
        step = stepped(facts, private)
        self._speed.hear(step, None if private else facts.get("trained_tokens"))
        self._hear(step)
        figures = self._figures(step.step)
        if figures.final is not None and step.step - self._first[1] >= self.watch.cost.after_steps:
            self._hear(Forecast(step.step, figures.final))
        self.meter.now.step = step.step
        self.meter.tick()
        self.series.step(step, figures, facts.get("device", {}))
        points = points_of(step, asdict(figures), facts.get("device", {}))
        for outlet in self._outlets:
            outlet.tell(step.step, points)
        return {**asdict(figures), "currency": self.budget.currency}

    def _validation(self, facts: Mapping[str, Any]) -> None:
        seen = Validated(int(facts["step"]), float(facts["loss"]))
        self.series.validation(seen)
        self._hear(seen)
        if not self._begun["private"]:
            for outlet in self._outlets:
                outlet.tell(seen.step, {"validation_loss": seen.loss})

    def _figures(self, step: int) -> Figures:
        total = int(self._begun["total"])
        spent = self.meter.spent
        gone = self.doors.clock() - self._first[0]
        left = left_after(step - self._first[1], total - step, gone)
        priced = self.budget.per_hour > 0
        final = None
        if priced and left is not None:
            final = spent + self.meter.rate().of(left)
        return Figures(
            step=step,
            total=total,
            seconds=self.meter.now.seconds,
            left=left,
            cost=spent if priced else None,
            final=final,
            **self._speed.figures(),
        )

    def _hear(self, seen: Seen) -> None:
        for alert in self._rules.hear(seen):
            self._raise(alert)

    def _raise(self, alert: Alert) -> None:
        """Write an alert down, tell of it, and halt, as the plan says; never twice the same."""
        if alert.kind not in EACH_TIME and (alert.kind, alert.step) in self._known:
            return
        self._known.add((alert.kind, alert.step))
        action = action_of(self.watch, alert.kind, bool(self._begun["control"]))
        self._note(alert, alert.kind, action)
        if action in HALTS:
            self.halted.append((alert, action))
        elif action == "notify":
            self.doors.bell()

    def _note(self, alert: Alert, kind: str, action: str) -> None:
        self.series.alerts.append([alert.step, kind])
        facts = {
            "alert": kind,
            "action": action,
            "step": alert.step,
            "value": float(f"{alert.value:.6g}"),
            "limit": float(f"{alert.limit:.6g}"),
            "watched": self.name,
        }
        self.hears.noted("alerted", facts)
        for outlet in self._outlets:
            outlet.alert(kind, alert.step)

    @property
    def _cap(self) -> float:
        return self.budget.cap or 0.0

    def _accepted(self) -> float | None:
        """The largest forecast of the cost that a person let pass."""
        standing = self.doors.standing(self.name)
        passed = [s.value for s in standing if s.kind == "cost" and s.decision == "continue"]
        return max(passed, default=None)

    def _earlier_step(self) -> int:
        return self.meter.earlier[-1].step if self.meter.cut_off else 0

    def _halt(self) -> GateClosed:
        because = tuple(alert.words() for alert, _ in self.halted)
        waits = all(action == "wait" for _, action in self.halted)
        return closed(Outcome.WAITING if waits else Outcome.FAILED, because)


def closed(outcome: Outcome, because: tuple[str, ...]) -> GateClosed:
    """A training that may not go on before a person has looked."""
    return GateClosed(GATE, Verdict(outcome, because), remedy=REMEDY[outcome])


def spent(words: str) -> BudgetSpent:
    """A training that has cost all that it may."""
    return BudgetSpent(
        f"{words}; its checkpoint is saved",
        remedy="raise budget.cap in the plan; burnish run goes on from the checkpoint",
    )


def meter_name(name: str) -> str:
    """Where the cost of a training is counted: all trainings of one recipe together."""
    return f"{name.rpartition('-')[0] or name}-watch"
