"""How a training is spread over processes: the settings."""

from dataclasses import dataclass
from typing import Literal

ParallelKind = Literal["none", "ddp", "fsdp2", "zero2", "zero3"]
KINDS = ("none", "ddp", "fsdp2", "zero2", "zero3")


@dataclass(frozen=True)
class ParallelSettings:
    """Over how many processes (`ranks`) a training is spread, and what each of them holds.

    `ddp`: every rank holds all of the model. `fsdp2`: weights, gradients and moments are sharded
    over the ranks, layer by layer (PyTorch's fully_shard). `zero2` and `zero3` are DeepSpeed's
    stages (Rajbhandari et al. 2020): gradients and moments, or all three, are sharded. The rows
    of a step are the same for any number of ranks, and so is its gradient but for rounding.
    """

    kind: ParallelKind = "none"
    ranks: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"parallel.kind must be one of {', '.join(KINDS)}")
        if self.kind == "none" and self.ranks != 1:
            raise ValueError("parallel.kind none is one rank; name a kind for more")
        if self.kind != "none" and self.ranks < 2:
            raise ValueError(f"parallel.kind {self.kind} needs at least 2 ranks")

    @property
    def sharded(self) -> bool:
        """Whether no rank holds all of what is trained."""
        return self.kind in ("fsdp2", "zero2", "zero3")
