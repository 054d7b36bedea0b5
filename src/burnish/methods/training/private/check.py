"""Checks on the model at hand before a private step is taken, on invented tokens."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward
from burnish.methods.training.privacy_settings import PrivacyRefused
from burnish.methods.training.private.gradients import (
    Gradients,
    Losses,
    OneByOne,
    UnitGradients,
    unit_gradients,
)

# Same arithmetic in another order; a unit that is missed or mixed up is off by its own size.
_TOLERANCE = {False: 1e-3, True: 5e-2}
_LENGTHS = (6, 11, 8)
_UNITS = ((0,), (1, 2))
_PROBE_SEED = 20_161_024


def invented(vocab: int, lengths: Sequence[int]) -> list[Example]:
    """Examples of random tokens, all trained: they tell nothing about anybody's rows."""
    rng = np.random.default_rng(_PROBE_SEED)
    return [
        Example(f"invented-{n}", rng.integers(0, vocab, n).astype(np.int32), np.ones(n, np.bool_))
        for n in lengths
    ]


def faithful_gradients(
    forward: Forward,
    named: Mapping[str, nn.Parameter],
    losses_of: Callable[[Sequence[Example]], Losses],
) -> UnitGradients:
    """How to get each unit's gradient from this model, seen to agree with one unit at a time.

    Architectures may mix the rows of a batch, call a layer in their own way, or use a weight past
    its layer: then the clipping would be of something else, and the guarantee void. Raises
    PrivacyRefused in that case.
    """
    losses = losses_of(invented(forward.vocab, _LENGTHS))
    with _stirred(forward.model, named):
        slow = OneByOne(list(named.values()))
        alone = _gathered(slow, losses)
        way = unit_gradients(forward.model, named)
        together = _gathered(way, losses)
    scale = max(float(g.abs().max()) for g in alone) + 1e-12
    worst = max(float((a - b).abs().max()) for a, b in zip(alone, together, strict=True))
    coarse = forward.bf16 or forward.model.dtype == torch.bfloat16
    if not worst <= _TOLERANCE[coarse] * scale:
        raise PrivacyRefused(
            f"the gradients of single examples of this model are not what they are alone (off by "
            f"{worst / scale:.2g} of their size); its layers mix examples or use weights in "
            "their own way. Try technique: full, other lora.targets, or another model"
        )
    return way


def _gathered(way: UnitGradients, losses: Losses) -> Gradients:
    """For each parameter the gradients of the probing units."""
    parts = [gradients for _, gradients in way.of(_UNITS, losses)]
    return [torch.cat(pieces) for pieces in zip(*parts, strict=True)]


@contextmanager
def _stirred(model: nn.Module, named: Mapping[str, nn.Parameter]) -> Iterator[None]:
    """Without dropout and, for adapters, away from their start, where half the gradients are 0."""
    training, kept = model.training, {name: p.detach().clone() for name, p in named.items()}
    generator = torch.Generator().manual_seed(_PROBE_SEED)
    model.train(False)
    try:
        with torch.no_grad():
            for name in sorted(n for n in named if "lora_" in n):
                noise = torch.randn(named[name].shape, generator=generator) * 0.05
                named[name].copy_(noise.to(named[name]))
        yield
    finally:
        with torch.no_grad():
            for name, parameter in named.items():
                parameter.copy_(kept[name])
        model.train(training)
