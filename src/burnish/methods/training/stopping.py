"""Early stopping: when validation no longer falls, and the weights from when it was lowest."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from burnish.methods.training.objective_settings import EarlyStop
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.records import EvalRecord


def best_of(seen: Sequence[EvalRecord], min_delta: float) -> int:
    """The place in `seen` of the last validation that was better by more than `min_delta`.

    Each is measured against the best before it; a loss that is no number is never better.
    """
    best, lowest = 0, math.inf
    for place, record in enumerate(seen):
        if record.loss < lowest - min_delta:
            best, lowest = place, record.loss
    return best


def waited(seen: Sequence[EvalRecord], rule: EarlyStop) -> bool:
    """Whether `patience` validations have passed since the best."""
    return bool(seen) and len(seen) - 1 - best_of(seen, rule.min_delta) >= rule.patience


@dataclass
class Best:
    """The weights of the best validation so far, on the CPU; they travel in the checkpoints."""

    parameters: Mapping[str, nn.Parameter]
    rule: EarlyStop
    parallel: Parallel
    weights: dict[str, torch.Tensor] = field(default_factory=dict)

    def begin(self, beat: Callable[[], None]) -> None:
        """There is no best before the first validation."""

    def look(self, seen: Sequence[EvalRecord]) -> None:
        """Keep the weights of now when the newest validation is the best."""
        if seen and best_of(seen, self.rule.min_delta) == len(seen) - 1:
            entries = [self.parallel.weight(n, p) for n, p in self.parameters.items()]
            self.weights = {one.name: one.fetch().cpu().clone() for one in entries}

    def put_back(self) -> None:
        """Give the model the best weights."""
        for name, parameter in self.parameters.items():
            self.parallel.place(parameter, self.weights[name])

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """The weights by name, for a checkpoint."""
        return self.weights

    def take_back(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """The weights from a checkpoint."""
        self.weights = dict(tensors)
