"""A rehearsal does all of it small, says whether to go, and leaves nothing but a note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from burnish.api.comparing import Terms, compare, usual_rate
from burnish.api.planning import plan
from burnish.api.rehearsing import ORDER, Rehearsal, rehearse
from burnish.core.crew import Alone
from burnish.core.errors import InputError, OutOfMemory, UsageError
from burnish.core.run import Run
from burnish.engines.inline import InlineEngine
from burnish.flow import fine_tune
from burnish.intake.rehearsal import Rehearsed, RehearsedTraining
from burnish.intake.tuning import Tuned
from burnish.methods.training.measure import Peak
from burnish.wiring import Project, make_run, open_project

if TYPE_CHECKING:
    from tests.conftest import Desk

SMALL = {
    "train__micro_batch": 2,
    "train__accumulate": 1,
    "train__epochs": 1,
    "train__threads": 1,
    "train__control": False,
    "evaluate__max_new_tokens": 4,
    "evaluate__batch": 2,
}


class _Enough(Exception):
    """The data is prepared."""


class _Preparing(Run):
    """A run that ends before it trains."""

    def do(self, stage: Any, *args: Any, **kwargs: Any) -> Any:
        """Every step but the training."""
        if stage.name == "train":
            raise _Enough
        return Run.do(self, stage, *args, **kwargs)


@pytest.fixture(scope="module")
def prepared(divided: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose data is prepared and whose licence permits."""
    desk = divided.copy(tmp_path_factory.mktemp("prepared") / "desk")
    permits = {"permits_fine_tuning": True, "licence": "Apache-2.0"}
    desk.change(**{f"base_model__{key}": value for key, value in permits.items()}, **SMALL)
    project = open_project(desk.folder)
    dana = next(person for person in project.people if person.name == "dana")
    made = make_run(project, dana, InlineEngine())
    run = _Preparing(**{name: getattr(made, name) for name in Run.__dataclass_fields__})
    with pytest.raises(_Enough):
        fine_tune(run, project.plan)
    return desk.folder


@dataclass(frozen=True)
class Actors:
    """A crew that plays what it is given instead of training: figures without a model."""

    memory: int = 1
    splits: int = 0
    fault: Exception | None = None

    def run(self, errand: Any, job: Any, hears: Any, ranks: int = 1) -> Any:
        """Peaks as they were ordered."""
        if self.fault is not None:
            hears.beat(0, "evaluating", None)
            raise self.fault
        steps = tuple(
            {"step": n, "tokens": 100, "seconds": 0.5, "grad_norm": 1.0} for n in range(3)
        )
        peaks = (Peak("train", 0.5, self.memory, 0), Peak("answer", 0.5, 1, 0))
        tuned = None
        if isinstance(job, RehearsedTraining):
            tuned = Tuned({}, None, [])  # type: ignore[arg-type]  # nothing was trained
        return Rehearsed(peaks, 0, steps, tuned, splits=self.splits, merged=True, answered=3)


def events(project: Project) -> list[str]:
    return [entry.event for entry in project.ledger.entries()]


def files(project: Project) -> list[str]:
    """What lies in the project, but for what is remembered of the base model's digests."""
    state = project.root / ".burnish"
    found = (path.relative_to(state) for path in state.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.parts[:2] != ("store", "memo"))


@pytest.fixture(scope="module")
def rehearsed(prepared: Path) -> tuple[Rehearsal, list[str], list[str]]:
    """A rehearsal on the real rows: what it found, new entries, files before and after."""
    project = open_project(prepared)
    before, there = events(project), files(project)
    found = rehearse(prepared, crew=Alone())
    left = sorted(set(files(project)) ^ set(there))
    return found, events(project)[len(before) :], left


def test_it_does_every_phase_on_the_longest_rows_and_says_go(
    rehearsed: tuple[Rehearsal, list[str], list[str]],
) -> None:
    found, _, _ = rehearsed

    assert found.go, found.because
    assert tuple(phase.name for phase in found.phases) == ORDER
    assert "longest rows" in found.told[0]
    assert all(phase.seconds >= 0 for phase in found.phases)
    assert next(p for p in found.phases if p.name == "train").forecast is not None
    assert found.flops
    assert found.tokens_per_second


def test_it_leaves_a_note_and_nothing_else_and_opens_nothing_sealed(
    rehearsed: tuple[Rehearsal, list[str], list[str]],
) -> None:
    _, added, left = rehearsed

    assert added == ["rehearsed"]
    assert left == []


