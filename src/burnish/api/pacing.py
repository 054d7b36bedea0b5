"""How long a training takes and what it costs, from the sizes and the measured speed."""

from __future__ import annotations

from dataclasses import dataclass

from burnish.api.planned import Subject, load_of, trained_of
from burnish.methods.training.forecast.hardware import AS_OF
from burnish.methods.training.forecast.time import (
    EXAMPLE_EFFICIENCY,
    OVERHEAD,
    run_tokens,
    seconds,
    work_of,
)
from burnish.methods.training.settings import TrainSettings

_LARGE = 65_000_000_000


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


def hours_of(subject: Subject, settings: TrainSettings) -> Hours:
    """Hours of training; `whole` adds what evaluation and the rest take."""
    machine, speed = subject.machine, subject.speed
    tokens = run_tokens(subject.data.tokens, settings)
    used = min(settings.parallel.ranks, machine.count)
    peak = machine.flops * used / machine.count
    work = work_of(
        subject.shape, trained_of(subject, settings), settings,
        length=subject.data.length, again=load_of(subject, settings).checkpointing,
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
