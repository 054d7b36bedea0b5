"""The figures of a step, from the device to those who watch.

On a GPU the host must not wait for a step that it has only just asked for: it reads the figures of
a step after it has asked for the next one. A step whose numbers are not finite then moves nothing,
for the optimiser itself is told so (AdamW's fused kernels take a flag), and the run ends at the
next reading.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from burnish.methods.training.records import Diverged
from burnish.methods.training.steps import Taken


@dataclass(frozen=True)
class Asked:
    """A step that was asked for: its number (from 1), what it learned from, and its norm."""

    step: int
    taken: Taken
    rate: float
    norm: torch.Tensor


@dataclass(frozen=True)
class Read:
    """A step that is done: loss and norm as numbers, and the wall time since the one before."""

    step: int
    taken: Taken
    rate: float
    loss: float | None
    norm: float
    seconds: float


@dataclass
class Figures:
    """Hands each step's figures to `tell`, `late` ones one step later. Raises Diverged."""

    tell: Callable[[Read], None]
    optimiser: torch.optim.Optimizer
    late: bool = False
    _waiting: "tuple[Asked, _OnTheWay] | None" = None
    _since: float = field(default_factory=time.perf_counter)

    def begin(self) -> None:
        """The next step begins now: what came before it takes no part in its time."""
        self._since = time.perf_counter()

    def add(self, step: Asked) -> None:
        """Before the weights move: read what is due, or tell the optimiser what must not be."""
        numbers = _numbers(step)
        if self.late:
            self.optimiser.found_inf = _not_finite(numbers)  # type: ignore[attr-defined]
            self.settle()
            self._waiting = (step, _OnTheWay(numbers))
        else:
            self._read(step, numbers.tolist())

    def settle(self) -> None:
        """Read what is waiting."""
        if self._waiting is not None:
            step, numbers = self._waiting
            self._waiting = None
            self._read(step, numbers.arrived())

    def _read(self, step: Asked, numbers: list[float]) -> None:
        norm, *losses = numbers
        if not all(map(math.isfinite, losses)):
            raise Diverged(step.step, "loss")
        if not math.isfinite(norm):
            raise Diverged(step.step, "gradient")
        now = time.perf_counter()
        loss = losses[0] if losses else None
        self.tell(Read(step.step, step.taken, step.rate, loss, norm, now - self._since))
        self._since = now


class _OnTheWay:
    """Numbers that are copied to main memory behind the step they belong to, not behind the next.

    A plain reading waits for all that was asked of the device by then.
    """

    def __init__(self, numbers: torch.Tensor) -> None:
        self._event = torch.cuda.Event() if numbers.is_cuda else None  # type: ignore[no-untyped-call]
        self._here = torch.empty(numbers.shape, dtype=numbers.dtype, pin_memory=numbers.is_cuda)
        self._here.copy_(numbers, non_blocking=True)
        if self._event is not None:
            self._event.record()

    def arrived(self) -> list[float]:
        """The numbers, waited for."""
        if self._event is not None:
            self._event.synchronize()
        found: list[float] = self._here.tolist()
        return found


def _numbers(step: Asked) -> torch.Tensor:
    """Norm and, where there is one, loss: fp64, where the norm lies."""
    norm, loss = step.norm.detach().double(), step.taken.loss
    if loss is None:
        return norm.reshape(1)
    return torch.stack((norm, torch.as_tensor(loss, dtype=torch.float64, device=norm.device)))


def _not_finite(numbers: torch.Tensor) -> torch.Tensor:
    """1 where any is no finite number, else 0: fp32, a scalar."""
    return (~numbers.isfinite()).any().float()
