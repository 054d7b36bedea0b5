"""The settings that trade preparation, or another machine's libraries, for faster steps."""

from dataclasses import dataclass
from typing import Literal

Kernels = Literal["torch", "liger"]


@dataclass(frozen=True)
class SpeedSettings:
    """What makes a step faster and its last bits other.

    `compile` translates the model's layers before the first step (torch.compile), once for each of
    a few lengths. `kernels` "liger" takes norm, rotation and gate from Liger (Hsu et al. 2024),
    which needs a GPU and the package of that name.
    """

    compile: bool = False
    kernels: Kernels = "torch"

    def __post_init__(self) -> None:
        if self.kernels not in ("torch", "liger"):
            raise ValueError("kernels must be one of torch, liger")
