"""What a training learns from, and what keeps it from forgetting: the settings."""

import math
from dataclasses import dataclass, field
from typing import Literal

Goal = Literal["supervised", "preference"]
PreferenceLoss = Literal["sigmoid", "ipo"]


@dataclass(frozen=True)
class PreferenceSettings:
    """Learning from pairs of answers by their log-probability under the model and its reference.

    `sigmoid` is DPO (Rafailov et al. 2023), with `label_smoothing` above 0 conservative DPO
    (Mitchell 2023): that share of the pairs is taken to be the wrong way round. `ipo` is the
    squared loss of Azar et al. 2023. `beta` is how strongly the model is held to its reference.
    `by_length` divides each log-probability by the answer's tokens. `sft` weighs the likelihood
    of the chosen answer, per token, beside the loss (RPO, Pang et al. 2024).
    """

    loss: PreferenceLoss = "sigmoid"
    beta: float = 0.1
    label_smoothing: float = 0.0
    by_length: bool = False
    sft: float = 0.0

    def __post_init__(self) -> None:
        if self.loss not in ("sigmoid", "ipo"):
            raise ValueError("preference.loss must be one of sigmoid, ipo")
        if not 0 < self.beta < math.inf:
            raise ValueError(f"preference.beta must be above 0, not {self.beta}")
        if not 0 <= self.label_smoothing < 0.5:
            raise ValueError("preference.label_smoothing must lie in [0, 0.5)")
        if self.loss == "ipo" and self.label_smoothing:
            raise ValueError("preference.label_smoothing belongs to the sigmoid loss, not to ipo")
        if not 0 <= self.sft < math.inf:
            raise ValueError(f"preference.sft must be at least 0, not {self.sft}")


@dataclass(frozen=True)
class EwcSettings:
    """Elastic weight consolidation (Kirkpatrick et al. 2017): holds weights that matter.

    The penalty is `weight` / 2 times the sum over all weights of their Fisher information and
    their squared distance from the start. The Fisher is per token, so at `weight` 1 the penalty
    is, near the start, the divergence from the base in nats per token of the general rows.
    `rows` are drawn from `sources` of the training part; without sources the base writes so many
    texts of `length` tokens itself.
    """

    weight: float = 100.0
    sources: tuple[str, ...] = ()
    rows: int = 128
    length: int = 128

    def __post_init__(self) -> None:
        if not 0 <= self.weight < math.inf:
            raise ValueError(f"ewc.weight must be at least 0, not {self.weight}")
        if self.rows < 1 or self.length < 2:
            raise ValueError("ewc.rows must be at least 1 and ewc.length at least 2")


@dataclass(frozen=True)
class EarlyStop:
    """Stop after `patience` validations without a loss lower by more than `min_delta` (nats)."""

    patience: int = 3
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"early_stop.patience must be at least 1, not {self.patience}")
        if not 0 <= self.min_delta < math.inf:
            raise ValueError(f"early_stop.min_delta must be at least 0, not {self.min_delta}")


@dataclass(frozen=True)
class ObjectiveSettings:
    """What a step's loss is, and what is done against forgetting and overfitting.

    `label_smoothing` mixes the target of a supervised loss with the uniform distribution
    (Szegedy et al. 2016), in training only. `neftune` is the size of the noise on the embeddings
    (Jain et al. 2023), 0 for none. Continued pre-training is supervised training on documents.
    """

    goal: Goal = "supervised"
    preference: PreferenceSettings = field(default_factory=PreferenceSettings)
    label_smoothing: float = 0.0
    neftune: float = 0.0
    ewc: EwcSettings | None = None
    early_stop: EarlyStop | None = None

    def __post_init__(self) -> None:
        if self.goal not in ("supervised", "preference"):
            raise ValueError("objective must be one of supervised, preference")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing must lie in [0, 1), not {self.label_smoothing}")
        if not 0 <= self.neftune < math.inf:
            raise ValueError(f"neftune must be at least 0, not {self.neftune}")
        if self.goal == "preference" and self.label_smoothing:
            raise ValueError(
                "label_smoothing is of the supervised loss; for pairs that may be the wrong way "
                "round set preference.label_smoothing"
            )

    @property
    def pairs(self) -> bool:
        """Whether it learns from pairs."""
        return self.goal == "preference"

    @property
    def penalty(self) -> EwcSettings | None:
        """The penalty, where it weighs anything."""
        return self.ewc if self.ewc is not None and self.ewc.weight > 0 else None
