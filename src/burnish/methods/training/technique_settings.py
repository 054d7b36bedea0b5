"""The settings of each technique: which weights a training changes, and how."""

from dataclasses import dataclass
from typing import Literal

Technique = Literal["full", "lora"]


@dataclass(frozen=True)
class LoraSettings:
    """Low-rank adaptation (Hu et al. 2021): W + alpha / rank * B A, with W frozen."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    targets: str | tuple[str, ...] = "all-linear"

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"rank must be at least 1, not {self.rank}")
        if self.alpha < 0:
            raise ValueError(f"alpha must be at least 0, not {self.alpha}")
        if not 0 <= self.dropout < 1:
            raise ValueError("dropout must lie in [0, 1)")
