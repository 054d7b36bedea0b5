"""What a training needs and costs, from the model's sizes and the data alone: nothing is loaded."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from burnish.core.artifact import Artifact, Manifest
from burnish.core.errors import InputError, UsageError
from burnish.core.ports import LedgerEntry
from burnish.intake.train_settings import settings_for
from burnish.methods.models.where import base_folder
from burnish.methods.training.hardware import AS_OF, GPUS, gpu_named
from burnish.methods.training.plan_advice import WEIGHED, Advice, Case, Need, advise
from burnish.methods.training.plan_counts import trainable
from burnish.methods.training.plan_machine import Machine, named_machine, this_machine
from burnish.methods.training.plan_memory import (
    Answering,
    Load,
    Memory,
    Place,
    Spread,
    activations,
    forecast_memory,
    held_bytes,
)
from burnish.methods.training.plan_shape import ModelShape, shape_of
from burnish.methods.training.plan_time import (
    EXAMPLE_EFFICIENCY,
    OVERHEAD,
    run_tokens,
    seconds,
    work_of,
)
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import VIRTUAL
from burnish.plan import Plan, TrainPlan
from burnish.wiring import Project

REHEARSED = "rehearsed"
FITS_BELOW = 0.95
"""Share of the memory that a forecast or a rehearsal may take: the rest is what nobody counts."""
BYTES_PER_TOKEN = 4.0
DOCUMENT = "document"
RECOMPUTE_ABOVE = 0.6
"""Share of the free memory above which activations are computed again (see `recompute`)."""
_LARGE = 65_000_000_000


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
class PhaseForecast:
    """Memory of one phase on one rank: bytes needed, what is there (None: not known), the parts."""

    phase: str
    place: str
    bytes: int
    has: int | None
    fits: bool
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Time by the formula and by the finer count; with the control, with evaluation; how known."""

    formula: float
    counted: float
    trained: float
    whole: float
    efficiency: float | None
    told: str


@dataclass(frozen=True, slots=True)
class Price:
    """A range for one run, and for as many as reach production (specification 11.4)."""

    currency: str
    once: tuple[float, float]
    runs: tuple[int, int]
    told: str

    @property
    def production(self) -> tuple[float, float]:
        """Cheapest and dearest way to a model that is released."""
        return self.once[0] * self.runs[0], self.once[1] * self.runs[1]


@dataclass(frozen=True, slots=True)
class TrainingForecast:
    """The plan's training: its size, memory by phase, time, price, and what would be better."""

    technique: str
    parameters: int
    trainable: int
    data: Data
    machine: str
    phases: tuple[PhaseForecast, ...]
    hours: Hours
    price: Price | None
    production: tuple[float, float] | None
    advice: Advice
    verdict: str

    @property
    def peak(self) -> int:
        """Bytes of the phase that needs most."""
        return max(phase.bytes for phase in self.phases)


@dataclass(frozen=True, slots=True)
class Speed:
    """FLOP/s that trainings of this model were seen to reach here, by the finer count."""

    flops: float
    told: str


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


def forecast(subject: Subject) -> TrainingForecast:
    """Everything that can be said of the plan's training before it is begun."""
    plan = subject.project.plan
    technique = plan.train.technique
    settings = settings_for(plan.train, plan.convert.max_length, plan.base_model)
    phases = phases_of(subject, settings)
    hours = hours_of(subject, settings)
    price = price_of(subject, hours)
    advice = advise(_case(subject), [_need(subject, name) for name in WEIGHED])
    return TrainingForecast(
        technique=technique,
        parameters=subject.shape.parameters,
        trainable=_trainable(subject, settings),
        data=subject.data,
        machine=_called(subject.machine),
        phases=phases,
        hours=hours,
        price=price,
        production=price.production if price else None,
        advice=advice,
        verdict=_verdict(phases, advice, technique),
    )


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


def phases_of(subject: Subject, settings: TrainSettings) -> tuple[PhaseForecast, ...]:
    """The memory of each phase against what the machine has."""
    machine, plan = subject.machine, subject.project.plan
    load = _load(subject, settings)
    longest = settings.max_length + plan.evaluate.max_new_tokens
    answering = Answering(plan.evaluate.batch, longest)
    return tuple(
        _against(memory, machine)
        for memory in forecast_memory(subject.shape, settings, load, answering)
    )


