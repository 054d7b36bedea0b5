"""The section of the plan that says how the weights are tuned, and how privately."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from burnish.plan_objective import EarlyStop, Ewc, Objective, Preference, require_together
from burnish.plan_parallel import ParallelPlan
from burnish.plan_technique import (
    Bottleneck,
    Freeze,
    Ia3,
    Lora,
    Prefix,
    Prompt,
    Qlora,
    Technique,
    defaults_for,
    require_technique,
)
from burnish.plan_types import Settings, Share

__all__ = ["Lora", "TrainPlan", "TrainPrivacy"]


class TrainPrivacy(Settings):
    """Differential privacy of the trained weights (DP-SGD, Abadi et al. 2016)."""

    epsilon: float = Field(gt=0, le=100, description="Privacy loss that this training may spend.")
    delta: Literal["auto"] | Annotated[float, Field(gt=0, lt=1)] = Field(
        "auto", description="Chance that epsilon does not hold; auto is 1 / (10 x units)."
    )
    clip: float = Field(1.0, gt=0, description="Largest norm of the gradient of one unit.")
    unit: Literal["example", "subject"] = Field(
        "example", description="Who is hidden: a row, or all rows of a person (fields.subject)."
    )
    examples_per_unit: int = Field(
        1, ge=1, description="Examples of one unit that a step may use; drawn by chance."
    )
    total_epsilon: float | None = Field(
        None, gt=0, le=1000, description="Most that all private trainings on the data may spend."
    )
    total_over: Literal["sources", "dataset"] = Field(
        "sources",
        description="Trainings that count into the total: those that share a source, or those on "
        "the very same cleared rows.",
    )


class TrainPlan(Settings):
    """How the weights are tuned."""

    technique: Technique = "lora"
    lora: Lora = Lora()
    qlora: Qlora = Qlora()
    freeze: Freeze = Freeze()
    prefix: Prefix = Prefix()
    prompt: Prompt = Prompt()
    ia3: Ia3 = Ia3()
    bottleneck: Bottleneck = Bottleneck()
    merge: bool = Field(
        False, description="Also write the base with the adapter merged in, in fp32, checked."
    )
    learning_rate: float = Field(2e-4, ge=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: Share = 0.05
    weight_decay: float = Field(0.0, ge=0)
    clip_norm: float = Field(1.0, gt=0)
    epochs: int = Field(3, ge=1)
    max_steps: int | None = Field(None, ge=1)
    packing: bool = True
    micro_batch: int = Field(4, ge=1, description="Packed rows in one forward pass.")
    accumulate: int = Field(1, ge=1)
    precision: Literal["fp32", "bf16"] = "fp32"
    parallel: ParallelPlan = ParallelPlan()
    gradient_checkpointing: Literal["auto"] | bool = Field(
        "auto",
        description="Work activations out twice to save memory, with the same result to the bit; "
        "auto does where they would not fit.",
    )
    checkpoint_every: int = Field(50, ge=1, description="Steps lost at most by a crash.")
    keep_checkpoints: int = Field(2, ge=1)
    control: bool = Field(
        False, description="Also tune random weights, to show what the base adds."
    )
    threads: int = Field(2, ge=1)
    seed: int = Field(17, ge=0)
    privacy: TrainPrivacy | None = Field(
        None, description="Differential privacy; then packing is off."
    )
    objective: Objective = Field(
        "supervised", description="Answers and documents as they are, or pairs of answers."
    )
    preference: Preference = Preference()
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of each target spread over the whole vocabulary."
    )
    neftune: float = Field(
        0.0, ge=0, description="Noise on embeddings in training (NEFTune); 5 is usual, 0 is none."
    )
    ewc: Ewc | None = Field(None, description="Hold the weights that matter for general answers.")
    early_stop: EarlyStop | None = Field(
        None, description="Stop when validation no longer falls; keep the best."
    )
    compile: bool = Field(
        False, description="Translate the layers first (torch.compile): minutes, then faster steps."
    )
    kernels: Literal["torch", "liger"] = Field(
        "torch", description="Liger's norm, rotation and gate; needs a GPU and burnish[kernels]."
    )

    @model_validator(mode="after")
    def _technique_fits(self) -> TrainPlan:
        for key, value in defaults_for(self.technique).items():
            if key not in self.model_fields_set:
                self.__dict__[key] = value
        if self.privacy is not None and "packing" not in self.model_fields_set:
            self.__dict__["packing"] = False  # the default of a private training
        require_technique(self)
        return self

    @model_validator(mode="after")
    def _objective_fits(self) -> TrainPlan:
        require_together(self)
        return self

    @model_validator(mode="after")
    def _privacy_fits(self) -> TrainPlan:
        if self.privacy is None:
            return self
        if self.packing:
            raise ValueError(
                "packing: a private training clips the gradient of each example, so a row may "
                "hold one only; leave packing out or set it to false"
            )
        if self.control:
            raise ValueError(
                "control: a second training on the same rows would spend their budget again; "
                "set it to false under privacy"
            )
        if self.parallel.ranks > 1:
            raise ValueError(
                "parallel: a private step clips and adds noise over all its units at once, in one "
                "process; leave parallel out under privacy"
            )
        if self.compile or self.kernels != "torch":
            raise ValueError(
                "compile, kernels: a private step takes each example's gradient out of the layers "
                "as they are written; leave both out under privacy"
            )
        if self.privacy.examples_per_unit > self.micro_batch:
            raise ValueError("privacy.examples_per_unit may not exceed micro_batch")
        return self
