"""The steps of an ordinary training: every row of the epoch's plan, weighed by its tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch

from burnish.methods.training.examples import TrainData
from burnish.methods.training.forward import Forward
from burnish.methods.training.pack import MicroBatch, Step, epoch_steps, steps_per_epoch
from burnish.methods.training.settings import TrainSettings


@dataclass(frozen=True)
class Taken:
    """What a step learned from: its loss (None where it drew nothing), trained tokens, tokens.

    `clipped` is the share of units whose gradient was scaled down, in a private training;
    `rewards` are those of a preference step, by their names in a `StepRecord`; `penalty` is what
    a penalty on forgetting adds to the loss.
    """

    loss: float | None
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

    def __init__(self, forward: Forward, data: TrainData, settings: TrainSettings) -> None:
        self.forward, self.data, self.settings = forward, data, settings
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
        parts = [self._backward(micro, targets) for micro in batches]
        tokens = sum(len(example.ids) for example in members)
        return Taken(float(torch.stack(parts).sum()), targets, tokens)

    def _batches(self, epoch: int, position: int) -> Step:
        if self._planned[0] != epoch:
            steps = epoch_steps(self.lengths, self.settings, epoch, self.hard)
            self._planned = (epoch, steps)
        return self._planned[1][position]

    def _backward(self, micro: MicroBatch, targets: int) -> torch.Tensor:
        batch = self.forward.lay(micro, self.data.train, self.data.pad_id)
        loss = self.forward.loss(batch, self.settings.objective.label_smoothing) / targets
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()
