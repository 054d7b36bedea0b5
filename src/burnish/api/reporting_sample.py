"""The page's section on the reviewer's sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from burnish.core.artifact import Masked
from burnish.core.gate import Look
from burnish.core.sampled import sampled_entries
from burnish.evidence.report.reading_sample import sample_view
from burnish.evidence.report.view_sample import SampleView
from burnish.gates.privacy import weighed
from burnish.methods.sampling.estimate import canary_miss
from burnish.methods.sampling.strata import MEANINGS
from burnish.plan import PrivacyPlan

Record = Mapping[str, Any]


def sampled(look: Look, masked: Masked, plan: Record, measures: Record) -> SampleView | None:
    """What people found in this run's masked data, by its own plan; None where none was asked.

    `measures` are the residual and the canary report. Raises `IntegrityBroken` for verdicts that
    cannot be read.
    """
    told: Record = plan.get("privacy", {})
    canary = canary_miss(measures["canary"].get("categories", ()))
    others = {
        "residual": measures["residual"].get("rate"),
        "canary": None if canary is None else asdict(canary),
    }
    said: dict[str, Any] = {}
    if masked.digest and sampled_entries(look, masked):
        seed = told.get("sample_seed", PrivacyPlan().sample_seed)
        people = weighed(look, masked, PrivacyPlan(sample_seed=seed))
        said = {**asdict(people.standing), "refused": people.refused}
    return sample_view(said, MEANINGS, told, others)
