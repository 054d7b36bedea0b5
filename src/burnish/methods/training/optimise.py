"""AdamW and its learning-rate schedule."""

import math
from collections.abc import Iterable

import torch
from torch import nn

from burnish.methods.training.settings import TrainSettings


def adamw(parameters: Iterable[nn.Parameter], settings: TrainSettings) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019); vectors such as norms and biases are not decayed."""
    trained = list(parameters)
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [g for g in groups if g["params"]],
        lr=settings.learning_rate,
        betas=settings.betas,
        fused=True,
    )


def learning_rate(step: int, total: int, settings: TrainSettings) -> float:
    """The rate of `step` (from 0) of `total`: linear warm-up, then the schedule down to zero.

    The first step already moves and the last is above zero, so no step is spent on nothing.
    """
    warmup = math.ceil(settings.warmup_share * total)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    left = 1 - (step - warmup) / max(1, total - warmup)
    share = {
        "constant": 1.0,
        "linear": left,
        "cosine": 0.5 * (1 - math.cos(math.pi * left)),
    }[settings.schedule]
    return settings.learning_rate * share


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter group."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def clip(parameters: list[nn.Parameter], limit: float) -> float:
    """Scale the gradients to a joint norm of at most `limit` (0: no limit); the norm before."""
    norm = nn.utils.clip_grad_norm_(parameters, limit or math.inf)
    return float(norm)