def hours_of(subject: Subject, settings: TrainSettings) -> Hours:
    """Hours of training; `whole` adds what evaluation and the rest take."""
    machine, speed = subject.machine, subject.speed
    tokens = run_tokens(subject.data.tokens, settings)
    used = min(settings.parallel.ranks, machine.count)
    peak = machine.flops * used / machine.count
    work = work_of(
        subject.shape, _trainable(subject, settings), settings,
        length=subject.data.length, again=_load(subject, settings).checkpointing,
    )  # fmt: skip
    assumed = EXAMPLE_EFFICIENCY if machine.has_gpu else 1.0
    formula = seconds(tokens, work.formula, peak, assumed) / 3600
    told = f"efficiency {assumed:g}, as in the specification's example; not measured yet"
    if not machine.has_gpu:
        told = "a usual speed of processors; not measured yet"
    counted = seconds(tokens, work.counted, peak, assumed) / 3600
    if speed is not None:
        counted, told = seconds(tokens, work.counted, speed.flops, 1.0) / 3600, speed.told
    efficiency = speed.flops / peak if speed and machine.gpu else None
    if used < machine.count:
        told += f"; {used} of {machine.count} GPUs is used: train.parallel spreads it"
    twice = 2 if subject.project.plan.train.control else 1
    trained = twice * counted
    return Hours(formula, counted, trained, trained * (1 + OVERHEAD), efficiency, told)


def price_of(subject: Subject, hours: Hours) -> Price | None:
    """From the plan's price of the machine, else from the table; None where neither is known."""
    budget, machine = subject.project.plan.budget, subject.machine
    runs = runs_to_production(subject.shape.parameters, subject.project.plan.train.technique)
    if budget.per_hour:
        cost = hours.whole * budget.per_hour
        return Price(budget.currency, (cost, cost), runs, "by budget.per_hour")
    if machine.gpu is None:
        return None
    low, high = machine.gpu.price(spot=budget.spot)
    each = machine.count * hours.whole
    kind = "spot" if budget.spot else "on demand"
    told = f"{low:g}-{high:g} USD an hour for one {machine.gpu.name}, {kind}, as of {AS_OF}"
    return Price("USD", (low * each, high * each), runs, told)


def runs_to_production(parameters: int, technique: str) -> tuple[int, int]:
    """Runs until a model is released, by the specification's table (11.4)."""
    if parameters >= _LARGE:
        return (1, 2) if technique == "full" else (2, 3)
    return (3, 5)


def measured(project: Project, shape: ModelShape, machine: Machine) -> Speed | None:
    """The newest speed of this model on this kind of machine: of a rehearsal or of a run."""
    base = project.plan.base_model.path
    newest: Speed | None = None
    for entry in project.ledger.entries():
        if entry.event == REHEARSED and entry.facts.get("flops"):
            same = entry.facts.get("machine") == machine.kind and entry.facts.get("base") == base
            told = f"measured by the rehearsal of {entry.at[:10]}"
            newest = Speed(float(entry.facts["flops"]), told) if same else newest
        elif entry.event == "made" and entry.facts.get("stage") == "train":
            newest = _speed_of_run(project, shape, machine, entry) or newest
    return newest


def _speed_of_run(
    project: Project, shape: ModelShape, machine: Machine, entry: LedgerEntry
) -> Speed | None:
    rate = (entry.facts.get("observed") or {}).get("tokens_per_second")
    if not rate or project.plan.budget.gpu is not None:
        return None  # what ran here tells nothing of a machine elsewhere
    if not project.store.has(str(entry.facts["digest"])):
        return None
    facts = Manifest.from_bytes(project.store.get_bytes(str(entry.facts["digest"]))).facts
    if facts["base"]["path"] != project.plan.base_model.path:
        return None
    settings = _settings_of_run(project, facts)
    if settings is None:
        return None
    count = int(facts["result"]["trainable"])
    work = work_of(shape, count, settings, length=settings.max_length / 2)
    return Speed(float(rate) * work.counted, f"measured by the run of {entry.at[:10]}")


def _settings_of_run(project: Project, facts: Mapping[str, Any]) -> TrainSettings | None:
    """The settings of an earlier training; None where this version does not know them any more."""
    try:
        train = TrainPlan.model_validate_json(json.dumps(facts["settings"]))
    except ValidationError:
        return None
    return settings_for(train, project.plan.convert.max_length, project.plan.base_model)


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


