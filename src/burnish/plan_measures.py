"""The plan's finer measures: subgroups, forgetting as a whole, how answers end, calibration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from burnish.plan_types import Settings, Share

Above = Annotated[float, Field(gt=0, lt=1)]


class MeasuresPlan(Settings):
    """What is allowed beside the margins of the sets; a share of 0.05 is five points."""

    group_margin: Above = Field(0.05, description="Loss that a subgroup of a set may show.")
    group_items: int = Field(
        100, ge=1, description="Items below which a subgroup is told as not enough data."
    )
    pooled_margin: Above = Field(
        0.03, description="Loss over all sets of the gate forgetting together."
    )
    unended: Above = Field(
        0.10, description="Share of the tuned model's answers that may run into the length limit."
    )
    short: Share = Field(
        0.20, description="Share of the tuned model's answers that may break off too early."
    )
    calibration_margin: Above | None = Field(
        None,
        description="Rise of the Brier score that is accepted on items with choices; without it "
        "calibration is told and not gated.",
    )
    tolerance: Annotated[str, Field(pattern=r"^\d+(\.\d+)?%?$")] = Field(
        "0",
        description="How far a held-out answer of the metric number may be off: 1% of the "
        "reference, or 0.5 of its unit.",
    )
