"""What a run would do now: the flow is walked without doing anything."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from burnish.api.forecasting import TrainingForecast, forecast
from burnish.api.planned import data_of, subject_of
from burnish.api.powering import power_of
from burnish.core.artifact import Artifact, Mixed
from burnish.core.gate import Gate
from burnish.core.run import Run
from burnish.core.stage import Stage, Work
from burnish.core.verdict import Cleared, Outcome, Verdict
from burnish.engines.inline import InlineEngine
from burnish.evidence.signoff import Person
from burnish.flow import fine_tune
from burnish.gates.licence import judge
from burnish.intake.private_training import foresee
from burnish.methods.models.statements import stated_in
from burnish.methods.models.warm import Warm, known
from burnish.methods.models.where import MODELS, base_folder
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
BYTES_PER_SECOND = {
    "collect": 20e6,
    "dedup": 8e6,
    "quality": 1e6,
    "screen": 2e6,
    "mask": 0.5e6,
    "convert": 2e6,
}


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
    """The whole flow as it stands, and what the rest may take.

    `too_small` are sentences on evaluation sets with too few items for their margins.
    """

    plan: str
    steps: tuple[PlannedStep, ...]
    seconds: float
    memory: int
    cost: float
    currency: str
    missing_approvals: tuple[str, ...]
    training: TrainingForecast
    licence: PlannedStep
    base: Warm | None = None
    too_small: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Foresight(Run):
    """A run that only looks: it goes as far as what is already made reaches."""

    seen: list[PlannedStep] = field(default_factory=list)
    stopped_at: dict[str, tuple[Work, tuple[object, ...]]] = field(default_factory=dict)
    made: dict[type[Artifact], Artifact] = field(default_factory=dict)

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
        found = stage.makes(str(entry.facts["digest"]), int(entry.facts["rows"]))
        self.made[stage.makes] = found
        return found

    def clear(self, gate: Gate[A, P], subject: A, *args: P.args, **kwargs: P.kwargs) -> Cleared[A]:
        """What the gate would say; nothing is written down."""
        name = getattr(gate, "__name__", "gate")
        try:
            verdict = gate(self._look(), subject, *args, **kwargs)
        except ValueError as fault:  # a run takes it for missing evidence as well
            verdict = Verdict(Outcome.UNJUDGED, (str(fault),))
        self.seen.append(PlannedStep(name, str(verdict.outcome), told=verdict.because))
        if verdict.outcome is not Outcome.PASSED:
            raise _EndOfSightError(name)
        return Cleared(subject, "")

    def cleared(self, gate: str) -> bool:
        """Whether that gate was reached and passes."""
        return any(step.name == gate and step.state == "passed" for step in self.seen)


class _EndOfSightError(Exception):
    """From here on nothing is made yet."""


def plan(plan_file: Path) -> Forecast:
    """What is made, what is to do and may take how long, and which approval is missing.

    Raises `InputError` for what would stop the run at once: a source without files or right.
    """
    project = open_project(plan_file)
    foresight, size = look_ahead(project)
    seen = foresight.seen
    training = forecast(subject_of(project, data_of(project, foresight.made.get(Mixed), size)))
    ahead = _ahead(project, size, [step.name for step in seen], training)
    train = project.plan.train
    ahead = [replace(s, told=_private(foresight, train)) if s.name == "train" else s for s in ahead]
    left = sum(step.seconds or 0.0 for step in ahead)
    base = project.plan.base_model
    return Forecast(
        plan=project.plan_digest,
        steps=(*seen, *ahead),
        seconds=round(left, 1),
        memory=training.peak,
        cost=round(left / 3600 * project.plan.budget.per_hour, 4),
        currency=project.plan.budget.currency,
        missing_approvals=_missing(project, seen),
        training=training,
        licence=_licence(project),
        base=known(base.path, project.root / MODELS),
        too_small=power_of(project).told,
    )


def look_ahead(project: Project) -> tuple[Foresight, int]:
    """Walk the flow as far as it is made; and the bytes of the sources.

    Raises `InputError` for what would stop the run at once.
    """
    refuse_without_right(project.plan.sources, project.plan.purpose, now().date())
    reach = project.reach(looks=True)
    run = make_run(project, Person("", (), ""), InlineEngine(), reach=reach)
    parts = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    foresight = Foresight(**parts)
    with suppress(_EndOfSightError):
        fine_tune(foresight, project.plan)
    size = sum(piece.size for listing in reach.seen.values() for piece in listing.pieces)
    return foresight, size


def _licence(project: Project) -> PlannedStep:
    """What the licence gate will say, before any data is prepared for a model that may not be."""
    base = project.plan.base_model
    try:
        verdict = judge(base, stated_in(base_folder(base.path, project.root)))
    except ValueError as wrong:
        return PlannedStep("licence", str(Outcome.UNJUDGED), told=(str(wrong),))
    return PlannedStep("licence", str(verdict.outcome), told=verdict.because)


def _ahead(
    project: Project, size: int, seen: list[str], training: TrainingForecast
) -> list[PlannedStep]:
    hours = training.hours
    past = {
        **_measured(project),
        "train": round(5 + hours.trained * 3600, 1),
        "evaluate": round(5 + (hours.whole - hours.trained) * 3600, 1),
    }
    return [
        PlannedStep(name, "gate" if name in GATES else "to do", seconds=_guess(name, size, past))
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


def _guess(name: str, size: int, past: Mapping[str, float]) -> float | None:
    """Seconds: what the step took last time or the model's forecast says, else from bytes."""
    if name in GATES:
        return None
    if name in past:
        return past[name]
    if name in BYTES_PER_SECOND:
        return round(1.0 + size / BYTES_PER_SECOND[name], 1)
    return 1.0


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
