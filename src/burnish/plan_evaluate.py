"""The plan's evaluation: what base and tuned model are asked, and the rule that decides."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from burnish.plan_judges import JudgePlan, ReviewPlan, refuse_unknown_judges
from burnish.plan_measures import MeasuresPlan
from burnish.plan_types import Name, Settings, Sha256, Share, Text

GateName = Literal[
    "domain", "forgetting", "safety", "over_refusal", "bias", "alignment", "toxicity",
    "injection", "robustness",
]  # fmt: skip
ItemKind = Literal["exact", "f1", "number", "choice", "refusal", "pair", "marker", "open"]


class EvalSet(Settings):
    """Items on which base and tuned model are compared."""

    name: Name
    path: Text = Field(description="A file of the project, or builtin:NAME for a starter set.")
    gate: GateName = Field(description="The gate that the items feed.")
    metric: ItemKind = Field("exact", description="How an item is graded that does not say it.")
    margin: Share = Field(0.05, description="Loss against the base that is still accepted.")
    reserve: Share = Field(
        0.0, description="Share of the items asked only where the others leave a gate undecided."
    )
    max_items: int | None = Field(None, ge=1, description="At most so many items, drawn by seed.")
    judge: Name | None = Field(None, description="A judge of evaluate.judges that grades answers.")
    sha256: Sha256 | None = Field(None, description="SHA-256 of the file, to pin it.")
    rows: int | None = Field(None, ge=1, description="Number of items in the file, to pin it.")


class EvaluatePlan(Settings):
    """What the tuned model is asked, always beside its base."""

    metric: Literal["exact", "f1", "number"] = "exact"
    max_new_tokens: int = Field(64, ge=1)
    batch: int = Field(32, ge=1)
    domain: tuple[str, ...] = Field((), description="Sources that test the domain; empty: all.")
    max_items: int | None = Field(
        None, ge=1, description="At most so many held-out rows, drawn by seed."
    )
    threads: int = Field(1, ge=1, description="Processor threads; small models want one.")
    seed: int = Field(0, ge=0, description="Draws items, orders and samples.")
    sets: tuple[EvalSet, ...] = ()
    judges: tuple[JudgePlan, ...] = Field((), description="What grades open answers.")
    review: ReviewPlan = Field(ReviewPlan(), description="What two people look at.")
    measures: MeasuresPlan = Field(
        MeasuresPlan(), description="What is allowed beside the margins of the sets."
    )

    @model_validator(mode="after")
    def _judges_known(self) -> EvaluatePlan:
        refuse_unknown_judges(self.judges, [*(s.judge for s in self.sets), self.review.second])
        return self


class ReleasePlan(Settings):
    """The rule that decides, declared before training."""

    min_gain: float = Field(0.02, ge=0, le=1, description="Domain gain to be shown, lower bound.")
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    min_items: int = Field(30, ge=1)
    required: tuple[str, ...] = Field(
        ("domain", "memorisation"), description="Gates that must have evidence."
    )
