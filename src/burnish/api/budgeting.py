"""What private trainings have spent on the data of a project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish.core.errors import InputError
from burnish.intake.privacy_budget import Charge, alike, charges
from burnish.methods.training.private.accountant import NoAccountant, epsilon
from burnish.wiring import open_project


@dataclass(frozen=True, slots=True)
class Spent:
    """One private training as it is charged: its mechanism, and epsilon at its own delta."""

    at: str
    by: str
    training: str
    dataset: str
    sources: tuple[str, ...]
    unit: str
    rate: float
    noise: float
    steps: int
    delta: float
    epsilon: float


@dataclass(frozen=True, slots=True)
class OfSource:
    """Trainings on a source that hide one kind of unit, together, at the least of their deltas."""

    source: str
    unit: str
    trainings: int
    delta: float
    epsilon: float


@dataclass(frozen=True, slots=True)
class Budget:
    """Trainings, oldest first, and what they come to for each source."""

    trainings: tuple[Spent, ...]
    sources: tuple[OfSource, ...]


def budget(plan_file: Path) -> Budget:
    """What was charged so far; raises `InputError` when the accountant is not installed."""
    found = charges(open_project(plan_file).ledger)
    names = sorted({(name, one.unit) for one in found for name in one.data.sources})
    try:
        return Budget(
            trainings=tuple(_spent(one) for one in found),
            sources=tuple(
                _together(name, unit, [one for one in found if name in one.data.sources])
                for name, unit in names
            ),
        )
    except NoAccountant as missing:
        raise InputError(str(missing), remedy="pip install 'burnish[dp]'") from missing


def _spent(one: Charge) -> Spent:
    return Spent(
        at=one.at,
        by=one.by,
        training=one.training,
        dataset=one.data.dataset,
        sources=one.data.sources,
        unit=one.unit,
        rate=one.mechanism.rate,
        noise=one.mechanism.noise,
        steps=one.mechanism.steps,
        delta=one.delta,
        epsilon=round(epsilon([one.mechanism], one.delta), 4),
    )


def _together(name: str, unit: str, found: list[Charge]) -> OfSource:
    mechanisms = alike(found, unit)
    delta = min(one.delta for one in found if one.unit == unit)
    return OfSource(name, unit, len(mechanisms), delta, round(epsilon(mechanisms, delta), 4))
