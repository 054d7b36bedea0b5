"""The privacy budget of data: what private trainings spent on it, kept in the ledger.

A training is charged in blocks of steps, each before its first step is taken: a run that was
killed has spent what it ran and at most a block more. Nothing is ever given back, so there is no
entry whose loss or forgery makes the spent smaller than it was. Kept are the mechanisms themselves
(rate, noise, steps), not epsilons: together they cost less than the sum of their epsilons, and any
later accountant can count them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.core.artifact import Artifact, Masked
from burnish.core.errors import BudgetSpent, InputError
from burnish.core.gate import Look
from burnish.core.ports import Ledger
from burnish.core.stage import Work
from burnish.methods.training.privacy_settings import Length
from burnish.methods.training.private.accountant import (
    Mechanism,
    accountant,
    delta_for,
    epsilon,
    noise_for,
)
from burnish.plan import TrainPrivacy

if TYPE_CHECKING:
    import pyarrow as pa

EVENT = "charged"
CANARIES = "burnish-canaries"
PERSON = "subject "
STEPS_OF_A_BLOCK = 50


@dataclass(frozen=True, slots=True)
class Data:
    """What a training learns from: the cleared rows by digest, and their sources."""

    dataset: str
    sources: tuple[str, ...]

    def shared_with(self, charge: Charge, over: str) -> bool:
        """Whether a charge is one on this data: on the very same rows, or on a source of it."""
        if over == "dataset":
            return charge.data.dataset == self.dataset
        return bool(set(charge.data.sources) & set(self.sources))


@dataclass(frozen=True, slots=True)
class Charge:
    """What a training has spent so far: its mechanism with the steps that are paid for.

    `training` names its random numbers, `secret` the secret they come from; `at` and `by` are of
    the newest block.
    """

    training: str
    secret: str
    data: Data
    unit: str
    mechanism: Mechanism
    delta: float
    at: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a private training would cost, and what was spent on its data before."""

    data: Data
    unit: str
    units: int
    delta: float
    length: Length
    noise: float
    before: tuple[Mechanism, ...]

    @property
    def whole(self) -> Mechanism:
        """All its steps."""
        return Mechanism(self.length.rate, self.noise, self.length.steps)

    def epsilon(self, steps: int | None = None) -> float:
        """Epsilon of so many of its steps, alone."""
        done = self.length.steps if steps is None else steps
        return epsilon([Mechanism(self.length.rate, self.noise, done)], self.delta)

    def together(self, steps: int | None = None) -> float:
        """Epsilon of so many of its steps and of all that was spent before."""
        done = self.length.steps if steps is None else steps
        mine = Mechanism(self.length.rate, self.noise, done)
        return epsilon([*self.before, mine], self.delta)


def charges(ledger: Ledger) -> list[Charge]:
    """What each training is charged with, oldest first; its later blocks include the earlier."""
    found: dict[str, Charge] = {}
    for entry in ledger.entries(EVENT):
        one = _read(entry.facts, entry.at)
        before = found.get(one.training)
        if before is None or before.mechanism.steps <= one.mechanism.steps:
            found[one.training] = one
    return list(found.values())


def spent(ledger: Ledger, data: Data, privacy: TrainPrivacy, but: str = "") -> list[Charge]:
    """The charges on this data, leaving out the training or the secret named `but`."""
    return [
        one
        for one in charges(ledger)
        if data.shared_with(one, privacy.total_over) and but not in (one.training, one.secret)
    ]


def alike(found: Iterable[Charge], unit: str) -> tuple[Mechanism, ...]:
    """The mechanisms that hide this kind of unit: those of another kind do not compose with them.

    What a training that hides rows spends on a person grows with their rows; and a changed row of
    a person moves a training that hides persons by up to twice its clip.
    """
    return tuple(one.mechanism for one in found if one.unit == unit)


def data_of(look: Look, parts: Artifact) -> Data:
    """The cleared rows that the parts were made of, and the sources in the training part."""
    masked = look.ancestor(parts, Masked)
    shown = look.manifest(parts).facts["sources"]
    names = tuple(sorted(name for name in shown if name != CANARIES))
    return Data(parts.digest if masked is None else masked.digest, names)


@dataclass(frozen=True, slots=True)
class Asked:
    """A private training as the plan asks for it, on data with so many units."""

    privacy: TrainPrivacy
    units: int
    length: Length


def terms(ledger: Ledger, data: Data, asked: Asked, secret: str = "") -> Terms:
    """The noise that the plan's epsilon takes, and what was spent before by other trainings.

    Raises `BudgetSpent` when the total does not allow the whole training, `InputError` when the
    accountant is not installed.
    """
    privacy = asked.privacy
    try:
        accountant()
        delta = delta_for(asked.units) if privacy.delta == "auto" else privacy.delta
        noise = noise_for(privacy.epsilon, delta, asked.length.rate, asked.length.steps)
    except ValueError as wrong:
        raise InputError(
            f"train.privacy: {wrong}", remedy="pip install 'burnish[dp]', or raise epsilon"
        ) from wrong
    earlier = spent(ledger, data, privacy, secret)
    before = alike(earlier, privacy.unit)
    if privacy.total_epsilon is not None and len(before) < len(earlier):
        raise InputError(
            f"train.privacy.total_epsilon: of {len(earlier)} earlier trainings on this data "
            f"{len(earlier) - len(before)} hid another unit than '{privacy.unit}', and what they "
            "spent on it is not known",
            remedy="take the unit of the earlier trainings, or leave the total out",
        )
    found = Terms(data, privacy.unit, asked.units, delta, asked.length, noise, before)
    if privacy.total_epsilon is not None and found.together() > privacy.total_epsilon:
        raise _too_much(found, privacy.total_epsilon)
    return found


