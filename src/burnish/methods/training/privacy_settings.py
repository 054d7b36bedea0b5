"""The settings of a private training, and the length of one."""

import math
from dataclasses import dataclass


class PrivacyRefused(ValueError):
    """Differential privacy makes no sense, or cannot be kept, with this model or setting."""


@dataclass(frozen=True)
class PrivacySettings:
    """DP-SGD (Abadi et al. 2016) over units: an example, or all examples of a person.

    Each step draws every unit with probability `rate`, of a drawn unit at most
    `examples_per_unit` examples, clips the unit's gradient to the norm `clip`, adds a Gaussian
    of `noise` times `clip` to the sum, and divides by the number of units expected. `steps` is
    the whole training that `noise` was chosen for.
    """

    noise: float
    rate: float
    steps: int
    clip: float = 1.0
    examples_per_unit: int = 1

    def __post_init__(self) -> None:
        for name in ("noise", "clip"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        if not 0 < self.rate <= 1:
            raise ValueError(f"rate must lie in (0, 1], not {self.rate}")
        if self.steps < 1 or self.examples_per_unit < 1:
            raise ValueError("steps and examples_per_unit must be at least 1")


@dataclass(frozen=True)
class Length:
    """How a private training of so many units goes: the rate of drawing, and its steps."""

    rate: float
    per_epoch: int
    steps: int


def length(units: int, expected: int, epochs: int, max_steps: int | None) -> Length:
    """`expected` units a step on average; an epoch is as many steps as show each unit once.

    Raises PrivacyRefused when there is nothing to draw from.
    """
    if units < 1:
        raise PrivacyRefused("there is no unit to draw from: the training part is empty")
    per_epoch = math.ceil(units / expected)
    whole = per_epoch * epochs
    return Length(min(1.0, expected / units), per_epoch, min(max_steps or whole, whole))
