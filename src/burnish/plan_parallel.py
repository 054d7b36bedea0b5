"""The section of the plan that says over how many processes a training is spread, and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from burnish.plan_types import Settings


class ParallelPlan(Settings):
    """Several processes that train one model; it names the result, for sums are rounded."""

    kind: Literal["none", "ddp", "fsdp2", "zero2", "zero3"] = Field(
        "none",
        description="What each process holds: ddp all of the model, fsdp2 and zero3 a shard of "
        "it, zero2 all weights and a shard of the rest.",
    )
    ranks: int = Field(
        1, ge=1, le=4096, description="Processes over all machines, one for each GPU."
    )

    @model_validator(mode="after")
    def _kind_fits(self) -> ParallelPlan:
        if self.kind == "none" and self.ranks > 1:
            raise ValueError("ranks: name a kind for more than one process, ddp say")
        if self.kind != "none" and self.ranks < 2:
            raise ValueError(f"ranks: {self.kind} needs at least 2; one process is kind none")
        return self
