"""The section of the plan that says who runs a training, and what is done when that fails.

Nothing here names a result: a training may be run otherwise and go on from its checkpoint.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from burnish.core.remote import is_loopback_url
from burnish.plan_types import Settings


class TrainerPlan(Settings):
    """Who runs a training, and what is done when a process of it fails."""

    kind: Literal["processes", "alone", "ray"] = Field(
        "processes", description="Processes of this machine, this very process, or a Ray cluster."
    )
    begin: Literal["auto", "fork", "exec"] = Field(
        "auto",
        description="processes: fork from one that has imported all (auto: on Linux without a "
        "GPU), or exec each anew.",
    )
    ray_cpus: float = Field(1.0, gt=0, description="ray: processors that a rank takes.")
    ray_gpus: float = Field(0.0, ge=0, description="ray: GPUs that a rank takes.")
    attempts: int = Field(
        5, ge=1, description="Most attempts in a row that save no checkpoint; 1 tries once."
    )
    backoff_seconds: float = Field(
        1.0, ge=0, description="Wait before the second attempt; doubles from attempt to attempt."
    )
    longest_backoff_seconds: float = Field(60.0, ge=0, description="Where the doubling ends.")
    hang_seconds: float = Field(
        300.0, gt=0, description="Silence after which a process counts as hung, within a step."
    )
    quiet_seconds: float = Field(
        1800.0, gt=0, description="The same while it loads, compiles, evaluates or saves."
    )
    notice: Literal["none", "aws", "gcp", "azure"] = Field(
        "none", description="Whose metadata service says when this machine is taken back."
    )
    notice_address: str | None = Field(
        None, description="Another address of it, on this machine only: http://127.0.0.1:PORT."
    )

    @field_validator("notice_address")
    @classmethod
    def _is_of_this_machine(cls, address: str | None) -> str | None:
        if address is not None and not is_loopback_url(address):
            raise ValueError("must be on this machine (http://127.0.0.1:PORT)")
        return address

    @model_validator(mode="after")
    def _fits(self) -> TrainerPlan:
        if self.notice_address is not None and self.notice == "none":
            raise ValueError("trainer.notice_address is for a trainer.notice")
        if self.quiet_seconds < self.hang_seconds:
            raise ValueError("trainer.quiet_seconds may not be below trainer.hang_seconds")
        return self
