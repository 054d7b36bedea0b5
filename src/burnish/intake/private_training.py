"""A training under differential privacy: its secret, its terms, and what it leaves as evidence."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from burnish.core.artifact import Mixed
from burnish.core.errors import BudgetSpent, InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Scratch
from burnish.core.stage import Work
from burnish.core.verdict import Cleared
from burnish.intake.privacy_budget import (
    PERSON,
    Asked,
    Purse,
    Terms,
    data_of,
    terms,
    told,
    units_of,
)
from burnish.methods.training.privacy_settings import PrivacyRefused, PrivacySettings, length
from burnish.methods.training.private.accountant import accountant, epsilon
from burnish.methods.training.private.random import SECRET_BYTES
from burnish.methods.training.records import PrivatePorts
from burnish.plan import TrainPlan, TrainPrivacy

SLOT, FILE = "noise", "secret"
NOT_COVERED = (
    "what happened before training: cleaning, deduplication, masking, splitting",
    "the choice of settings, where it was made by looking at results on this data",
    "validation and test rows: their losses, scores and answers are told as they are",
    "counts, reports and figures in the evidence beside the weights",
    "units that know each other: an attacker who holds near copies of a row, or rows that name "
    "a person who is not their subject",
    "trainings outside this ledger, and whoever knows the secret of the noise while it is kept",
)
"""Limits that a report and a model card tell beside epsilon."""


@dataclass(frozen=True, slots=True)
class PrivateTraining:
    """What the plan's privacy means for one training, and who pays for it."""

    terms: Terms
    privacy: TrainPrivacy
    settings: PrivacySettings
    purse: Purse
    ports: PrivatePorts = field(repr=False)
    kept: Scratch = field(repr=False)

    def charged(self) -> str:
        """Epsilon of the steps that are paid for, in words for who watches."""
        return f"epsilon {self.terms.epsilon(self.purse.paid):.3f} of {self.privacy.epsilon:g}"

    def evidence(self, steps: int) -> dict[str, Any]:
        """What was guaranteed, how it was counted, and what it does not cover."""
        found, settings = self.terms, self.settings
        return {
            "epsilon": _up(found.epsilon(steps)),
            "delta": found.delta,
            "asked": self.privacy.epsilon,
            "unit": found.unit,
            "units": found.units,
            "neighbours": "data sets that differ by one unit added or removed",
            "mechanism": "DP-SGD with Poisson sampling",
            "rate": settings.rate,
            "noise": settings.noise,
            "clip": settings.clip,
            "examples_per_unit": settings.examples_per_unit,
            "steps": steps,
            "accountant": accountant(),
            "earlier_trainings": len(found.before),
            "epsilon_of_earlier": _up(epsilon(found.before, found.delta)),
            "epsilon_together": _up(found.together(steps)),
            "total_epsilon": self.privacy.total_epsilon,
            "not_covered": list(NOT_COVERED),
        }

    def forget(self) -> None:
        """Destroy the secret: from now on nobody can take the noise off the weights."""
        self.kept.drop(SLOT)


def begin(work: Work, parts: Mixed, plan: TrainPlan, units: Collection[str]) -> PrivateTraining:
    """The terms for training on so many units, with the secret of an earlier start if there is one.

    Raises `BudgetSpent` when the total budget does not allow it, `InputError` for what makes no
    sense.
    """
    privacy = plan.privacy
    if privacy is None:
        raise InputError("the plan asks for no privacy", remedy="give train.privacy")
    if privacy.unit == "subject" and not any(name.startswith(PERSON) for name in units):
        raise InputError(
            "train.privacy.unit is subject, but no row of the training part has a subject",
            remedy="name the person's field in fields.subject of a source, or take unit: example",
        )
    if work.manifest(parts).facts.get("replay", {}).get("repeats"):
        raise InputError(
            "mix.replay shows general rows more than once to reach its share, but under privacy "
            "the copies of a row are one unit and gain nothing",
            remedy="lower mix.replay.share, or give more general rows",
        )
    kept = work.scratch("secret")
    secret = _secret(kept)
    name = _name_of(secret)
    asked = asked_for(plan, privacy, len(units))
    found = terms(work.look.ledger, data_of(work.look, parts), asked, name)
    settings = PrivacySettings(
        noise=found.noise,
        rate=found.length.rate,
        steps=found.length.steps,
        clip=privacy.clip,
        examples_per_unit=privacy.examples_per_unit,
    )
    purse = Purse(work, found, privacy, name)
    return PrivateTraining(found, privacy, settings, purse, PrivatePorts(secret, purse), kept)


def asked_for(plan: TrainPlan, privacy: TrainPrivacy, units: int) -> Asked:
    """What the plan asks for on so many units; raises `InputError` when there are none."""
    try:
        found = length(units, plan.micro_batch * plan.accumulate, plan.epochs, plan.max_steps)
    except PrivacyRefused as wrong:
        raise InputError(str(wrong), remedy="look at what the earlier steps dropped") from wrong
    return Asked(privacy, units, found)


def kept_apart(work: Work, parts: Cleared[Mixed], plan: TrainPlan) -> Work:
    """`work` with a scratch for the checkpoints and the secret of this private training.

    The total budget does not name it: when it is raised, a training that it stopped goes on.
    """
    plain = plan.model_dump(mode="json")
    plain["privacy"].pop("total_epsilon")
    base = work.manifest(parts.artifact).facts["examples"]["base"]
    name = fingerprint("private training", work.version, parts, plain, base)
    return replace(work, recipe=name)


def foresee(work: Work, parts: Cleared[Mixed], plan: TrainPlan) -> tuple[str, ...]:
    """What a private training would take and cost, in words; nothing is begun or charged."""
    privacy = plan.privacy
    if privacy is None:
        return ()
    tables = work.read(parts.artifact, "train")
    units = {name for table in tables for name in units_of(table, privacy.unit)}
    kept = kept_apart(work, parts, plan).scratch("secret")
    name = _name_of(kept.load(SLOT)[FILE]) if SLOT in kept.slots() else ""
    try:
        data = data_of(work.look, parts.artifact)
        return told(
            terms(work.look.ledger, data, asked_for(plan, privacy, len(units)), name), privacy
        )
    except BudgetSpent as spent:
        return spent.problem, spent.remedy


def _name_of(secret: bytes) -> str:
    """A name that says whether two secrets are one, and nothing else about them."""
    return hashlib.sha256(b"name of a secret\0" + secret).hexdigest()[:32]


def _secret(kept: Scratch) -> bytes:
    """Random bytes from the system, sealed until the training is done; never the plan's seed."""
    if SLOT not in kept.slots():
        kept.save(SLOT, {FILE: secrets.token_bytes(SECRET_BYTES)})
    return kept.load(SLOT)[FILE]


def _up(value: float) -> float:
    """Four places, rounded up: what is told is never less than what was spent."""
    return math.ceil(value * 1e4) / 1e4
