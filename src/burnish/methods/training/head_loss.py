"""Cross-entropy over the vocabulary in parts, so that the logits never grow beyond a bound.

The gradient of each part is taken as soon as its loss is known, and its logits are let go: nothing
is computed twice, and no more than one part's logits exist at a time (the way of Liger's fused
linear cross-entropy, Hsu et al. 2024, with the model's own head, whatever it is).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

LOGITS_AT_ONCE = {"cpu": 2**24, "cuda": 2**26}
"""Logits that exist at a time; in fp32 they take 64 and 256 MiB."""


def labels_at_once(vocabulary: int, device: torch.device) -> int:
    """How many labels' logits may exist at a time."""
    return max(1, LOGITS_AT_ONCE.get(device.type, LOGITS_AT_ONCE["cpu"]) // vocabulary)


def summed_loss(
    hidden: torch.Tensor,
    targets: torch.Tensor,
    head: nn.Module,
    rows: int,
    smoothing: float = 0.0,
) -> torch.Tensor:
    """Cross-entropy summed over `targets`, shape (labels,), in nats, fp32, a scalar.

    `hidden`, shape (labels, width), is what `head` makes logits of; `smoothing` is the share of
    each target that is spread over the vocabulary. Logits of at most `rows` labels exist at a time.
    """

    def loss(part: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        logits = head.forward(part).float()
        return functional.cross_entropy(logits, wanted, reduction="sum", label_smoothing=smoothing)

    if len(targets) <= rows:
        return loss(hidden, targets)
    parts = list(zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True))
    if not torch.is_grad_enabled():
        return torch.stack([loss(*part) for part in parts]).sum()
    weights = [p for p in head.parameters() if p.requires_grad]
    total: torch.Tensor = _APPLY(loss, torch.split(targets, rows), rows, hidden, *weights)
    return total


class _InParts(torch.autograd.Function):
    """Loss and gradients together, part by part."""

    @staticmethod
    def forward(
        context: Any,
        loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        targets: tuple[torch.Tensor, ...],
        rows: int,
        hidden: torch.Tensor,
        *weights: torch.Tensor,
    ) -> torch.Tensor:
        """The summed loss; its gradients are kept for the backward pass."""
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        sums = [torch.zeros_like(w) for w in weights]
        back = torch.empty_like(hidden)
        asked = hidden.requires_grad
        for number, (part, wanted) in enumerate(
            zip(torch.split(hidden, rows), targets, strict=True)
        ):
            leaf = part.detach().requires_grad_(asked)
            with torch.enable_grad():
                here = loss(leaf, wanted)
            found = torch.autograd.grad(here, [*([leaf] if asked else []), *weights])
            if asked:
                back[number * rows : number * rows + len(leaf)] = found[0]
            for whole, one in zip(sums, found[asked:], strict=True):
                whole += one
            total += here.detach()
        context.asked = asked
        context.save_for_backward(back, *sums)
        return total

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        """The kept gradients, scaled."""
        back, *sums = context.saved_tensors
        first = back * gradient if context.asked else None
        return (None, None, None, first, *(total * gradient for total in sums))


_APPLY: Any = _InParts.apply
