"""The steps of an ordinary training: every row of the epoch's plan, weighed by its tokens.

A step has the same rows on any number of ranks, and its divisor is that of the whole step, so its
gradient is the same but for rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch

from burnish.methods.training.examples import TrainData
from burnish.methods.training.forward import Forward
from burnish.methods.training.pack import Step, epoch_steps, steps_per_epoch
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.parallel.share import Pass
from burnish.methods.training.settings import TrainSettings


@dataclass(frozen=True)
class Taken:
    """What a step learned from: its loss (None where it drew nothing), trained tokens, tokens.

    `clipped` is the share of units whose gradient was scaled down, in a private training;
    `rewards` are those of a preference step, by their names in a `StepRecord`; `penalty` is what
    a penalty on forgetting adds to the loss. A loss that is a tensor is not read yet.
    """

    loss: torch.Tensor | float | None
    targets: int
    tokens: int
    clipped: float | None = None
    rewards: Mapping[str, float] = field(default_factory=dict)
    penalty: float | None = None


class Steps(Protocol):
    """How a training comes by the gradient of each of its steps."""

    @property
    def per_epoch(self) -> int:
        """Steps in one epoch."""

    def take(self, done: int) -> Taken:
        """Put the gradient of the step after `done` others into the parameters."""


class PlainSteps:
    """The loss of a step is the sum over all its trained tokens divided by their number."""

    def __init__(
        self, forward: Forward, data: TrainData, settings: TrainSettings, parallel: Parallel
    ) -> None:
        self.forward, self.data, self.settings = forward, data, settings
        self.parallel = parallel
        self.lengths = [len(e.ids) for e in data.train]
        self.hard = [e.difficulty for e in data.train]
        self._per_epoch = steps_per_epoch(self.lengths, settings)
        self._planned: tuple[int, list[Step]] = (-1, [])

    @property
    def per_epoch(self) -> int:
        """Optimiser steps that show every row once."""
        return self._per_epoch

    def take(self, done: int) -> Taken:
        """The gradient of the mean loss per trained token, however the step is cut."""
        batches = self._batches(*divmod(done, self._per_epoch))
        members = [self.data.train[i] for micro in batches for row in micro for i in row]
        targets = sum(example.targets for example in members)
        mine = self.parallel.share(batches, self.settings.micro_batch)
        parts = [self._backward(one, targets) for one in mine.passes]
        told = torch.stack(parts).sum() if parts else torch.zeros((), device=self.forward.device)
        tokens = sum(len(example.ids) for example in members)
        return Taken(self.parallel.reduce(told), targets, tokens)

    def _batches(self, epoch: int, position: int) -> Step:
        if self._planned[0] != epoch:
            steps = epoch_steps(self.lengths, self.settings, epoch, self.hard)
            self._planned = (epoch, steps)
        return self._planned[1][position]

    def _backward(self, one: Pass, targets: int) -> torch.Tensor:
        batch = self.forward.lay(one.rows, self.data.train, self.data.pad_id)
        loss = self.forward.loss(batch, self.settings.objective.label_smoothing) / targets
        if not one.counts:
            loss = loss * 0
        self.parallel.backward(loss, last=one.last)
        return loss.detach()
