"""Alerts do what the plan says, on a small training through the real stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from burnish.api.deciding import decide
from burnish.api.incidents import close
from burnish.cli.decide import command
from burnish.core.crew import Alone, Hears
from burnish.core.errors import (
    BudgetSpent,
    BurnishError,
    GateClosed,
    InputError,
    Interrupted,
    NotAllowed,
)
from burnish.core.standing import INCIDENT, open_incidents
from burnish.plan import TrainPlan

if TYPE_CHECKING:
    from tests.bells import Hook
    from tests.watch.conftest import Hall

LOW = 1e-9
PRICED = {"per_hour": 3600.0}


def halted(hall: Hall, code: int) -> BurnishError:
    with pytest.raises(BurnishError) as stopped:
        hall()
    assert stopped.value.exit_code == code, stopped.value
    return stopped.value


def test_a_clean_training_raises_no_alert_and_is_summed_up(
    hall: Hall, undisturbed: dict[str, str]
) -> None:
    hall.plan(budget={**PRICED, "training": 1e6, "cap": 1e6})

    model = hall()

    assert hall.weights(model) == undisturbed
    assert hall.alerts() == []
    (told,) = hall.events("watched")
    assert (told["ended"], told["step"], told["total"], told["starts"]) == ("done", 20, 20, 1)
    assert len(told["curves"]["loss"]) == 20
    assert [step for step, _ in told["curves"]["validation"]] == [0, 5, 10, 15, 20]
    assert told["cost"] > 0
    assert told["peak_memory"] > 0
    assert told["peak_of"].startswith("measured matrix product")
    assert 0 < told["curves"]["mfu"][-1][1] < 2


def test_note_writes_the_alert_down_and_the_training_goes_on(
    hall: Hall, undisturbed: dict[str, str]
) -> None:
    hall.plan(watch={"gradient": {"action": "note", "limit": LOW}})

    model = hall()

    assert hall.alerts() == [("gradient", 1)]  # once, though every step is over the limit
    assert hall.events("alerted")[0]["value"] > 0
    assert hall.weights(model) == undisturbed
    assert hall.events(INCIDENT) == []


def test_notify_sends_a_notice_while_the_training_goes_on(hall: Hall, hook: Hook) -> None:
    keys = hall.desk.folder / "keys"
    (keys / "hook.url").write_text(hook.url, encoding="utf-8")
    (keys / "hook.key").write_text("s3cret", encoding="utf-8")
    where = {"name": "desk", "url": "file:keys/hook.url", "secret": "file:keys/hook.key"}
    hall.plan(watch={"gradient": {"action": "notify", "limit": LOW}}, notify={"webhooks": [where]})

    hall()

    (posted,) = hook.posted
    assert b"gradient alert of a training" in posted.body
    assert b"is over 1e-09" in posted.body
    assert hall.events(INCIDENT) == []
    assert len(hall.events("notice.sent")) == 1


def test_stop_saves_fails_and_is_an_incident_and_running_again_is_refused(hall: Hall) -> None:
    hall.plan(watch={"gradient": {"limit": LOW}})

    stopped = halted(hall, 3)

    assert "gradient norm" in stopped.problem
    assert "train.learning_rate" in stopped.remedy
    (incident,) = hall.events(INCIDENT)
    assert (incident["kind"], incident["severity"]) == ("training", "high")
    assert "is over 1e-09" in incident["measured"][0]
    assert hall.events("watched")[0]["ended"] == "halted"
    began = len(hall.said)
    assert "gradient norm" in halted(hall, 3).problem
    assert len(hall.said) == began  # not a step was done
    assert len(hall.events(INCIDENT)) == 1


def test_wait_saves_and_a_signed_decision_lets_it_go_on_to_the_same_weights(
    hall: Hall, undisturbed: dict[str, str]
) -> None:
    hall.plan(watch={"gradient": {"action": "wait", "limit": LOW}})
    stopped = halted(hall, 4)
    assert "burnish decide continue" in stopped.remedy
    halted(hall, 4)

    made = decide(hall.desk.folder, "continue", because="Jane Citizen says it is the first step")

    assert (made.by, made.role) == ("dana", "ml_engineer")
    assert "Jane" not in str(hall.events("training.decided")[0]["because"])
    assert not open_incidents(hall.project.ledger)
    assert hall.weights(hall()) == undisturbed
    assert hall.alerts() == [("gradient", 1)]


def test_a_decision_to_stop_refuses_the_training_until_another_decision(hall: Hall) -> None:
    hall.plan(watch={"gradient": {"action": "wait", "limit": LOW}})
    halted(hall, 4)

    decide(hall.desk.folder, "stop", because="it learns nothing")

    assert "dana decided to stop: gradient norm" in halted(hall, 3).problem
    decide(hall.desk.folder, "continue", because="it does, after all")
    hall()


def test_only_the_engineer_or_an_approver_decides(hall: Hall) -> None:
    hall.plan(watch={"gradient": {"action": "wait", "limit": LOW}})
    halted(hall, 4)

    with pytest.raises(NotAllowed, match="priya has not the role ml_engineer"):
        decide(hall.desk.folder, "continue", because="x", key=hall.desk.folder / "keys/priya.pem")

    key = hall.desk.folder / "keys" / "omar.pem"
    assert decide(hall.desk.folder, "continue", because="x", key=key).role == "approver"


def test_a_forged_decision_counts_for_nothing(hall: Hall) -> None:
    hall.plan(watch={"gradient": {"action": "wait", "limit": LOW}})
    halted(hall, 4)
    decide(hall.desk.folder, "stop", because="no")
    (stopped,) = hall.events("training.decided")

    hall.project.ledger.append("training.decided", {**stopped, "decision": "continue"})

    assert "decided to stop" in halted(hall, 3).problem


def test_nothing_is_decided_where_nothing_waits(hall: Hall) -> None:
    with pytest.raises(InputError, match="no training waits"):
        decide(hall.desk.folder, "continue", because="x")


def test_the_cost_of_an_overrun_waits_for_a_person_and_goes_on(
    hall: Hall, undisturbed: dict[str, str]
) -> None:
    hall.plan(budget={**PRICED, "training": 10.0}, watch={"cost": {"after_steps": 3, "over": 1.0}})

    stopped = halted(hall, 4)

    assert "the cost at the end" in stopped.problem
    assert hall.alerts() == [("cost", 3)]
    assert hall.events(INCIDENT)[0]["kind"] == "cost"
    decide(hall.desk.folder, "continue", because="the board pays")
    assert hall.weights(hall()) == undisturbed
    assert hall.alerts() == [("cost", 3)]  # what was let pass is not asked again


def test_the_cap_saves_exits_8_and_the_raised_cap_goes_on_to_the_same_weights(
    hall: Hall, undisturbed: dict[str, str]
) -> None:
    hall.plan(budget={**PRICED, "cap": 30.0})

    spent = halted(hall, 8)

    assert isinstance(spent, BudgetSpent)
    assert "of at most 30.00" in spent.problem
    assert "raise budget.cap" in spent.remedy
    done = hall.events("watched")[0]["step"]
    assert 0 < done < 20
    again = halted(hall, 8)  # the first start counts
    assert "of at most 30.00" in again.problem
    assert len(hall.events("watched")) == 1
    hall.plan(budget={**PRICED, "cap": 1e6})
    assert hall.weights(hall()) == undisturbed
    last = hall.events("watched")[-1]
    assert last["starts"] == 2
    assert last["cost_of_all"] > 30
    assert last["curves"]["loss"][0][0] == done + 1


def test_numbers_that_are_not_finite_end_the_training_as_an_incident(hall: Hall) -> None:
    burst = TrainPlan(
        technique="full", epochs=4, micro_batch=4, learning_rate=1e37, threads=1, warmup=0.0
    )
    hall.plan(watch={"gradient": {"action": "note"}, "divergence": {"action": "note"}})

    with pytest.raises(GateClosed) as stopped:
        hall(burst)

    assert stopped.value.exit_code == 3
    assert "not finite" in stopped.value.problem
    assert "not_finite" in [kind for kind, _ in hall.alerts()]
    assert hall.events(INCIDENT)[0]["kind"] == "training"


def test_a_validation_loss_that_rises_is_told_and_halts_where_the_plan_says(hall: Hall) -> None:
    bold = TrainPlan(
        technique="full", epochs=2, micro_batch=4, learning_rate=1.0, threads=1,
        checkpoint_every=1, warmup=0.0, schedule="constant",
    )  # fmt: skip
    hall.plan(
        watch={
            "gradient": {"action": "note"},
            "divergence": {"action": "note"},
            "validation": {"action": "wait", "patience": 2},
        }
    )

    with pytest.raises(GateClosed, match="has risen 2 times in a row") as stopped:
        hall(bold)

    assert stopped.value.exit_code == 4
    assert "validation" in [kind for kind, _ in hall.alerts()]


def test_an_interruption_is_told_when_the_training_goes_on(
    hall: Hall, undisturbed: dict[str, str]
) -> None:
    hall.stop_after = 9
    with pytest.raises(Interrupted):
        hall()
    hall.stop_after = 0

    assert hall.weights(hall()) == undisturbed

    ((kind, step),) = hall.alerts()
    assert kind == "interruption"
    assert 0 < step < 20
    assert hall.events("alerted")[0]["action"] == "note"


def test_a_rate_off_its_schedule_stops(hall: Hall) -> None:
    hall.crew = Tampering(lambda step: {"learning_rate": 1.0} if step == 7 else {}, "step")

    assert "off its schedule" in halted(hall, 3).problem

    assert hall.alerts() == [("rate", 7)]


def test_a_loss_far_above_its_level_stops(hall: Hall) -> None:
    hall.crew = Tampering(lambda step: {"loss": 30.0} if step > 12 else {}, "step")

    assert "far above its level" in halted(hall, 3).problem

    assert hall.alerts() == [("divergence", 17)]


def test_what_the_training_tells_is_shown_with_its_figures(hall: Hall) -> None:
    hall.plan(budget={**PRICED, "training": 1e6})

    hall()

    last = [note for note in hall.said if note.startswith("train step")][-1]
    assert last.startswith("train step 20 of 20  loss ")
    for word in ("validation ", "grad norm ", "tok/s", "MFU ", "memory ", " USD", "0 s left"):
        assert word in last


@dataclass
class Told:
    """A hearer that changes what it hears of, before the watcher hears it."""

    hears: Hears
    change: Any
    what: str

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        kind = "step" if "grad_norm" in facts else "validation" if "loss" in facts else ""
        if kind == self.what:
            facts = {**facts, **self.change(facts["step"])}
        self.hears.told(rank, facts)

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        self.hears.beat(rank, doing, step)

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        return self.hears.asked(question, facts)

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        self.hears.noted(event, facts)

    def should_stop(self) -> bool:
        return self.hears.should_stop()


@dataclass
class Tampering:
    """A crew whose trainings tell something else than they do."""

    change: Any
    what: str

    def run(self, errand: Any, job: Any, hears: Hears, ranks: int = 1) -> Any:
        return Alone().run(errand, job, Told(hears, self.change, self.what), ranks)


def test_the_incident_of_a_training_is_closed_by_its_engineer_and_no_officer(hall: Hall) -> None:
    hall.plan(budget={**PRICED, "cap": 30.0})
    halted(hall, 8)
    (incident,) = open_incidents(hall.project.ledger)
    priya = hall.desk.folder / "keys" / "priya.pem"

    with pytest.raises(NotAllowed, match="priya has not the role approver"):
        close(hall.desk.folder, incident, because="x", key=priya)
    close(hall.desk.folder, incident, because="the cap is raised")

    assert not open_incidents(hall.project.ledger)


def test_decide_is_a_command_that_says_what_it_did(hall: Hall) -> None:
    hall.plan(watch={"gradient": {"action": "wait", "limit": LOW}})
    halted(hall, 4)

    said = CliRunner().invoke(
        command, ["continue", "--because", "x", "--json", "--plan", str(hall.desk.folder)]
    )

    assert said.exit_code == 0, said.output
    told = json.loads(said.output)
    assert (told["decision"], told["by"], told["role"]) == ("continue", "dana", "ml_engineer")
    assert "gradient norm" in told["alerts"][0]
