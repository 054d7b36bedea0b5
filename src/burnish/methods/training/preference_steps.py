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
from burnish.methods.training.preference import Judged, judge
from burnish.methods.training.records import EvalRecord
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.steps import Taken


class PreferenceSteps:
    """The loss of a step is the sum over its pairs divided by their number."""

    def __init__(self, reference: Reference, settings: TrainSettings) -> None:
        self.reference, self.settings = reference, settings
        self.pairs: Pairs = reference.parts["train"]
        self.hard = [e.difficulty for e in self.pairs.both[: self.pairs.count]]
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
        judged = [self._backward(micro, len(taken)) for micro in batches]
        return Taken(
            loss=float(torch.cat([one.loss for one in judged]).sum()) / len(taken),
            targets=self.pairs.targets(taken),
            tokens=self.pairs.tokens(taken),
            rewards=rewards(judged),
        )

    def _batches(self, epoch: int, position: int) -> Step:
        if self._planned[0] != epoch:
            steps = epoch_steps(self.pairs.lengths, self.settings, epoch, self.hard)
            self._planned = (epoch, steps)
        return self._planned[1][position]

    def _backward(self, micro: MicroBatch, pairs: int) -> Judged:
        judged = _judge(self.reference, "train", micro, self.settings)
        (judged.loss.sum() / pairs).backward()  # type: ignore[no-untyped-call]
        return Judged(judged.loss.detach(), judged.chosen, judged.rejected)


class PreferenceCheck:
    """The mean loss and rewards of the validation pairs."""

    def __init__(self, reference: Reference, settings: TrainSettings) -> None:
        self.reference, self.settings = reference, settings
        self.pairs: Pairs = reference.parts["validation"]

    def of(self, step: int) -> EvalRecord:
        """What the model makes of them after `step` steps."""
        micros = evaluation_batches(self.pairs.lengths, self.settings)
        judged = [_judge(self.reference, "validation", micro, self.settings) for micro in micros]
        losses = torch.cat([one.loss for one in judged])
        everyone = range(self.pairs.count)
        return EvalRecord(
            step=step,
            loss=float(losses.sum()) / self.pairs.count,
            tokens=self.pairs.targets(everyone),
            **rewards(judged),
        )


def rewards(judged: list[Judged]) -> dict[str, float]:
    """Mean reward of chosen and of rejected answers, and the share where the chosen has more."""
    chosen = torch.cat([one.chosen for one in judged])
    rejected = torch.cat([one.rejected for one in judged])
    found = torch.stack((chosen.mean(), rejected.mean(), (chosen > rejected).float().mean()))
    names = ("chosen_reward", "rejected_reward", "preferred")
    return dict(zip(names, found.tolist(), strict=True))


def _judge(reference: Reference, part: str, micro: MicroBatch, settings: TrainSettings) -> Judged:
    answers = reference.parts[part].answers(micro)
    known = reference.of(part, members(micro))
    return judge(answers, known, settings.objective.preference)
