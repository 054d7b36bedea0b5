"""What forecasts are about: the model, the machine and the data of a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from burnish.api.measured import Speed, measured
from burnish.core.artifact import Artifact, Manifest
from burnish.core.errors import InputError, UsageError
from burnish.intake.train_settings import settings_for
from burnish.methods.models.where import base_folder
from burnish.methods.training.forecast.counts import trainable
from burnish.methods.training.forecast.hardware import GPUS, gpu_named
from burnish.methods.training.forecast.machine import Machine, named_machine, this_machine
from burnish.methods.training.forecast.memory import (
    Load,
    Place,
    Spread,
    activations,
    held_bytes,
)
from burnish.methods.training.forecast.shape import ModelShape, shape_of
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import VIRTUAL
from burnish.plan import Plan, TrainPlan
from burnish.wiring import Project

BYTES_PER_TOKEN = 4.0
DOCUMENT = "document"
RECOMPUTE_ABOVE = 0.6
"""Share of the free memory above which activations are computed again (see `recompute`)."""


@dataclass(frozen=True, slots=True)
class Data:
    """How much is trained on; `exact` where the rows are prepared, else reckoned from bytes."""

    rows: int | None
    tokens: int
    documents: bool
    exact: bool

    @property
    def length(self) -> float:
        """Mean tokens of a row; a usual one where the rows are not known."""
        return self.tokens / self.rows if self.rows else 256.0


@dataclass(frozen=True, slots=True)
class Subject:
    """What forecasts are about: the plan's model and machine, the data, and a measured speed."""

    project: Project
    shape: ModelShape
    machine: Machine
    data: Data
    speed: Speed | None

    def settings(self, technique: str) -> TrainSettings:
        """The plan's settings with another technique; raises ValueError where they do not agree."""
        plan = self.project.plan
        return with_technique(plan, technique)


def subject_of(project: Project, data: Data) -> Subject:
    """Read the model's sizes and look at the machine; raises `InputError` where that fails."""
    plan = project.plan
    try:
        shape = shape_of(base_folder(plan.base_model.path, project.root))
    except ValueError as wrong:
        raise InputError(str(wrong), remedy="mend base_model.path in the plan") from wrong
    machine = _machine(plan)
    return Subject(project, shape, machine, data, measured(project, shape, machine))


def local(subject: Subject) -> Subject:
    """The same subject on this very machine, whatever the plan reckons with."""
    plan = subject.project.plan
    return replace(subject, machine=this_machine(plan.train.precision, plan.train.threads))


def folder_of(project: Project) -> Path:
    """The folder of the plan's base model."""
    return base_folder(project.plan.base_model.path, project.root)


def with_technique(plan: Plan, technique: str) -> TrainSettings:
    """The engine's settings for the plan with that technique.

    Another technique than the plan's has its own usual learning rate, and packs nothing where it
    cannot. Raises ValueError where the rest of the plan does not go with it.
    """
    changed = {**plan.train.model_dump(exclude_unset=True), "technique": technique}
    if technique != plan.train.technique:
        changed.pop("learning_rate", None)
    if technique in VIRTUAL:
        changed["packing"] = False
    try:
        train = TrainPlan.model_validate(changed)
    except ValidationError as wrong:
        raise ValueError("; ".join(one["msg"] for one in wrong.errors())) from wrong
    return settings_for(train, plan.convert.max_length, plan.base_model)


def data_of(project: Project, parts: Artifact | None, size: int) -> Data:
    """Rows and tokens of the training part; without one, a guess from the bytes of the sources."""
    if parts is None:
        tokens = max(1, int(size / BYTES_PER_TOKEN * project.plan.split.train))
        return Data(None, tokens, documents=False, exact=False)
    import pyarrow.compute as pc

    manifest = Manifest.from_bytes(project.store.get_bytes(parts.digest))
    rows = tokens = 0
    kinds: set[str] = set()
    for shard in manifest.shards:
        if shard.part == "train":
            table = project.store.get_table(shard.digest)
            rows += table.num_rows
            tokens += int(pc.sum(pc.list_value_length(table.column("ids"))).as_py() or 0)
            kinds.update(table.column("kind").to_pylist())
    return Data(rows, max(1, tokens), DOCUMENT in kinds, exact=True)


def load_of(subject: Subject, settings: TrainSettings) -> Load:
    """What decides the memory; activations are computed again as the plan says, or by need."""
    machine = subject.machine
    place: Place = "gpu" if machine.has_gpu else "memory"
    load = Load(trained_of(subject, settings), _spread(settings), False, place)
    wanted = settings.gradient_checkpointing
    if wanted == "auto":
        room = RECOMPUTE_ABOVE * (machine.memory - held_bytes(subject.shape, settings, load))
        wanted = machine.has_gpu and activations(subject.shape, settings, load) > room
    return replace(load, checkpointing=wanted and settings.technique != "prefix")


def _spread(settings: TrainSettings) -> Spread:
    return Spread(settings.parallel.ranks, settings.parallel.kind)


def trained_of(subject: Subject, settings: TrainSettings) -> int:
    """Parameters that the technique trains, out of the shape alone."""
    return trainable(subject.shape, settings.technique, settings.lora, settings.options)


def _machine(plan: Plan) -> Machine:
    precision, named = plan.train.precision, plan.budget.gpu
    if named is None:
        return this_machine(precision, plan.train.threads)
    gpu = gpu_named(named)
    if gpu is None:
        known = ", ".join(one.name for one in GPUS)
        raise UsageError(f"budget.gpu '{named}' is not in the table", remedy=f"name one of {known}")
    return named_machine(gpu, plan.budget.count, precision)
