"""The way of going parallel that the settings ask for."""

import torch

from burnish.methods.training.parallel.ddp import Replicas
from burnish.methods.training.parallel.member import Member
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.parallel.single import Single
from burnish.methods.training.reproducible import pick_device
from burnish.methods.training.settings import TrainSettings


def parallel_for(settings: TrainSettings, member: Member) -> Parallel:
    """Meet the other ranks; raises ValueError where they are not as many as the settings say."""
    wanted = settings.parallel
    if member.world != wanted.ranks:
        raise ValueError(
            f"the settings ask for {wanted.ranks} ranks (parallel.ranks), but {member.world} "
            "were started"
        )
    if wanted.kind == "none":
        return Single()
    device = _own_device(pick_device(settings), member)
    if wanted.kind == "ddp":
        return Replicas(member, device)
    if wanted.kind == "fsdp2":
        from burnish.methods.training.parallel.fsdp2 import Shards

        return Shards(member, device)
    from burnish.methods.training.parallel.zero import Zero

    return Zero(member, device, settings)


def _own_device(device: torch.device, member: Member) -> torch.device:
    """On CUDA each rank of a machine takes a device of its own, unless it sees only one."""
    if device.type != "cuda":
        return device
    seen = torch.cuda.device_count()
    if member.local >= seen > 1:
        raise ValueError(f"local rank {member.local} has no GPU: this machine shows {seen}")
    torch.cuda.set_device(member.local % seen)
    return device
