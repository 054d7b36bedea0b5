"""What a run would do now: the flow is walked without doing anything."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from burnish.core.artifact import Artifact, Mixed
from burnish.core.errors import InputError
from burnish.core.gate import Gate
from burnish.core.run import Run
from burnish.core.stage import Stage, Work
from burnish.core.verdict import Cleared, Outcome
from burnish.engines.inline import InlineEngine
from burnish.evidence.signoff import Person
from burnish.flow import fine_tune
from burnish.intake.private_training import foresee
from burnish.intake.train_settings import settings_for
from burnish.methods.models.files import parameter_count
from burnish.methods.models.where import base_folder
from burnish.methods.training.plan import Estimate, estimate
from burnish.plan import TrainPlan
from burnish.stages.collect import refuse_without_right
from burnish.wiring import Project, make_run, now, open_project

P = ParamSpec("P")
A = TypeVar("A", bound=Artifact)

STEPS = (
    "collect", "dedup", "quality", "screen", "mask", "privacy", "convert", "split", "mix",
    "licence", "train", "evaluate", "release", "bundle",
)  # fmt: skip
GATES = ("privacy", "licence", "release")
OFFICER = "privacy_officer"
BYTES_PER_TOKEN = 4.0
BYTES_PER_SECOND = {
    "collect": 20e6,
    "dedup": 8e6,
    "quality": 1e6,
    "screen": 2e6,
    "mask": 0.5e6,
    "convert": 2e6,
}
FLOPS = 40e9
"""Operations a second that two CPU cores give a small model; measured runs replace it."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step or gate of the flow as it stands."""

    name: str
    state: str
    rows: int | None = None
    seconds: float | None = None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole flow as it stands, and what the rest may take."""

    plan: str
    steps: tuple[PlannedStep, ...]
    seconds: float
    memory: int
    cost: float
    currency: str
    missing_approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foresight(Run):
    """A run that only looks: it goes as far as what is already made reaches."""

    seen: list[PlannedStep] = field(default_factory=list)
    stopped_at: dict[str, tuple[Work, tuple[object, ...]]] = field(default_factory=dict)

    def do(self, stage: Stage[P, A], *args: P.args, **kwargs: P.kwargs) -> A:
        """The remembered artefact, or the end of what can be foreseen."""
        given = stage.arguments(args, kwargs)
        work = Work(self.store, self.engine, self.place, self._look())
        entry = self.ledger.find("made", recipe=stage.recipe(work, given))
        if entry is None:
            self.stopped_at[stage.name] = (replace(work, version=stage.version), given)
            raise _EndOfSightError(stage.name)
        seconds = float(entry.facts["took"]["seconds"])
        self.seen.append(PlannedStep(stage.name, "made", int(entry.facts["rows"]), seconds))
        return stage.makes(str(entry.facts["digest"]), int(entry.facts["rows"]))

    def clear(self, gate: Gate[A, P], subject: A, *args: P.args, **kwargs: P.kwargs) -> Cleared[A]:
        """What the gate would say; nothing is written down."""
        name = getattr(gate, "__name__", "gate")
        verdict = gate(self._look(), subject, *args, **kwargs)
        self.seen.append(PlannedStep(name, str(verdict.outcome), told=verdict.because))
        if verdict.outcome is not Outcome.PASSED:
            raise _EndOfSightError(name)
        return Cleared(subject, "")


class _EndOfSightError(Exception):
    """From here on nothing is made yet."""


def plan(plan_file: Path) -> Forecast:
    """What is made, what is to do and may take how long, and which approval is missing.

    Raises `InputError` for what would stop the run at once: a source without files or right.
    """
    project = open_project(plan_file)
    refuse_without_right(project.plan.sources, project.plan.purpose, now().date())
    seen: list[PlannedStep] = []
    person = Person("", (), "")
    reach = project.reach(looks=True)
    run = make_run(project, person, InlineEngine(), reach=reach)
    parts = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    foresight = Foresight(**parts, seen=seen)
    with suppress(_EndOfSightError):
        fine_tune(foresight, project.plan)
    size = sum(piece.size for listing in reach.seen.values() for piece in listing.pieces)
    ahead = _ahead(project, size, [step.name for step in seen])
    train = project.plan.train
    ahead = [replace(s, told=_private(foresight, train)) if s.name == "train" else s for s in ahead]
    left = sum(step.seconds or 0.0 for step in ahead)
    return Forecast(
        plan=project.plan_digest,
        steps=(*seen, *ahead),
        seconds=round(left, 1),
        memory=_estimate(size, project).peak_bytes,
        cost=round(left / 3600 * project.plan.budget.per_hour, 4),
        currency=project.plan.budget.currency,
        missing_approvals=_missing(project, seen),
    )


def _ahead(project: Project, size: int, seen: list[str]) -> list[PlannedStep]:
    past = _measured(project)
    return [
        PlannedStep(
            name, "gate" if name in GATES else "to do", seconds=_guess(name, size, past, project)
        )
        for name in STEPS
        if name not in seen
    ]


def _private(foresight: Foresight, plan: TrainPlan) -> tuple[str, ...]:
    """What the privacy of the training takes, once the rows that it hides among are known."""
    if plan.privacy is None:
        return ()
    if "train" not in foresight.stopped_at:
        return ("privacy: its noise follows from the rows that come to it",)
    work, given = foresight.stopped_at["train"]
    return foresee(work, cast("Cleared[Mixed]", given[0]), plan)


def _guess(name: str, size: int, past: Mapping[str, float], project: Project) -> float | None:
    """Seconds: what the step took last time, else from bytes, tokens and parameters."""
    if name in GATES:
        return None
    if name in past:
        return past[name]
    if name in BYTES_PER_SECOND:
        return round(1.0 + size / BYTES_PER_SECOND[name], 1)
    if name in ("train", "evaluate"):
        return _model_seconds(name, size, project)
    return 1.0


def _model_seconds(name: str, size: int, project: Project) -> float:
    """The specification's formula (10.5) for training; evaluation adds its 20 %."""
    seconds = _estimate(size, project).seconds * (2 if project.plan.train.control else 1)
    return round(5 + (seconds if name == "train" else 0.2 * seconds), 1)


def _estimate(size: int, project: Project) -> Estimate:
    plan, parameters = project.plan, _parameters(project)
    settings = settings_for(plan.train, plan.convert.max_length, plan.base_model)
    trained = parameters if plan.train.technique == "full" else max(1, parameters // 20)
    tokens = max(1, int(size / BYTES_PER_TOKEN * plan.split.train))
    return estimate(parameters, trained, tokens, settings, FLOPS, 1.0)


def _parameters(project: Project) -> int:
    try:
        return parameter_count(base_folder(project.plan.base_model.path, project.root))
    except ValueError as wrong:
        raise InputError(str(wrong), remedy="mend base_model.path in the plan") from wrong


def _measured(project: Project) -> dict[str, float]:
    """Seconds of each step when it was last made in this project."""
    took: dict[str, float] = {}
    for entry in project.ledger.entries("made"):
        took[str(entry.facts["stage"])] = float(entry.facts["took"]["seconds"])
    return took


def _missing(project: Project, seen: list[PlannedStep]) -> tuple[str, ...]:
    """The role whose signature the run will wait for, unless it is given already."""
    if any(step.name == "privacy" and step.state == "passed" for step in seen):
        return ()
    if any(OFFICER in person.roles for person in project.people):
        return (OFFICER,)
    return (f"{OFFICER} (nobody in 'people' has this role)",)
