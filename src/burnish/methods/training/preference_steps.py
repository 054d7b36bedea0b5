"""The steps and the validation of preference tuning."""

import torch

from burnish.methods.training.pack import (
    MicroBatch,
    Step,
    epoch_steps,
    evaluation_batches,
    steps_per_epoch,
)
from burnish.methods.training.pairs import Pairs, Reference, members
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.parallel.share import Pass
from burnish.methods.training.preference import Judged, judge
from burnish.methods.training.records import EvalRecord
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.steps import Taken


class PreferenceSteps:
    """The loss of a step is the sum over its pairs divided by their number."""

    def __init__(self, reference: Reference, settings: TrainSettings, parallel: Parallel) -> None:
        self.reference, self.settings, self.parallel = reference, settings, parallel
        self.pairs: Pairs = reference.parts["train"]
        self.hard = [e.difficulty for e in self.pairs.both.examples]
        self._per_epoch = steps_per_epoch(self.pairs.lengths, settings)
        self._planned: tuple[int, list[Step]] = (-1, [])

    @property
    def per_epoch(self) -> int:
        """Optimiser steps that show every pair once."""
        return self._per_epoch

    def take(self, done: int) -> Taken:
        """The gradient of the mean loss of a pair, however the step is cut."""
        batches = self._batches(*divmod(done, self._per_epoch))
        taken = [index for micro in batches for index in members(micro)]
        mine = self.parallel.share(batches, self.settings.micro_batch)
        parts = [self._backward(one, len(taken)) for one in mine.passes]
        told = sum(parts, torch.zeros(4, device=self.pairs.forward.device))
        loss, found = read(self.parallel.reduce(told), len(taken))
        return Taken(loss, self.pairs.targets(taken), self.pairs.tokens(taken), rewards=found)

    def _batches(self, epoch: int, position: int) -> Step:
        if self._planned[0] != epoch:
            steps = epoch_steps(self.pairs.lengths, self.settings, epoch, self.hard)
            self._planned = (epoch, steps)
        return self._planned[1][position]

    def _backward(self, one: Pass, pairs: int) -> torch.Tensor:
        judged = _judge(self.reference, "train", one.rows, self.settings)
        loss = judged.loss.sum() / pairs
        self.parallel.backward(loss if one.counts else loss * 0, last=one.last)
        return tell(judged) * one.counts


class PreferenceCheck:
    """The mean loss and rewards of the validation pairs."""

    def __init__(self, reference: Reference, settings: TrainSettings, parallel: Parallel) -> None:
        self.reference, self.settings, self.parallel = reference, settings, parallel
        self.pairs: Pairs = reference.parts["validation"]

    def of(self, step: int) -> EvalRecord:
        """What the model makes of them after `step` steps."""
        rows = tuple(evaluation_batches(self.pairs.lengths, self.settings))
        told = torch.zeros(4, device=self.pairs.forward.device)
        for one in self.parallel.share(rows, self.settings.micro_batch).passes:
            told += tell(_judge(self.reference, "validation", one.rows, self.settings)) * one.counts
        loss, found = read(self.parallel.total(told), self.pairs.count)
        return EvalRecord(step, loss, self.pairs.targets(range(self.pairs.count)), **found)


def tell(judged: Judged) -> torch.Tensor:
    """Summed over pairs: loss, rewards of chosen and rejected answers, and which has more."""
    more = (judged.chosen > judged.rejected).float()
    sums = [one.detach().sum() for one in (judged.loss, judged.chosen, judged.rejected, more)]
    return torch.stack(sums)


def read(told: torch.Tensor, pairs: int) -> tuple[float, dict[str, float]]:
    """The mean loss; and the mean rewards, and the share of pairs whose chosen answer has more."""
    loss, *found = (told / pairs).tolist()
    return loss, dict(zip(("chosen_reward", "rejected_reward", "preferred"), found, strict=True))


def _judge(reference: Reference, part: str, micro: MicroBatch, settings: TrainSettings) -> Judged:
    answers = reference.parts[part].answers(micro)
    known = reference.of(part, members(micro))
    return judge(answers, known, settings.objective.preference)
