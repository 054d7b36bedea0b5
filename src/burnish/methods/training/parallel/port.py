"""What a training needs of the other processes that take part in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from burnish.methods.models.load import CausalModel
from burnish.methods.training.pack import Step
from burnish.methods.training.parallel.member import Member
from burnish.methods.training.parallel.share import Mine
from burnish.methods.training.settings import TrainSettings


@dataclass(frozen=True)
class Entry:
    """A tensor of the trained state: its shape and type when whole, and how to get it whole.

    Every rank calls `fetch`, in the same order.
    """

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    fetch: Callable[[], torch.Tensor]


class Parallel(Protocol):
    """The other processes of a training, and this one's place among them.

    All ranks call each method at the same point of the run, but for `share`, `move` and `close`;
    a rank that is gone or silent makes the others raise PeerLost.
    """

    @property
    def member(self) -> Member:
        """Who I am."""

    @property
    def home(self) -> torch.device | None:
        """Where the model is to lie before it is wrapped; None is the device it is trained on."""

    @property
    def fused_head(self) -> bool:
        """Whether the output matrix may be used outside of its own module's forward pass."""

    def wrap(self, model: CausalModel) -> CausalModel:
        """The model as this rank holds it; its parameters keep their names."""

    def optimiser(
        self, named: Mapping[str, nn.Parameter], settings: TrainSettings
    ) -> torch.optim.Optimizer:
        """The optimiser over what this rank holds of the trained parameters."""

    def share(self, step: Step, micro_batch: int) -> Mine:
        """The part of a step that is this rank's."""

    def backward(self, loss: torch.Tensor, *, last: bool) -> None:
        """Add the gradient of a pass; `last` marks the last one of the step."""

    def reduce(self, told: torch.Tensor) -> torch.Tensor:
        """Make the gradients the sums over all ranks; returns the sum of `told` over them."""

    def clip(self, limit: float) -> torch.Tensor:
        """Scale the gradient to a norm of at most `limit` (0: none); the norm before, a scalar.

        An optimiser that clips as it moves the weights moves them here.
        """

    def move(self) -> None:
        """Move the weights by the gradient, and let it go."""

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over all ranks."""

    def weight(self, name: str, parameter: nn.Parameter) -> Entry:
        """The values of a trained parameter."""

    def moments(self, name: str, parameter: nn.Parameter) -> list[Entry]:
        """What the optimiser keeps for a parameter, each named by its part."""

    def place(self, parameter: nn.Parameter, whole: torch.Tensor) -> None:
        """Give a parameter new values."""

    def place_moments(self, parameter: nn.Parameter, parts: Mapping[str, torch.Tensor]) -> None:
        """Give the optimiser what it kept for a parameter."""

    def require_equal(self) -> None:
        """Raise Drifted where copies on several ranks that must be equal are not."""

    def gather(self, mine: bytes) -> list[bytes]:
        """What each rank has to say, by rank."""

    def agree(self, mine: bool) -> bool:
        """Whether any rank says so; nobody goes on before all have come here."""

    def close(self) -> None:
        """Part from the others."""
