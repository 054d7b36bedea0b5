"""The process group: ranks meet, exchange bytes and sums, and part.

Tensors go by NCCL on CUDA and gloo on the CPU; what is not a tensor of the training always goes
by gloo from main memory, so that it never waits for a device. No object is pickled.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist

from burnish.methods.training.parallel.member import Member, PeerLost


class Group:
    """The ranks of one training. Raises PeerLost where they do not all come to meet."""

    def __init__(self, member: Member, device: torch.device) -> None:
        self.member, self.device = member, device
        self._own = not dist.is_initialized()  # a cluster's own launcher may have met already
        timeout = timedelta(seconds=member.patience)
        with answering(member):
            if self._own:
                _stay_inside(member)
                dist.init_process_group(
                    "nccl" if device.type == "cuda" else "gloo",
                    init_method=f"tcp://{member.meeting}",
                    rank=member.number,
                    world_size=member.world,
                    timeout=timeout,
                )
            self._require_world()
            over_gloo = dist.get_backend() == "gloo"
            self._talk = None if over_gloo else dist.new_group(backend="gloo", timeout=timeout)

    def gather(self, mine: bytes) -> list[bytes]:
        """The bytes of every rank, by rank."""
        sizes = [torch.zeros(1, dtype=torch.int64) for _ in range(self.member.world)]
        dist.all_gather(sizes, torch.tensor([len(mine)]), group=self._talk)
        longest = max(1, *(int(size) for size in sizes))
        padded = torch.zeros(longest, dtype=torch.uint8)
        if mine:
            padded[: len(mine)] = torch.frombuffer(bytearray(mine), dtype=torch.uint8)
        heard = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(heard, padded, group=self._talk)
        said = zip(heard, sizes, strict=True)
        return [bytes(text[: int(size)].numpy().tobytes()) for text, size in said]

    def largest(self, mine: torch.Tensor) -> torch.Tensor:
        """Element by element the largest of all ranks, of a tensor in main memory."""
        dist.all_reduce(mine, dist.ReduceOp.MAX, group=self._talk)
        return mine

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum over all ranks, in place."""
        dist.all_reduce(tensor)
        return tensor

    def close(self) -> None:
        """Leave the group, if it was made here."""
        if self._own and dist.is_initialized():
            dist.destroy_process_group()

    def _require_world(self) -> None:
        here = (dist.get_rank(), dist.get_world_size())
        if here != (self.member.number, self.member.world):
            raise ValueError(
                f"this process is rank {here[0]} of {here[1]} in its process group, but rank "
                f"{self.member.number} of {self.member.world} of the training"
            )


@contextmanager
def answering(member: Member) -> Iterator[None]:
    """Raise PeerLost for what the libraries say when a peer is gone or silent."""
    try:
        yield
    except RuntimeError as failed:
        if not isinstance(failed, dist.DistError) and "gloo" not in str(failed).lower():
            raise
        raise PeerLost(
            f"rank {member.number} of {member.world} lost another rank: it ended, or was silent "
            f"for {member.patience:g} s; what that rank said last is the cause"
        ) from failed


def _stay_inside(member: Member) -> None:
    """Ranks that meet on this machine's own address talk over it alone."""
    host = member.meeting.rpartition(":")[0].strip("[]")
    if sys.platform == "linux" and (host == "localhost" or host.startswith("127.")):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
