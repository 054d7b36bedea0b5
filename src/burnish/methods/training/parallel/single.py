"""A training of one process."""

import math
from collections.abc import Mapping

import torch
from torch import nn

from burnish.methods.models.load import CausalModel
from burnish.methods.training.optimise import adamw
from burnish.methods.training.pack import Step
from burnish.methods.training.parallel.member import Member
from burnish.methods.training.parallel.port import Entry
from burnish.methods.training.parallel.share import Mine
from burnish.methods.training.settings import TrainSettings


class Single:
    """One process that holds and does everything."""

    home: torch.device | None = None
    fused_head = True

    def __init__(self) -> None:
        self.member = Member()
        self._trained: list[nn.Parameter] = []
        self._optimiser: torch.optim.Optimizer

    def wrap(self, model: CausalModel) -> CausalModel:
        """The model itself."""
        return model

    def optimiser(
        self, named: Mapping[str, nn.Parameter], settings: TrainSettings
    ) -> torch.optim.Optimizer:
        """AdamW over all trained parameters."""
        self._trained = list(named.values())
        self._optimiser = adamw(self._trained, settings)
        return self._optimiser

    def share(self, step: Step, micro_batch: int) -> Mine:
        """All of it."""
        return Mine(step)

    def backward(self, loss: torch.Tensor, *, last: bool) -> None:
        """Autograd's own."""
        loss.backward()  # type: ignore[no-untyped-call]

    def reduce(self, told: torch.Tensor) -> torch.Tensor:
        """They are the sums already."""
        return told

    def clip(self, limit: float) -> torch.Tensor:
        """The joint norm of all gradients."""
        return nn.utils.clip_grad_norm_(self._trained, limit or math.inf)

    def move(self) -> None:
        """A step of AdamW."""
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """The value itself."""
        return value

    def weight(self, name: str, parameter: nn.Parameter) -> Entry:
        """The parameter itself."""
        return self._entry(name, parameter)

    def moments(self, name: str, parameter: nn.Parameter) -> list[Entry]:
        """AdamW's moments and count of steps; none before a parameter's first."""
        state: Mapping[str, torch.Tensor] = self._optimiser.state.get(parameter, {})
        return [self._entry(f"{name}|{part}", tensor) for part, tensor in state.items()]

    def place(self, parameter: nn.Parameter, whole: torch.Tensor) -> None:
        """Copied over the old values."""
        with torch.no_grad():
            parameter.copy_(self._part(parameter, whole))

    def place_moments(self, parameter: nn.Parameter, parts: Mapping[str, torch.Tensor]) -> None:
        """What has the shape of the parameter is held as the parameter is."""
        self._optimiser.state[parameter] = {
            part: self._part(parameter, whole)
            if whole.shape == parameter.shape
            else whole.to(parameter.device)
            for part, whole in parts.items()
        }

    def require_equal(self) -> None:
        """There is one copy."""

    def gather(self, mine: bytes) -> list[bytes]:
        """There is nobody else."""
        return [mine]

    def agree(self, mine: bool) -> bool:
        """There is nobody else."""
        return mine

    def close(self) -> None:
        """There is nobody to part from."""

    def _part(self, parameter: nn.Parameter, whole: torch.Tensor) -> torch.Tensor:
        """What is held here of a tensor of the parameter's shape, on its device."""
        return whole.to(parameter.device)

    def _whole(self, tensor: torch.Tensor) -> torch.Tensor:
        """All of a tensor of the state."""
        return tensor.detach()

    def _entry(self, name: str, tensor: torch.Tensor) -> Entry:
        return Entry(name, tuple(tensor.shape), tensor.dtype, lambda: self._whole(tensor))
