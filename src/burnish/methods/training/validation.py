"""What the model makes of the validation rows, under the objective that it is trained by."""

from typing import Protocol

import torch

from burnish.methods.training.examples import TrainData
from burnish.methods.training.forward import Forward
from burnish.methods.training.pack import evaluation_batches
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.records import EvalRecord
from burnish.methods.training.settings import TrainSettings


class Check(Protocol):
    """One pass over the validation rows, without dropout, noise or gradients."""

    def of(self, step: int) -> EvalRecord:
        """What is found after `step` steps."""


class PlainCheck:
    """Nats per trained token; label smoothing and penalties are left out."""

    def __init__(
        self, forward: Forward, data: TrainData, settings: TrainSettings, parallel: Parallel
    ) -> None:
        self.forward, self.data, self.settings = forward, data, settings
        self.parallel = parallel

    def of(self, step: int) -> EvalRecord:
        """The mean over all trained tokens of all rows, each rank taking its part of them."""
        examples = self.data.validation
        rows = tuple(evaluation_batches([len(e.ids) for e in examples], self.settings))
        total = torch.zeros((), dtype=torch.float64, device=self.forward.device)
        for one in self.parallel.share(rows, self.settings.micro_batch).passes:
            batch = self.forward.lay(one.rows, examples, self.data.pad_id)
            total += self.forward.loss(batch) * one.counts
        tokens = sum(example.targets for example in examples)
        return EvalRecord(step, float(self.parallel.total(total)) / tokens, tokens)
