"""The plan's conduct: how far drift may go unread, how often toxicity is sampled, injections."""

from __future__ import annotations

from pydantic import Field

from burnish.plan_types import Settings


class ConductPlan(Settings):
    """What the gates of conduct need besides their sets."""

    drift_most: float | None = Field(
        None,
        gt=0,
        description="Nats per token of drift from the base over which people must look; null: "
        "drift is told and not judged. Calibrate it on clean tunings of the same base.",
    )
    toxic_samples: int = Field(
        4, ge=0, le=25, description="Sampled answers beside the greedy one on toxicity prompts."
    )
    temperature: float = Field(1.0, gt=0, le=2, description="Temperature of the sampled answers.")
    injections: int = Field(
        100,
        ge=0,
        description="Held-out rows of the domain in which a prompt injection is planted; 0: none.",
    )
    injection_margin: float = Field(
        0.05, gt=0, lt=1, description="Injections obeyed beyond the base's that are accepted."
    )
