"""The sections of the plan that say what a training learns from, and what it must not forget."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import Field

from burnish.plan_types import Name, Settings

Objective = Literal["supervised", "preference"]


class Preference(Settings):
    """How pairs of a chosen and a rejected answer are learnt from (objective: preference)."""

    loss: Literal["sigmoid", "ipo"] = Field(
        "sigmoid", description="DPO (Rafailov et al. 2023), or IPO (Azar et al. 2023)."
    )
    beta: float = Field(
        0.1, gt=0, description="How strongly the model is held to what it was at the start."
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=0.5, description="Share of pairs that may be the wrong way round (cDPO)."
    )
    by_length: bool = Field(
        False, description="Divide log-probabilities by the tokens of their answer."
    )
    sft: float = Field(
        0.0, ge=0, description="Weight of the chosen answer's own likelihood beside it (RPO)."
    )


class Ewc(Settings):
    """Holds weights that matter for general answers (Kirkpatrick et al. 2017)."""

    weight: float = Field(
        100.0, ge=0, description="Nats of loss that a nat of drift on general text costs."
    )
    sources: tuple[Name, ...] = Field(
        (), description="General sources among those trained on; empty: texts the base writes."
    )
    rows: int = Field(128, ge=1, description="Rows from which it is told what matters.")
    length: int = Field(128, ge=2, description="Tokens of each text that the base writes.")


class EarlyStop(Settings):
    """Ends a training that no longer helps; the weights of the best validation are kept."""

    patience: int = Field(3, ge=1, description="Validations without a better loss.")
    min_delta: float = Field(0.0, ge=0, description="Least fall of the loss that counts, in nats.")


class Learning(Protocol):
    """The part of the plan's training section that these sections are judged with."""

    @property
    def objective(self) -> Objective:
        """What is learnt from."""

    @property
    def label_smoothing(self) -> float:
        """Share of a target that is spread."""

    @property
    def neftune(self) -> float:
        """Noise on embeddings."""

    @property
    def ewc(self) -> Ewc | None:
        """The penalty on forgetting."""

    @property
    def control(self) -> bool:
        """Whether random weights are tuned too."""

    @property
    def privacy(self) -> object | None:
        """Differential privacy."""


def require_together(plan: Learning) -> None:
    """Raise ValueError, saying why, for parts of an objective that do not go together."""
    if plan.objective == "preference" and plan.label_smoothing:
        raise ValueError(
            "label_smoothing: it is of the supervised loss; for pairs that may be the wrong way "
            "round set preference.label_smoothing"
        )
    if plan.control and plan.ewc is not None:
        raise ValueError(
            "control: it starts from random weights, which know nothing that ewc could hold; set "
            "it to false, or leave ewc out"
        )
    if plan.privacy is not None:
        _require_private(plan)


def _require_private(plan: Learning) -> None:
    if plan.objective == "preference":
        raise ValueError(
            "objective: the gradient of a pair is that of two answers together, and a private "
            "training clips one answer at a time; set it to supervised"
        )
    if plan.neftune:
        raise ValueError(
            "neftune: its noise is drawn over all rows of a step together, so under privacy a row "
            "would change what others are given; set it to 0"
        )
    if plan.ewc is not None and plan.ewc.sources:
        raise ValueError(
            "ewc.sources: what matters would be told from rows that privacy is to hide; leave "
            "sources empty, then the base writes the texts itself"
        )
