"""The sections of the plan for each technique, and which of them go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from pydantic import Field, model_validator

from burnish.plan_types import Settings, Share

Technique = Literal[
    "full", "freeze", "lora", "qlora", "prefix", "prompt", "ia3", "houlsby", "pfeiffer"
]
VIRTUAL: tuple[Technique, ...] = ("prefix", "prompt")
MERGEABLE: tuple[Technique, ...] = ("lora", "qlora", "ia3")
PRIVATE: tuple[Technique, ...] = ("full", "freeze", "lora")
RATES: Mapping[Technique, float] = {
    "full": 2e-5,
    "freeze": 5e-5,
    "lora": 2e-4,
    "qlora": 2e-4,
    "prefix": 1e-2,
    "prompt": 3e-2,
    "ia3": 3e-3,
    "houlsby": 1e-4,
    "pfeiffer": 1e-4,
}
"""The learning rate of a plan that names none."""


class Lora(Settings):
    """Low-rank adaptation (Hu et al. 2021), also of a quantised base."""

    rank: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: Share = 0.0
    targets: tuple[str, ...] = ("all-linear",)
    layers: tuple[int, ...] = Field(
        (), description="Layers with matrices, such as [0, -1]; empty: all."
    )
    norms: bool = Field(False, description="Train the norms of these layers beside the matrices.")
    rslora: bool = Field(False, description="Scale by alpha / sqrt(rank): for high ranks.")
    dora: bool = Field(False, description="Train the size of each column apart (DoRA): slower.")
    pissa: bool = Field(False, description="Start from the largest parts of the base (PiSSA).")


class Qlora(Settings):
    """The base in 4 bits, nf4 (Dettmers et al. 2023); the matrices are those of `lora`."""

    double: bool = Field(True, description="Quantise the scales of the blocks again.")
    compute: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="Number format of the products; auto is that of the training."
    )


class Freeze(Settings):
    """Which weights `technique: freeze` trains; the others stay as they are."""

    last: int | None = Field(2, ge=1, description="Train so many layers from the end.")
    first: int | None = Field(
        None, ge=1, description="Instead of last: train all but so many layers from the start."
    )
    patterns: tuple[str, ...] = Field(
        (), description="Only weights so named, as in *.mlp.*; empty: all."
    )
    embeddings: bool = Field(False, description="Train the embeddings too.")
    head: bool = Field(False, description="Train the output matrix too.")
    norm: bool = Field(True, description="Train the norm behind the last layer too.")

    @model_validator(mode="after")
    def _one_end(self) -> Freeze:
        if self.first is not None and "last" not in self.model_fields_set:
            self.__dict__["last"] = None
        if self.first is not None and self.last is not None:
            raise ValueError("freeze takes last or first, not both; set one of them to null")
        return self


class Prefix(Settings):
    """Virtual keys and values before those of every layer (Li & Liang 2021)."""

    tokens: int = Field(20, ge=1, description="Virtual tokens; they take room in the window.")
    projection: bool = Field(
        False, description="Train them through a two-layer network, left behind afterwards."
    )


class Prompt(Settings):
    """Virtual embeddings before the first token (Lester et al. 2021)."""

    tokens: int = Field(20, ge=1, description="Virtual tokens; they take room in the window.")
    init: Literal["vocabulary", "random"] = Field(
        "vocabulary", description="Start as tokens drawn from the vocabulary, or anywhere."
    )


class Ia3(Settings):
    """Learned scales of keys, values and inner activations (Liu et al. 2022)."""

    targets: tuple[str, ...] = Field(
        (), description="Names of the layers; empty: those usual for the model."
    )
    feedforward: tuple[str, ...] = Field(
        (), description="Those of targets whose input is scaled, not their output."
    )

    @model_validator(mode="after")
    def _feedforward_is_among_targets(self) -> Ia3:
        if strange := sorted({*self.feedforward} - {*self.targets}):
            raise ValueError(f"ia3.feedforward: '{strange[0]}' is not among ia3.targets; add it")
        return self


class Bottleneck(Settings):
    """Bottleneck adapters (Houlsby et al. 2019, Pfeiffer et al. 2021)."""

    reduction: int = Field(16, ge=1, description="The model's width divided by the bottleneck's.")
    activation: Literal["relu", "gelu", "silu"] = "relu"
    dropout: Share = 0.0


class Tuning(Protocol):
    """The part of the plan's training section that a technique is judged with."""

    @property
    def technique(self) -> Technique:
        """Its word."""

    @property
    def lora(self) -> Lora:
        """The options of LoRA."""

    @property
    def merge(self) -> bool:
        """Whether merged weights are written."""

    @property
    def packing(self) -> bool:
        """Whether rows are packed."""

    @property
    def weight_decay(self) -> float:
        """AdamW weight decay."""

    @property
    def privacy(self) -> object | None:
        """Differential privacy."""


def defaults_for(technique: Technique) -> dict[str, object]:
    """What a plan that leaves these keys out gets with this technique."""
    found: dict[str, object] = {"learning_rate": RATES[technique]}
    return found | {"packing": False} if technique in VIRTUAL else found


def require_technique(plan: Tuning) -> None:
    """Raise ValueError, saying why, for a technique that does not go with the other settings."""
    word = plan.technique
    if word in VIRTUAL and plan.packing:
        raise ValueError(
            f"packing: {word} puts its virtual tokens before a row, so only the first of several "
            "packed documents would have them; leave packing out or set it to false"
        )
    if plan.merge and word not in MERGEABLE:
        raise ValueError(f"merge: {_WHOLE.get(word, _BESIDE)}; set it to false")
    if word == "ia3" and plan.weight_decay:
        raise ValueError(
            "weight_decay: it would draw the scales of ia3 from one to zero, which switches the "
            "layers off; set it to 0"
        )
    if word in ("lora", "qlora") and plan.lora.pissa:
        _require_plain_pissa(plan)
    if plan.privacy is not None:
        _require_private(plan)


_BESIDE = (
    "this technique computes what no weight of the base could hold, so there is nothing to merge"
)
_WHOLE: Mapping[Technique, str] = dict.fromkeys(
    ("full", "freeze"), "this technique writes a whole model already, there is nothing to merge"
)


def _require_plain_pissa(plan: Tuning) -> None:
    if plan.technique == "qlora":
        raise ValueError(
            "lora.pissa: it changes the base weights before they are rounded to 4 bits, so the "
            "adapter would fit no base that is served; set it to false, or technique to lora"
        )
    if plan.lora.dora:
        raise ValueError(
            "lora.pissa: dora and pissa both rewrite the weights that LoRA starts from; choose one"
        )
    if plan.lora.dropout:
        raise ValueError(
            "lora.dropout: pissa keeps the largest part of the base in its matrices, and dropout "
            "would drop that; set it to 0"
        )


def _require_private(plan: Tuning) -> None:
    if plan.technique not in PRIVATE:
        raise ValueError(
            "technique: a private training clips the gradient of each example, which is not known "
            f"for {plan.technique}; take {', '.join(PRIVATE[:-1])} or {PRIVATE[-1]}"
        )
    if plan.technique == "lora" and (plan.lora.dora or plan.lora.norms):
        raise ValueError(
            "lora: the gradient of each example is known for its matrices only; set dora and norms "
            "to false under privacy"
        )