def _too_much(found: Terms, total: float) -> BudgetSpent:
    used = epsilon(found.before, found.delta)
    return BudgetSpent(
        f"the privacy budget of this data is {total:g} (delta {found.delta:g}); "
        f"{len(found.before)} earlier trainings spent {used:.3f}, and with this one it would be "
        f"{found.together():.3f}",
        remedy=f"{_left(found, total)}; or have train.privacy.total_epsilon raised",
    )


def _left(found: Terms, total: float) -> str:
    """The epsilon that a training of this length may still have."""
    length, delta = found.length, found.delta
    try:
        noise = noise_for(total, delta, length.rate, length.steps, found.before)
    except ValueError:  # no noise is enough
        return "nothing of it is left for a training"
    fits = epsilon([Mechanism(length.rate, noise, length.steps)], delta)
    return f"train.privacy.epsilon: {_down(fits):g} would fit"


def _down(value: float) -> float:
    return int(value * 100) / 100


class Purse:
    """Pays for the steps of one training out of the budget of its data, block by block."""

    def __init__(self, work: Work, found: Terms, privacy: TrainPrivacy, secret: str) -> None:
        self._work, self._terms, self._privacy, self._secret = work, found, privacy, secret
        self._paid: dict[str, int] = {}

    def __call__(self, training: str, step: int) -> bool:
        """Charge the block of `step` unless it is charged; False where the total forbids it."""
        if training not in self._paid:
            self._paid[training] = self._charged(training)
        if step <= self._paid[training]:
            return True
        upto = min(step + STEPS_OF_A_BLOCK - 1, self._terms.length.steps)
        if not self._allowed(training, upto):
            return False
        self._work.notes("charged", _facts(self._terms, training, self._secret, upto))
        self._paid[training] = upto
        return True

    @property
    def paid(self) -> int:
        """Steps that are charged."""
        return max(self._paid.values(), default=0)

    def _charged(self, training: str) -> int:
        mine = (one for one in charges(self._work.look.ledger) if one.training == training)
        return max((one.mechanism.steps for one in mine), default=0)

    def _allowed(self, training: str, upto: int) -> bool:
        """Looked up anew for each block: other runs may have spent in the meantime."""
        total, found = self._privacy.total_epsilon, self._terms
        if total is None:
            return True
        earlier = spent(self._work.look.ledger, found.data, self._privacy, training)
        before = alike(earlier, found.unit)
        mine = Mechanism(found.length.rate, found.noise, upto)
        return epsilon([*before, mine], found.delta) <= total


def told(found: Terms, privacy: TrainPrivacy) -> tuple[str, ...]:
    """The terms in words, for a person who plans."""
    first = (
        f"privacy: epsilon {privacy.epsilon:g}, delta {found.delta:g} per {found.unit}, noise "
        f"{found.noise:g} at rate {found.length.rate:.4g} over {found.length.steps} steps"
    )
    total = "" if privacy.total_epsilon is None else f" of {privacy.total_epsilon:g}"
    count = len(found.before)
    return first, f"with {count} earlier trainings on this data {found.together():.3f}{total}"


def _facts(found: Terms, training: str, secret: str, steps: int) -> dict[str, object]:
    return {
        "training": training,
        "secret": secret,
        "dataset": found.data.dataset,
        "sources": list(found.data.sources),
        "unit": found.unit,
        "units": found.units,
        "rate": found.length.rate,
        "noise": found.noise,
        "steps": steps,
        "delta": found.delta,
        "accountant": accountant(),
    }


def _read(facts: Mapping[str, Any], at: str) -> Charge:
    return Charge(
        training=str(facts["training"]),
        secret=str(facts["secret"]),
        data=Data(str(facts["dataset"]), tuple(map(str, facts["sources"]))),
        unit=str(facts["unit"]),
        mechanism=Mechanism(float(facts["rate"]), float(facts["noise"]), int(facts["steps"])),
        delta=float(facts["delta"]),
        at=at,
        by=str(facts.get("by", "")),
    )


def units_of(table: pa.Table, unit: str) -> list[str]:
    """The name of whom each training row belongs to: its person, or else the row itself.

    Windows of one document and copies of one row have one digest: they are one unit. A row
    without a subject is a unit by itself.
    """
    digests = table.column("digest").to_pylist()
    subjects = table.column("subject").to_pylist() if unit == "subject" else [None] * len(digests)
    pairs = zip(digests, subjects, strict=True)
    return [f"{PERSON}{whose}" if whose else f"row {digest}" for digest, whose in pairs]
