"""Weights, gradients and moments sharded over the ranks: PyTorch's fully_shard (FSDP2).

Zhao et al. 2023 ("PyTorch FSDP"), in its form per parameter. Each decoder layer is gathered when
it is needed and let go again, so every rank makes the same number of passes in a step.
"""

import math
from typing import cast

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from burnish.methods.models.load import CausalModel
from burnish.methods.training.pack import Step
from burnish.methods.training.parallel.ddp import Replicas
from burnish.methods.training.parallel.member import Member
from burnish.methods.training.parallel.share import Mine, share


class Shards(Replicas):
    """A shard of every parameter on every rank."""

    def __init__(self, member: Member, device: torch.device) -> None:
        super().__init__(member, device)
        self.home = torch.device("cpu")  # a layer is moved to the device as it is sharded
        self._blocks: list[FSDPModule] = []

    def wrap(self, model: CausalModel) -> CausalModel:
        """Shard each layer, then what is left; gradients are summed, never averaged."""
        mesh = init_device_mesh(self.device.type, (self.member.world,))
        for layer in layers(model):
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)
        self._blocks = [m for m in model.modules() if isinstance(m, FSDPModule)]
        for block in self._blocks:
            block.set_gradient_divide_factor(1.0)
            block.set_force_sum_reduction_for_comms(True)
        return model

    def share(self, step: Step, micro_batch: int) -> Mine:
        """Every so-manieth row, and passes besides where another rank has more of them."""
        return share(step, micro_batch, self.member.number, self.member.world)

    def reduce(self, told: torch.Tensor) -> torch.Tensor:
        """The gradients were summed on the way back."""
        return self.total(told)

    def clip(self, limit: float) -> torch.Tensor:
        """The norm over all shards."""
        gradients = [p.grad for p in self._trained if p.grad is not None]
        norm = self._whole(nn.utils.get_total_norm(gradients))
        nn.utils.clip_grads_with_norm_(self._trained, limit or math.inf, norm)
        return norm

    def require_equal(self) -> None:
        """No two ranks hold the same."""

    def place(self, parameter: nn.Parameter, whole: torch.Tensor) -> None:
        """Into the shard; what a pass has left gathered is stale and let go."""
        super().place(parameter, whole)
        for block in self._blocks:
            block.reshard()

    def _part(self, parameter: nn.Parameter, whole: torch.Tensor) -> torch.Tensor:
        """The shard of this rank; each rank has the whole at hand, so nothing is sent."""
        sharded = cast(DTensor, parameter)
        here = whole.to(self.device)
        return distribute_tensor(here, sharded.device_mesh, sharded.placements, src_data_rank=None)

    def _whole(self, tensor: torch.Tensor) -> torch.Tensor:
        """Gathered from all ranks."""
        tensor = tensor.detach()
        return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def layers(model: nn.Module) -> list[nn.Module]:
    """The blocks that the model's authors say must stay together: its decoder layers.

    Raises ValueError for a model that names none.
    """
    names = set(getattr(model, "_no_split_modules", None) or ())
    found = [m for m in model.modules() if type(m).__name__ in names]
    if not found:
        raise ValueError(
            "the model names no layers to shard by; take train.parallel.kind: ddp for it"
        )
    return found
