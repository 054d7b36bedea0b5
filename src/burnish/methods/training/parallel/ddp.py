"""Every rank holds the whole model; the gradients of a step are summed over the ranks.

The sum is taken once, after a rank's last micro-batch, in buckets. PyTorch's own wrapper averages
(so that it weighs ranks, not tokens), renames the parameters, and waits for ranks that have no
micro-batch in a step.
"""

from collections.abc import Iterator, Sequence

import torch

from burnish.methods.training.pack import Step
from burnish.methods.training.parallel.group import Group
from burnish.methods.training.parallel.member import Drifted, Member
from burnish.methods.training.parallel.share import Mine, share
from burnish.methods.training.parallel.single import Single

BUCKET = 64 * 2**20


class Replicas(Single):
    """A whole copy on every rank; equal gradients keep the copies equal to the bit."""

    def __init__(self, member: Member, device: torch.device) -> None:
        super().__init__()
        self.member, self.device = member, device
        self.group = Group(member, device)

    def share(self, step: Step, micro_batch: int) -> Mine:
        """Every so-manieth row; a rank without one has nothing to do and waits at the sum."""
        mine = share(step, micro_batch, self.member.number, self.member.world)
        return Mine(mine.batches)

    def reduce(self, told: torch.Tensor) -> torch.Tensor:
        """Sum what any rank has a gradient for; what no rank used keeps none, as on one rank."""
        has_one = [parameter.grad is not None for parameter in self._trained]
        used = self.group.largest(torch.tensor(has_one, dtype=torch.uint8)).tolist()
        taking_part = [p for p, some in zip(self._trained, used, strict=True) if some]
        for parameter in taking_part:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        for bucket in _buckets([p.grad for p in taking_part if p.grad is not None]):
            flat = self.group.sum(torch.cat([gradient.reshape(-1) for gradient in bucket]))
            parts = torch.split(flat, [gradient.numel() for gradient in bucket])
            for gradient, summed in zip(bucket, parts, strict=True):
                gradient.copy_(summed.view_as(gradient))
        return self.total(told)

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """The sum over all ranks."""
        return self.group.sum(value.clone())

    def require_equal(self) -> None:
        """Compare a sum over the bits of each trained tensor; raises Drifted."""
        sums = [p.detach().view(torch.uint8).sum(dtype=torch.int64) for p in self._trained]
        said = self.group.gather(torch.stack(sums).cpu().numpy().tobytes())
        if len(set(said)) > 1:
            other = next(n for n, one in enumerate(said) if one != said[0])
            raise Drifted(
                f"the weights of rank {other} differ from those of rank 0; go on from the last "
                "checkpoint, and without that rank's machine if it happens again"
            )

    def gather(self, mine: bytes) -> list[bytes]:
        """The bytes of every rank."""
        return self.group.gather(mine)

    def agree(self, mine: bool) -> bool:
        """Whether any rank says so."""
        return bool(self.group.largest(torch.tensor([mine], dtype=torch.uint8)).item())

    def close(self) -> None:
        """Leave the group."""
        self.group.close()


def _buckets(gradients: Sequence[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Neighbours of one type, together of at most the size of a bucket, or one alone."""
    bucket: list[torch.Tensor] = []
    size = 0
    for gradient in gradients:
        full = size + gradient.nbytes > BUCKET
        if bucket and (full or gradient.dtype != bucket[0].dtype):
            yield bucket
            bucket, size = [], 0
        bucket.append(gradient)
        size += gradient.nbytes
    if bucket:
        yield bucket
