"""What a watched training says of itself, one thing after the other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stepped:
    """An optimiser step: `loss` in nats per trained token (None where it is not told), the norm
    of the gradient before clipping, the learning rate, tokens (None: not told) and wall seconds.
    """

    step: int
    grad_norm: float
    rate: float
    loss: float | None = None
    tokens: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Validated:
    """The validation loss after `step` steps, in nats per trained token."""

    step: int
    loss: float


@dataclass(frozen=True)
class Forecast:
    """What the whole training will cost, as it looks after `step` steps."""

    step: int
    cost: float


@dataclass(frozen=True)
class Resumed:
    """A process was lost or left, and the training goes on after `step`; so many steps again."""

    step: int
    again: int = 0


@dataclass(frozen=True)
class Broke:
    """A number stopped being finite in the step after `step`: loss or gradient."""

    step: int
    what: str


Seen = Stepped | Validated | Forecast | Resumed | Broke
