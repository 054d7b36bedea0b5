"""What `burnish plan` foresees: what is made, what is to do, who must sign, what it may take."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from burnish.api.planning import STEPS, Forecast, PlannedStep, plan
from burnish.api.starting import key_new
from burnish.core.errors import InputError
from burnish.engines.inline import InlineEngine
from burnish.stages.collect import collect
from burnish.wiring import make_run, open_project

PLAN = """\
name: desk
purpose: answer tickets
base_model: {path: builtin, licence: Apache-2.0, provenance: a recipe}
sources:
  - name: tickets
    system: desk
    owner: Head of IT
    paths: [tickets.jsonl]
    collected: 2026-01-15
    classification: INTERNAL
    licence: own data
    basis:
      kind: consent
      reference: C-1
      purposes: [answer tickets]
      expires: 2036-12-31
people:
  - {name: dana, roles: [data_engineer], key: keys/dana.pem.pub}
  - {name: priya, roles: [privacy_officer], key: keys/priya.pem.pub}
budget: {currency: AUD, per_hour: 3.6}
"""

Write = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Write a project; each pair of words is replaced in its plan."""
    for name in ("dana", "priya"):
        key_new(tmp_path, name)
    rows = [{"prompt": f"Where is room {i}?", "response": "Upstairs."} for i in range(20)]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    (tmp_path / "tickets.jsonl").write_text(lines, encoding="utf-8")

    def write(*changes: tuple[str, str]) -> Path:
        text = PLAN
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (tmp_path / "burnish.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def collected(folder: Path) -> None:
    """Do the first step of the flow, as a run does."""
    opened = open_project(folder)
    dana = next(person for person in opened.people if person.name == "dana")
    run = make_run(opened, dana, InlineEngine())
    run.do(collect, opened.plan.sources, opened.plan.purpose)


def step(forecast: Forecast, name: str) -> PlannedStep:
    return next(step for step in forecast.steps if step.name == name)


def test_of_a_fresh_project_every_step_is_to_do_in_the_order_of_the_flow(project: Write) -> None:
    forecast = plan(project())

    assert tuple(s.name for s in forecast.steps) == STEPS
    assert {s.state for s in forecast.steps} == {"to do", "gate"}
    assert forecast.missing_approvals == ("privacy_officer",)


def test_what_is_made_is_told_with_its_rows_and_the_rest_is_to_do(project: Write) -> None:
    folder = project()
    collected(folder)

    forecast = plan(folder)

    made = step(forecast, "collect")
    assert (made.state, made.rows) == ("made", 20)
    assert step(forecast, "dedup").state == "to do"
    assert tuple(s.name for s in forecast.steps) == STEPS


def test_a_changed_source_is_to_do_again_and_takes_what_it_took(project: Write) -> None:
    folder = project()
    collected(folder)
    with (folder / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"prompt": "Where is the lift?", "response": "Left."}\n')

    again = step(plan(folder), "collect")

    took = open_project(folder).ledger.find("made", stage="collect")
    assert took is not None
    assert again.state == "to do"
    assert again.seconds == took.facts["took"]["seconds"]


def test_looking_ahead_writes_nothing_into_the_ledger(project: Write) -> None:
    folder = project()
    collected(folder)
    before = [entry.id for entry in open_project(folder).ledger.entries()]

    plan(folder)

    assert [entry.id for entry in open_project(folder).ledger.entries()] == before


def test_the_cost_is_that_of_the_hours_still_to_come(project: Write) -> None:
    forecast = plan(project())

    left = sum(s.seconds or 0.0 for s in forecast.steps)
    assert forecast.seconds == pytest.approx(left, abs=0.1)
    assert forecast.cost == pytest.approx(left * 3.6 / 3600, abs=1e-3)
    assert forecast.currency == "AUD"
    assert forecast.memory > 0


def test_more_to_do_takes_longer(project: Write) -> None:
    once = plan(project())
    more = plan(project(("budget:", "train: {epochs: 30, control: true}\nbudget:")))

    small, large = (step(f, "train").seconds for f in (once, more))
    assert small is not None
    assert large is not None
    assert large > small
    assert once.plan != more.plan


def test_an_expired_basis_is_told_before_anything_runs(project: Write) -> None:
    with pytest.raises(InputError, match=r"C-1 expired 2020-12-31"):
        plan(project(("2036-12-31", "2020-12-31")))


def test_a_plan_without_an_officer_says_who_is_missing(project: Write) -> None:
    forecast = plan(project(("privacy_officer", "auditor")))

    assert forecast.missing_approvals == ("privacy_officer (nobody in 'people' has this role)",)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("tickets.jsonl", "missing.jsonl", "sources.tickets.paths"),
        ("path: builtin", "path: missing-model", "base_model.path"),
    ],
)
def test_what_is_not_there_is_named_with_its_key(
    project: Write, before: str, after: str, named: str
) -> None:
    with pytest.raises(InputError) as stopped:
        plan(project((before, after)))

    assert named in stopped.value.remedy
