"""The watcher between a training and who hears it: what it adds, what it hides, what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from burnish.core.crew import Alone, Link
from burnish.core.errors import BudgetSpent, GateClosed, Interrupted, Lost
from burnish.plan import BudgetPlan, WatchPlan
from burnish.plan_watch import CostAlert, ValidationAlert
from burnish.storage.memory import MemoryStore
from burnish.watch.doors import About, Doors, Points
from burnish.watch.meter import EVERY_SECONDS, Meter
from burnish.watch.watched import Watched
from burnish.watch.watcher import Watcher

NAME = "r" * 64 + "-train"
BEGUN: dict[str, Any] = {
    "training": NAME, "step": 0, "total": 10, "private": False, "control": False, "ranks": 1,
    "device": "cpu", "measured": 1e9, "parameters": 10, "trainable": 10, "before": [],
    "arithmetic": {"body": 100.0, "head": 10.0, "attention": 1.0},
    "settings": {"precision": "fp32", "schedule": "constant", "learning_rate": 1.0,
                 "warmup_share": 0.0},
}  # fmt: skip


def step(number: int, **changes: Any) -> dict[str, Any]:
    facts = {"step": number, "epoch": 1, "loss": 2.0, "grad_norm": 1.0, "learning_rate": 1.0,
             "tokens": 100, "trained_tokens": 50, "seconds": 1.0}  # fmt: skip
    return {**facts, **changes}


@dataclass
class Ears:
    """Hears, and keeps what it heard."""

    heard: list[Mapping[str, Any]] = field(default_factory=list)
    notes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    stop: bool = False

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        self.heard.append(facts)

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        """Nothing to do."""

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        return question

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        self.notes.append((event, facts))

    def should_stop(self) -> bool:
        return self.stop

    def alerts(self) -> list[tuple[str, int]]:
        return [(f["alert"], f["step"]) for event, f in self.notes if event == "alerted"]


@dataclass
class Outside:
    """An outlet that keeps what it is told."""

    abouts: list[About] = field(default_factory=list)
    points: list[tuple[int, Points]] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def open(self, about: About) -> None:
        self.abouts.append(about)

    def tell(self, step: int, points: Points) -> None:
        self.points.append((step, points))

    def alert(self, kind: str, step: int) -> None:
        self.alerts.append(kind)

    def close(self, how: str, digests: Mapping[str, str]) -> str:
        self.ends.append(how)
        return ""


@dataclass
class Stand:
    """A watcher with its surroundings."""

    watch: WatchPlan = field(default_factory=WatchPlan)
    budget: BudgetPlan = field(default_factory=BudgetPlan)
    ears: Ears = field(default_factory=Ears)
    outside: Outside = field(default_factory=Outside)
    store: MemoryStore = field(default_factory=MemoryStore)
    now: list[float] = field(default_factory=lambda: [0.0])

    def doors(self) -> Doors:
        about = About("desk", "", "", "p" * 64)
        return Doors(self.store.scratch, about, outlets=lambda: [self.outside],
                     clock=lambda: self.now[0])  # fmt: skip

    def watcher(self) -> Watcher:
        return Watcher(NAME, self.ears, (self.watch, self.budget), self.doors())


def test_the_figures_of_a_step_are_worked_out() -> None:
    stand = Stand(budget=BudgetPlan(per_hour=3600.0))
    watcher = stand.watcher()
    watcher.told(0, {"machine": 1})
    watcher.told(0, {"begun": BEGUN})
    stand.now[0] = 4.0
    watcher.told(0, step(1, seconds=2.0))

    figures = stand.ears.heard[-1]["figures"]

    assert figures["tokens_per_second"] == 50.0
    assert figures["mfu"] == (100 * 101 + 50 * 10) / 2.0 / 1e9
    assert figures["left"] == 9 * 4.0
    assert figures["cost"] == 4.0
    assert figures["final"] == 40.0


def test_every_machine_is_paid_for() -> None:
    stand = Stand(budget=BudgetPlan(per_hour=3600.0))
    watcher = stand.watcher()
    for rank, machine in enumerate((7, 7, 8, 8)):
        watcher.told(rank, {"machine": machine})
    stand.now[0] = 10.0

    assert watcher.meter.spent == 20.0


def test_the_gpus_of_every_machine_are_told_once() -> None:
    """Two machines with two ranks each; every rank sees both GPUs of its machine."""
    stand = Stand()
    watcher = stand.watcher()
    for rank, machine in enumerate((7, 7, 8, 8)):
        watcher.told(rank, {"machine": machine})
        watcher.told(rank, {"begun": BEGUN})
    for rank, use in ((1, 0.9), (2, 0.3), (3, 0.4), (0, 0.8)):
        watcher.told(rank, step(1, device={"memory": 5, "gpu_use": [use, 0.5]}))

    points = stand.outside.points[-1][1]

    assert {k: v for k, v in points.items() if k.startswith("gpu_use")} == {
        "gpu_use:0": 0.8, "gpu_use:1": 0.5, "gpu_use:2": 0.4, "gpu_use:3": 0.5,
    }  # fmt: skip
    assert stand.ears.heard[-1]["device"]["gpu_use"] == [0.8, 0.5, 0.4, 0.5]


def test_only_the_first_rank_speaks_for_the_training() -> None:
    stand = Stand()
    watcher = stand.watcher()
    for rank in (0, 1):
        watcher.told(rank, {"begun": BEGUN})
        watcher.told(rank, step(1, grad_norm=99.0))

    assert stand.ears.alerts() == [("gradient", 1)]
    assert len(stand.ears.heard) == 4


def test_nothing_that_tells_of_rows_leaves_a_private_training() -> None:
    stand = Stand(budget=BudgetPlan(per_hour=1.0))
    watcher = stand.watcher()
    watcher.told(0, {"begun": {**BEGUN, "private": True}})
    for number in range(1, 30):
        watcher.told(0, step(number, loss=1.0 if number < 20 else 90.0, grad_norm=50.0,
                             clipped=0.5))  # fmt: skip
    watcher.told(0, {"step": 29, "loss": 3.0, "tokens": 5})
    watcher.close("done", {})

    told = {name for _, points in stand.outside.points for name in points}
    assert told == {"gradient_norm", "learning_rate", "steps_per_second", "seconds", "total",
                    "left", "cost", "final"}  # fmt: skip
    (summary,) = [facts for event, facts in stand.ears.notes if event == "watched"]
    assert set(summary["curves"]) == {
        "gradient_norm", "learning_rate", "steps_per_second", "cost", "validation",
    }  # fmt: skip
    assert stand.ears.alerts() == []  # its gradient is noise, its losses are not heard


def test_a_watcher_that_heard_no_beginning_takes_the_training_for_private() -> None:
    stand = Stand()
    watcher = stand.watcher()
    watcher.told(0, step(1))

    assert "tokens_per_second" not in stand.ears.heard[-1]["figures"] or (
        stand.ears.heard[-1]["figures"]["tokens_per_second"] is None
    )


def test_what_a_checkpoint_tells_of_before_counts() -> None:
    before = [{"step": s, "loss": loss, "tokens": 5} for s, loss in ((0, 1.0), (5, 1.1), (10, 1.2))]
    begun = {**BEGUN, "step": 10, "total": 100, "before": before}
    stand = Stand(WatchPlan(validation=ValidationAlert(action="wait", patience=3)))
    watcher = stand.watcher()
    watcher.told(0, {"begun": begun})
    assert not watcher.should_stop()

    watcher.told(0, {"step": 15, "loss": 1.3, "tokens": 5})

    assert stand.ears.alerts() == [("validation", 15)]
    assert watcher.should_stop()


def test_the_same_alert_is_not_raised_again_after_a_restart() -> None:
    stand = Stand(WatchPlan(validation=ValidationAlert(action="note", patience=1)))
    watcher = stand.watcher()
    for _ in range(2):  # a process was lost after step 5, and began anew from the start
        watcher.told(0, {"begun": BEGUN})
        watcher.told(0, {"step": 0, "loss": 1.0, "tokens": 5})
        watcher.told(0, step(5))
        watcher.told(0, {"step": 5, "loss": 2.0, "tokens": 5})

    assert stand.ears.alerts() == [("validation", 5), ("interruption", 0)]
    assert stand.ears.notes[1][1]["value"] == 5.0  # steps that are done again


def test_a_control_on_random_weights_only_notes_how_it_learns() -> None:
    stand = Stand()
    watcher = stand.watcher()
    watcher.told(0, {"begun": {**BEGUN, "control": True}})
    watcher.told(0, step(1, grad_norm=99.0))

    assert stand.ears.alerts() == [("gradient", 1)]
    assert not watcher.should_stop()
    assert stand.outside.abouts[0].role == "control"


def test_a_start_that_was_killed_is_charged_beyond_its_last_writing() -> None:
    store, now = MemoryStore(), [0.0]
    first = Meter(store.scratch("m"), 3600.0, lambda: now[0])
    now[0] = 100.0
    first.save()

    second = Meter(store.scratch("m"), 3600.0, lambda: now[0])

    assert second.spent == 100.0 + EVERY_SECONDS
    assert second.cut_off
    second.end("done")
    third = Meter(store.scratch("m"), 7200.0, lambda: now[0])
    now[0] += 1.0
    assert third.spent == 100.0 + EVERY_SECONDS + 2.0  # an earlier start keeps its price


def test_a_job_that_is_no_training_just_runs() -> None:
    stand = Stand()

    done = Watched(Alone(), stand.watch, stand.budget, stand.doors()).run(_echo, 5, stand.ears)

    assert done == 5
    assert stand.ears.notes == []


@dataclass(frozen=True)
class Job:
    """A training without a model."""

    scratch: str = NAME
    norm: float = 1.0
    lost: bool = False


def test_what_else_a_crew_raises_stays_as_it_is() -> None:
    stand = Stand()
    watched = Watched(Alone(), stand.watch, stand.budget, stand.doors())

    with pytest.raises(Lost):
        watched.run(_train, Job(lost=True), stand.ears)

    assert stand.outside.ends == ["interrupted"]


def test_an_alert_at_the_very_last_step_halts_too() -> None:
    stand = Stand()
    watched = Watched(Alone(), stand.watch, stand.budget, stand.doors())

    with pytest.raises(GateClosed, match="gradient norm 99 at step 1"):
        watched.run(_train, Job(norm=99.0), stand.ears)

    assert stand.outside.alerts == ["gradient"]
    assert stand.outside.ends == ["halted"]


def test_the_cap_counts_while_no_step_ends() -> None:
    stand = Stand(budget=BudgetPlan(per_hour=3600.0, cap=5.0))
    ticks = count()
    stand.now = Ticking(ticks)  # each look at the clock is a second
    watched = Watched(Alone(), stand.watch, stand.budget, stand.doors())

    with pytest.raises(BudgetSpent, match=r"of at most 5\.00"):
        watched.run(_wait, Job(), stand.ears)


def test_a_forecast_within_the_budget_waits_for_nobody() -> None:
    watch = WatchPlan(cost=CostAlert(after_steps=1))
    stand = Stand(watch, BudgetPlan(per_hour=3600.0, training=11.0))
    watcher = stand.watcher()
    watcher.told(0, {"begun": BEGUN})
    for number in range(1, 11):
        stand.now[0] = number * 1.3  # 13 in all, 18 % over
        watcher.told(0, step(number))

    assert stand.ears.alerts() == []


class Ticking(list[float]):
    """A clock that moves on whenever it is read."""

    def __init__(self, ticks: count[int]) -> None:
        super().__init__([0.0])
        self.ticks = ticks

    def __getitem__(self, place: Any) -> Any:
        return float(next(self.ticks))


def _echo(job: int, link: Link) -> int:
    return job


def _train(job: Job, link: Link) -> int:
    link.tell({"begun": {**BEGUN, "total": 1}})
    if job.lost:
        raise Lost("a process vanished", remedy="run again")
    link.tell(step(1, grad_norm=job.norm))
    return 1


def _wait(job: Job, link: Link) -> int:
    while not link.should_stop():
        pass
    raise Interrupted("stopped", remedy="run again")