def _machine(plan: Plan) -> Machine:
    precision, named = plan.train.precision, plan.budget.gpu
    if named is None:
        return this_machine(precision, plan.train.threads)
    gpu = gpu_named(named)
    if gpu is None:
        known = ", ".join(one.name for one in GPUS)
        raise UsageError(f"budget.gpu '{named}' is not in the table", remedy=f"name one of {known}")
    return named_machine(gpu, plan.budget.count, precision)


def _called(machine: Machine) -> str:
    if not machine.has_gpu:
        return "the processors of this machine"
    return f"{machine.count} x {machine.kind}"


def _trainable(subject: Subject, settings: TrainSettings) -> int:
    return trainable(subject.shape, settings.technique, settings.lora, settings.options)


def _spread(settings: TrainSettings) -> Spread:
    return Spread(settings.parallel.ranks, settings.parallel.kind)


def _load(subject: Subject, settings: TrainSettings) -> Load:
    """What decides the memory; activations are computed again as the plan says, or by need."""
    machine = subject.machine
    place: Place = "gpu" if machine.has_gpu else "memory"
    load = Load(_trainable(subject, settings), _spread(settings), False, place)
    wanted = settings.gradient_checkpointing
    if wanted == "auto":
        room = RECOMPUTE_ABOVE * (machine.memory - held_bytes(subject.shape, settings, load))
        wanted = machine.has_gpu and activations(subject.shape, settings, load) > room
    return replace(load, checkpointing=wanted and settings.technique != "prefix")


def _against(memory: Memory, machine: Machine) -> PhaseForecast:
    has = machine.memory if memory.place == "gpu" else machine.main_memory
    fits = has is None or memory.bytes <= FITS_BELOW * has
    return PhaseForecast(memory.phase, memory.place, memory.bytes, has, fits, memory.parts)


def _need(subject: Subject, technique: str) -> Need:
    try:
        settings = subject.settings(technique)
        phases = phases_of(subject, settings)
    except ValueError as refused:
        return Need(technique, 0, 0, False, 0.0, refused=str(refused))  # type: ignore[arg-type]
    hours = hours_of(subject, settings)
    price = price_of(subject, hours)
    return Need(
        settings.technique,
        _trainable(subject, settings),
        max(phase.bytes for phase in phases if phase.phase == "train"),
        all(phase.fits for phase in phases),
        hours.whole,
        price.once if price else None,
    )


def _case(subject: Subject) -> Case:
    project, plan = subject.project, subject.project.plan
    made = [e for e in project.ledger.entries("made") if e.facts.get("stage") == "train"]
    limits = [one for one in (plan.budget.training, plan.budget.cap) if one is not None]
    return Case(
        parameters=subject.shape.parameters,
        rows=subject.data.rows,
        documents=subject.data.documents,
        private=plan.train.privacy is not None,
        gpu=subject.machine.has_gpu,
        most=min(limits, default=None),
        trained=bool(made),
        ceiling=bool(made) and _fell_short(project),
    )


def _fell_short(project: Project) -> bool:
    """Whether the newest release was refused for want of gain in the domain, and LoRA was used."""
    judged = [e for e in project.ledger.entries("judged") if e.facts.get("gate") == "release"]
    if not judged or judged[-1].facts["outcome"] != "failed":
        return False
    because = " ".join(map(str, judged[-1].facts["because"]))
    return "domain" in because and project.plan.train.technique in ("lora", "qlora")


def _verdict(phases: Sequence[PhaseForecast], advice: Advice, technique: str) -> str:
    """In a sentence: whether it fits, and what would."""
    short = [phase for phase in phases if not phase.fits]
    if not short:
        return "fits"
    worst = max(short, key=lambda phase: phase.bytes / (phase.has or math.inf))
    others = [n.technique for n in advice.needs if n.fits and n.technique != technique]
    where = "a GPU" if worst.place == "gpu" else "main memory"
    told = f"does not fit: '{worst.phase}' needs {gb(worst.bytes)} on {where}, it has "
    told += gb(worst.has or 0)
    return told + (f"; {' or '.join(others)} would fit" if others else "; no technique would fit")


def gb(size: float) -> str:
    """Bytes as people read them; GB of 10^9."""
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.1f} MB"


def local(subject: Subject) -> Subject:
    """The same subject on this very machine, whatever the plan reckons with."""
    plan = subject.project.plan
    return replace(subject, machine=this_machine(plan.train.precision, plan.train.threads))


def folder_of(project: Project) -> Path:
    """The folder of the plan's base model."""
    return base_folder(project.plan.base_model.path, project.root)
