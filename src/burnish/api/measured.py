"""How fast trainings of a model were seen to be, here: by rehearsals and by runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from burnish.core.artifact import Manifest
from burnish.core.ports import LedgerEntry
from burnish.intake.train_settings import settings_for
from burnish.methods.training.forecast.machine import Machine
from burnish.methods.training.forecast.shape import ModelShape
from burnish.methods.training.forecast.time import (
    work_of,
)
from burnish.methods.training.settings import TrainSettings
from burnish.plan import TrainPlan
from burnish.wiring import Project

REHEARSED = "rehearsed"


@dataclass(frozen=True, slots=True)
class Speed:
    """FLOP/s that trainings of this model were seen to reach here, by the finer count."""

    flops: float
    told: str


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
