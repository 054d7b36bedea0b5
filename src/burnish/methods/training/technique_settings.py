"""The settings of each technique: which weights a training changes, and how."""

from dataclasses import dataclass, field
from typing import Literal

Technique = Literal[
    "full", "freeze", "lora", "qlora", "prefix", "prompt", "ia3", "houlsby", "pfeiffer"
]
TECHNIQUES: tuple[Technique, ...] = (
    "full", "freeze", "lora", "qlora", "prefix", "prompt", "ia3", "houlsby", "pfeiffer"
)  # fmt: skip
WHOLE: tuple[Technique, ...] = ("full", "freeze")
"""Those that write a whole model; all others write an adapter beside an unchanged base."""
VIRTUAL: tuple[Technique, ...] = ("prefix", "prompt")
"""Those that put virtual tokens before every row."""
MERGEABLE: tuple[Technique, ...] = ("lora", "qlora", "ia3")
PRIVATE: tuple[Technique, ...] = ("full", "freeze", "lora")
"""Those whose gradient by example is known."""


class TechniqueRefused(ValueError):
    """The technique does not go together with a setting, or with the model at hand."""


@dataclass(frozen=True)
class LoraSettings:
    """Low-rank adaptation (Hu et al. 2021): W + alpha / rank * B A, with W frozen.

    `rslora` scales by alpha / sqrt(rank) (Kalajdzievski 2023). `dora` trains the norm of each
    column of the sum besides (Liu et al. 2024). `pissa` starts from the largest singular values
    and freezes the rest (Meng et al. 2024). `layers` counts from 0, from the end when negative;
    empty means all. `norms` trains the norms of these layers beside the matrices.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    targets: str | tuple[str, ...] = "all-linear"
    layers: tuple[int, ...] = ()
    norms: bool = False
    rslora: bool = False
    dora: bool = False
    pissa: bool = False

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"rank must be at least 1, not {self.rank}")
        if self.alpha < 0:
            raise ValueError(f"alpha must be at least 0, not {self.alpha}")
        if not 0 <= self.dropout < 1:
            raise ValueError("dropout must lie in [0, 1)")


@dataclass(frozen=True)
class QloraSettings:
    """LoRA over a base in 4-bit NormalFloat (Dettmers et al. 2023).

    `double` quantises the scales of the blocks again; `compute` is the number format of the
    products, "auto" that of the training.
    """

    double: bool = True
    compute: Literal["auto", "fp32", "bf16"] = "auto"


@dataclass(frozen=True)
class FreezeSettings:
    """Ordinary tuning of some weights: of the `last` layers, or of all but the `first`.

    With `patterns` (shell-style, over parameter names) only those of their weights that match.
    `embeddings`, `head` and `norm` say whether what lies before, after and between is trained too.
    """

    last: int | None = 2
    first: int | None = None
    patterns: tuple[str, ...] = ()
    embeddings: bool = False
    head: bool = False
    norm: bool = True


@dataclass(frozen=True)
class PrefixSettings:
    """Virtual keys and values before every layer's own (Li & Liang 2021).

    `projection` trains them through a two-layer network, which is left behind afterwards.
    """

    tokens: int = 20
    projection: bool = False


@dataclass(frozen=True)
class PromptSettings:
    """Virtual embeddings before the first token (Lester et al. 2021)."""

    tokens: int = 20
    init: Literal["vocabulary", "random"] = "vocabulary"


@dataclass(frozen=True)
class Ia3Settings:
    """Learned scales of keys, values and inner activations (Liu et al. 2022).

    Empty `targets` takes the layers that are known for the architecture. `feedforward` names
    those of them whose input is scaled instead of their output.
    """

    targets: tuple[str, ...] = ()
    feedforward: tuple[str, ...] = ()


@dataclass(frozen=True)
class BottleneckSettings:
    """Bottleneck adapters: `reduction` is the model's width divided by the bottleneck's."""

    reduction: int = 16
    activation: Literal["relu", "gelu", "silu"] = "relu"
    dropout: float = 0.0


@dataclass(frozen=True)
class TechniqueOptions:
    """What the techniques beside LoRA go by, and whether the weights are merged afterwards."""

    qlora: QloraSettings = field(default_factory=QloraSettings)
    freeze: FreezeSettings = field(default_factory=FreezeSettings)
    prefix: PrefixSettings = field(default_factory=PrefixSettings)
    prompt: PromptSettings = field(default_factory=PromptSettings)
    ia3: Ia3Settings = field(default_factory=Ia3Settings)
    bottleneck: BottleneckSettings = field(default_factory=BottleneckSettings)
    merge: bool = False


def require_sense(technique: Technique, lora: LoraSettings, *, packing: bool, merge: bool) -> None:
    """Raise TechniqueRefused for what the settings alone show to make no sense together."""
    if technique in VIRTUAL and packing:
        raise TechniqueRefused(
            f"{technique} puts its virtual tokens before a row, so only the first of several "
            "packed documents would have them; set packing to false"
        )
    if merge and technique not in MERGEABLE:
        raise TechniqueRefused(f"{technique} leaves nothing to merge; set merge to false")
    if technique in ("lora", "qlora") and lora.pissa:
        _require_plain_pissa(technique, lora)


def require_private_sense(technique: Technique, lora: LoraSettings) -> None:
    """Raise TechniqueRefused where the gradient of a single example is not known."""
    if technique not in PRIVATE:
        raise TechniqueRefused(
            f"differential privacy clips the gradient of each example, which is not known for "
            f"{technique}; take {', '.join(PRIVATE[:-1])} or {PRIVATE[-1]}"
        )
    if technique == "lora" and (lora.dora or lora.norms):
        raise TechniqueRefused(
            "the gradient of each example is known for the matrices of LoRA only; set dora and "
            "norms to false under privacy"
        )


def frozen_type(
    technique: Technique, precision: str, pissa: bool
) -> Literal["float32", "bfloat16"]:
    """The number format in which the base of a training is held.

    A frozen base of a training in bf16 is held in bf16; trained weights stay in fp32, and so does
    the base that PiSSA splits, since the rest must add up to the original again. A quantised base
    is rounded from fp32.
    """
    rounded = technique not in (*WHOLE, "qlora") and precision == "bf16"
    return "bfloat16" if rounded and not (technique == "lora" and pissa) else "float32"


def _require_plain_pissa(technique: Technique, lora: LoraSettings) -> None:
    if technique == "qlora":
        raise TechniqueRefused(
            "pissa changes the base weights before they are rounded to 4 bits, so the adapter "
            "would fit no base that is served; set pissa to false, or technique to lora"
        )
    if lora.dora:
        raise TechniqueRefused(
            "dora and pissa both rewrite the weights that LoRA starts from; choose one"
        )
    if lora.dropout:
        raise TechniqueRefused(
            "pissa keeps the largest part of the base in its matrices, and dropout would drop "
            "that; set dropout to 0"
        )