def test_the_next_plan_reckons_with_the_measured_speed(
    prepared: Path, rehearsed: tuple[Rehearsal, list[str], list[str]]
) -> None:
    hours = plan(prepared).training.hours

    assert "measured by the rehearsal" in hours.told
    assert rehearsed[0].hours == pytest.approx(hours.whole, rel=1e-4)


def test_what_fails_is_no_go_and_says_in_which_phase(prepared: Path) -> None:
    fault = OutOfMemory("memory ran out", remedy="take a smaller micro_batch")

    found = rehearse(prepared, crew=Actors(fault=fault))

    assert not found.go
    assert found.because.startswith("it failed while evaluating: memory ran out")
    assert "micro_batch" in found.because


@pytest.mark.parametrize(
    ("actors", "told"),
    [(Actors(memory=10**15), "'train' took"), (Actors(splits=2), "2 prompts differently")],
)
def test_what_ends_well_but_needs_too_much_or_merges_badly_is_no_go(
    prepared: Path, actors: Actors, told: str
) -> None:
    found = rehearse(prepared, crew=actors)

    assert not found.go
    assert told in found.because


def test_without_prepared_data_rows_are_invented_and_it_says_where_the_data_stands(
    divided: Desk, tmp_path: Path
) -> None:
    desk = divided.copy(tmp_path / "desk")

    found = rehearse(desk.folder, crew=Actors())

    assert "invented rows" in found.told[0]
    assert "as far as 'licence' (failed)" in found.told[0]


def test_a_private_plan_is_rehearsed_on_invented_rows_and_spends_nothing(
    prepared: Path, tmp_path: Path, divided: Desk
) -> None:
    desk = divided.copy(tmp_path / "desk")
    desk.change(**SMALL, convert__max_length=32, train__privacy={"epsilon": 8.0})

    found = rehearse(desk.folder, crew=Alone())

    assert found.go, found.because
    assert "budget of the real ones" in found.told[0]
    assert "charged" not in events(open_project(desk.folder))


def test_techniques_are_measured_on_the_same_rows_against_full_tuning(prepared: Path) -> None:
    project = open_project(prepared)
    before = events(project)
    terms = Terms(("full", "lora"), rows=8, steps=3, rates={"full": 1e-3, "lora": 5e-3})

    found = compare(prepared, terms, crew=Alone())

    full, lora = found.techniques
    assert (full.quality, full.cost) == (1.0, 1.0)
    assert lora.quality is not None
    assert found.start is not None
    assert lora.loss is not None
    assert lora.loss < found.start
    assert full.trained > lora.trained
    assert full.tokens == lora.tokens
    assert full.bytes > lora.bytes > 0
    assert lora.indicated is not None
    assert lora.indicated.quality == 0.97
    assert events(project)[len(before) :] == ["compared"]


def test_a_technique_that_cannot_be_is_told_in_its_row(prepared: Path) -> None:
    fault = OutOfMemory("memory ran out", remedy="less")

    found = compare(prepared, Terms(("lora", "ia3")), crew=Actors(fault=fault))

    assert [one.fault for one in found.techniques] == ["memory ran out"] * 2


def test_rates_keep_their_proportion_to_the_plan_s(prepared: Path) -> None:
    train = open_project(prepared).plan.train

    assert usual_rate(train, train.technique) == pytest.approx(train.learning_rate)
    assert usual_rate(train, "full") == pytest.approx(train.learning_rate / 10)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (Terms(("lora", "magic")), "'magic' is no technique"),
        (Terms(("lora", "lora")), "once"),
        (replace(Terms(("lora",)), rates={"wizardry": 1.0}), "'wizardry'"),
    ],
)
def test_what_makes_no_comparison_is_refused(prepared: Path, terms: Terms, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        compare(prepared, terms, crew=Actors())


def test_nothing_is_compared_before_the_gates_are_passed(divided: Desk) -> None:
    with pytest.raises(InputError, match="not prepared to the licence gate"):
        compare(divided.folder, crew=Actors())


def test_private_rows_are_not_trained_on_time_and_again(divided: Desk, tmp_path: Path) -> None:
    desk = divided.copy(tmp_path / "desk")
    desk.change(train__control=False, train__privacy={"epsilon": 8.0})

    with pytest.raises(UsageError, match="without their privacy"):
        compare(desk.folder, crew=Actors())
