"""The gradient of each unit by itself, clipped, and their sum: the private part of DP-SGD.

Two ways to the same numbers. LoRA's matrices are small, so each example's gradient of them is kept
during one backward pass (`OnePass`). Any other weight costs a backward pass for each unit
(`OneByOne`), which knows nothing of layers and is right for all of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from burnish.methods.models.load import CausalModel
from burnish.methods.training.privacy_settings import PrivacyRefused

Gradients = list[torch.Tensor]
"""One tensor for each trained parameter, with a first axis for the units."""


Losses = Callable[[Sequence[Any]], torch.Tensor]
"""The loss of each unit of a batch, shape (units,), with a graph to the parameters."""


class UnitGradients(Protocol):
    """How to come by each unit's gradient of the loss."""

    def of(self, batch: Sequence[Any], losses: Losses) -> Iterator[tuple[float, Gradients]]:
        """The batch's units in parts of one or more: their summed loss and their gradients."""


def add_clipped(gradients: Gradients, clip: float, into: Gradients) -> list[float]:
    """Add each unit's gradient to `into`, scaled to a norm of at most `clip`; the norms before.

    The norm is over all parameters together. A gradient that is no finite number counts nothing:
    whatever a unit holds, it moves the sum by no more than `clip`.
    """
    squares = [g.flatten(1).square().sum(dim=1) for g in gradients]
    norms = torch.stack(squares).sum(dim=0).sqrt()
    finite = norms.isfinite()
    factors = torch.where(finite, clip / norms.clamp(min=clip), 0.0)
    for total, gradient in zip(into, gradients, strict=True):
        kept = torch.where(finite.reshape(-1, *[1] * (gradient.ndim - 1)), gradient, 0.0)
        total += torch.tensordot(factors, kept, dims=1)
    found: list[float] = norms.tolist()
    return found


def unit_gradients(model: CausalModel, named: Mapping[str, nn.Parameter]) -> UnitGradients:
    """The faster way where every trained weight is a matrix of LoRA, else the general one.

    Raises PrivacyRefused for layers that mix the examples of a batch or keep them, and for
    adapters of another make: what their gradient is by example nobody has checked.
    """
    for name, module in model.named_modules():
        if isinstance(module, _BatchNorm):
            raise PrivacyRefused(
                f"{name} is a batch norm: it mixes the examples of a batch and keeps their mean; "
                "no clipping can undo that. Take a model without, or train without privacy"
            )
    if all("lora_" not in name for name in named):
        return OneByOne(list(named.values()))
    return OnePass(model, named)


class OneByOne:
    """A backward pass for each unit: slow, right for every layer, and what tests compare with."""

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self.parameters = parameters

    def of(self, batch: Sequence[Any], losses: Losses) -> Iterator[tuple[float, Gradients]]:
        """Each unit alone, one after the other."""
        for unit in batch:
            loss = losses([unit]).sum()
            found = torch.autograd.grad(loss, list(self.parameters), allow_unused=True)
            pairs = zip(found, self.parameters, strict=True)
            yield (
                float(loss.detach()),
                [(torch.zeros_like(p) if g is None else g).float()[None] for g, p in pairs],
            )


class OnePass:
    """One backward pass for all units of a batch, for LoRA's matrices A and B only.

    The model's layers of these are changed in place: they no longer give their weights a
    gradient, but keep one for each example of the batch.
    """

    def __init__(self, model: CausalModel, named: Mapping[str, nn.Parameter]) -> None:
        self.parameters = list(named.values())
        self._kept = _Kept()
        covered = {id(p) for p in _make_private(model, self._kept)}
        left = [name for name, p in named.items() if id(p) not in covered]
        if left:
            raise PrivacyRefused(f"{left[0]}: {_ONLY_LORA}")

    def of(self, batch: Sequence[Any], losses: Losses) -> Iterator[tuple[float, Gradients]]:
        """All units at once; each unit's examples are rows that follow each other."""
        counts = torch.tensor([len(unit) for unit in batch])
        self._kept.rows, self._kept.found = int(counts.sum()), {}
        loss = losses(batch).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        rows = torch.repeat_interleave(torch.arange(len(batch)), counts)
        gradients = [self._by_unit(p, rows, len(batch)) for p in self.parameters]
        self._kept.found = {}
        yield float(loss.detach()), gradients

    def _by_unit(self, parameter: nn.Parameter, rows: torch.Tensor, count: int) -> torch.Tensor:
        found = self._kept.found.get(id(parameter))
        if found is None:
            raise PrivacyRefused("a trained weight took no part in the loss of a batch")
        if len(found) == count:
            return found
        blank = found.new_zeros((count, *found.shape[1:]))
        return blank.index_add_(0, rows.to(found.device), found)


_ONLY_LORA = (
    "differential privacy needs the gradient of each example, which is known for the matrices of "
    "plain LoRA only (no DoRA, no trained embedding, bias or norm beside it); or technique: full"
)


class _Kept:
    """What a backward pass found: by parameter, a gradient for each of the batch's rows."""

    def __init__(self) -> None:
        self.rows = 0
        self.found: dict[int, torch.Tensor] = {}

    def add(self, parameter: nn.Parameter, gradients: torch.Tensor) -> None:
        before = self.found.get(id(parameter))
        self.found[id(parameter)] = gradients if before is None else before + gradients


class _ByExample(torch.autograd.Function):
    """A linear map whose weight gets, instead of the summed gradient, one for each example."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, parameter: nn.Parameter, kept: _Kept
    ) -> torch.Tensor:
        """`x` is (rows, tokens, in); `parameter` is handed in so that the graph reaches here."""
        ctx.save_for_backward(x, weight)
        ctx.parameter, ctx.kept = parameter, kept
        return functional.linear(x, weight)

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """The outer product of every token's input and gradient, summed within its row."""
        x, weight = ctx.saved_tensors
        gradient = outer[0].to(x.dtype)
        ctx.kept.add(ctx.parameter, torch.bmm(gradient.transpose(1, 2), x).float())
        return gradient @ weight, None, None, None


class _PrivateLinear(nn.Linear):
    """A linear layer of LoRA under `OnePass`; without gradients it is an ordinary one."""

    kept: _Kept

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """As `nn.Linear`, in autocast's type; raises PrivacyRefused where the rows are lost."""
        if not torch.is_grad_enabled():
            return super().forward(input)
        if input.ndim != 3 or len(input) != self.kept.rows:
            raise PrivacyRefused(
                "a layer gets its tokens without the examples they belong to (mixture of experts "
                "does so); lora.targets may leave it out"
            )
        kind = input.device.type
        cast = torch.is_autocast_enabled(kind)
        dtype = torch.get_autocast_dtype(kind) if cast else self.weight.dtype
        weight = self.weight.detach().to(dtype)
        made: torch.Tensor = _ByExample.apply(  # type: ignore[no-untyped-call]
            input.to(dtype), weight, self.weight, self.kept
        )
        return made


def _make_private(model: CausalModel, kept: _Kept) -> Iterator[nn.Parameter]:
    for name, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if p.requires_grad]
        if not own:
            continue
        plain = type(module) is nn.Linear and module.bias is None
        if not plain or "lora_" not in name:
            raise PrivacyRefused(f"{name}: {_ONLY_LORA}")
        module.__class__ = _PrivateLinear
        module.kept = kept
        yield from own
