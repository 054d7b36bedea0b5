"""The settings of one training run."""

from dataclasses import dataclass, field
from typing import Literal

from burnish.methods.training.objective_settings import ObjectiveSettings
from burnish.methods.training.parallel_settings import ParallelSettings
from burnish.methods.training.privacy_settings import PrivacyRefused, PrivacySettings
from burnish.methods.training.speed_settings import SpeedSettings
from burnish.methods.training.technique_settings import (
    TECHNIQUES,
    LoraSettings,
    Technique,
    TechniqueOptions,
    require_private_sense,
    require_sense,
)

Schedule = Literal["cosine", "linear", "constant"]
Precision = Literal["fp32", "bf16"]
Order = Literal["shuffled", "short_first", "easy_first"]
Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class TrainSettings:
    """How to train; everything that decides the result apart from model and data.

    A step takes `micro_batch` x `accumulate` rows (packed rows of `max_length` tokens, or single
    examples without packing). `max_steps` caps the steps that `epochs` would give. Zero turns off
    `checkpoint_every` and `eval_every` (in steps) and `clip_norm`. `bf16` computes under autocast:
    trained weights stay in fp32, a frozen base is held in bf16. `keep_checkpoints` is for the
    store that keeps them. `from_scratch` trains the same configuration from random weights (the
    control). With another `order` than shuffled the first epoch goes by the examples' difficulty,
    later ones are shuffled. `base_name` is the public name of the base, written into an adapter's
    configuration. With `privacy` a step takes `micro_batch` x `accumulate` units on average, and
    `clip_norm` is not used: each unit is clipped by itself. The rows of a step are those of all
    its ranks together.
    """

    technique: Technique = "lora"
    lora: LoraSettings = field(default_factory=LoraSettings)
    options: TechniqueOptions = field(default_factory=TechniqueOptions)
    learning_rate: float = 2e-4
    schedule: Schedule = "cosine"
    warmup_share: float = 0.03
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    clip_norm: float = 1.0
    epochs: int = 3
    max_steps: int | None = None
    max_length: int = 1024
    packing: bool = True
    micro_batch: int = 4
    accumulate: int = 1
    seed: int = 0
    order: Order = "shuffled"
    precision: Precision = "bf16"
    checkpoint_every: int = 100
    keep_checkpoints: int = 2
    eval_every: int = 100
    threads: int = 1
    device: Device = "auto"
    from_scratch: bool = False
    base_name: str = ""
    speed: SpeedSettings = field(default_factory=SpeedSettings)
    privacy: PrivacySettings | None = None
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    parallel: ParallelSettings = field(default_factory=ParallelSettings)
    gradient_checkpointing: bool | Literal["auto"] = "auto"

    def __post_init__(self) -> None:
        for name, low in _AT_LEAST.items():
            if not getattr(self, name) >= low:
                raise ValueError(f"{name} must be at least {low}, not {getattr(self, name)}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}")
        if self.max_steps is not None and self.max_steps < 1:
            raise ValueError(f"max_steps must be at least 1 or None, not {self.max_steps}")
        shares = (self.warmup_share, *self.betas)
        if not all(0 <= share < 1 for share in shares):
            raise ValueError("warmup_share and both betas must lie in [0, 1)")
        self._require_together()

    def _require_together(self) -> None:
        require_sense(self.technique, self.lora, packing=self.packing, merge=self.options.merge)
        if self.privacy is not None:
            self._require_private()
        self._require_parallel()
        if self.from_scratch and self.objective.ewc is not None:
            raise ValueError("random weights know nothing that ewc could hold; leave ewc out")

    def _require_private(self) -> None:
        if self.speed != SpeedSettings():
            raise PrivacyRefused(
                "privacy takes the gradient of each example out of the layers as they are written: "
                "leave compile and kernels as they are"
            )
        require_private_sense(self.technique, self.lora)
        if self.parallel.ranks > 1:
            raise PrivacyRefused(
                "a private step clips and adds noise over all its units at once, in one process; "
                "set parallel.ranks to 1"
            )
        if self.packing:
            raise PrivacyRefused(
                "privacy needs the gradient of each example, so a row may hold one only: "
                "set packing to false"
            )
        if self.order != "shuffled":
            raise PrivacyRefused(
                "under privacy each step draws its examples by chance, so there is no order; "
                "set order to shuffled"
            )
        if self.objective.pairs:
            raise PrivacyRefused(
                "the gradient of a pair is that of two answers together, and units are clipped one "
                "answer at a time; set objective to supervised"
            )
        if self.objective.neftune:
            raise PrivacyRefused(
                "neftune draws its noise from the seed, over all rows of a step together, so a row "
                "would change what others are given; set neftune to 0"
            )

    def _require_parallel(self) -> None:
        if self.parallel.sharded and self.objective.ewc is not None:
            raise ValueError(
                f"ewc needs whole weights, and {self.parallel.kind} shards them; take "
                "parallel.kind ddp, or replay instead of ewc"
            )
        if self.parallel.sharded and self.technique == "qlora":
            raise ValueError(
                f"the four-bit weights of qlora cannot be sharded by {self.parallel.kind}; take "
                "parallel.kind ddp, or technique lora"
            )
        if self.gradient_checkpointing is True and self.technique == "prefix":
            raise ValueError(
                "a prefix stands in front of the keys of each layer, and a second pass would put "
                "it there again; leave gradient_checkpointing at auto or false"
            )

    @property
    def rows_per_step(self) -> int:
        """Rows of one optimiser step."""
        return self.micro_batch * self.accumulate


_AT_LEAST: dict[str, float] = {
    **dict.fromkeys(("epochs", "micro_batch", "accumulate", "threads"), 1),
    **dict.fromkeys(("keep_checkpoints",), 1),
    **dict.fromkeys(("checkpoint_every", "eval_every", "seed"), 0),
    **dict.fromkeys(("learning_rate", "weight_decay", "clip_norm"), 0.0),
    "max_length": 2,
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "technique": TECHNIQUES,
    "schedule": ("cosine", "linear", "constant"),
    "precision": ("fp32", "bf16"),
    "order": ("shuffled", "short_first", "easy_first"),
    "device": ("auto", "cpu", "cuda"),
}
