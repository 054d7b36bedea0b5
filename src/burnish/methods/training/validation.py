"""What the model makes of the validation rows, under the objective that it is trained by."""

from typing import Protocol

from burnish.methods.training.examples import TrainData
from burnish.methods.training.forward import Forward
from burnish.methods.training.pack import evaluation_batches
from burnish.methods.training.records import EvalRecord
from burnish.methods.training.settings import TrainSettings


class Check(Protocol):
    """One pass over the validation rows, without dropout, noise or gradients."""

    def of(self, step: int) -> EvalRecord:
        """What is found after `step` steps."""


class PlainCheck:
    """Nats per trained token; label smoothing and penalties are left out."""

    def __init__(self, forward: Forward, data: TrainData, settings: TrainSettings) -> None:
        self.forward, self.data, self.settings = forward, data, settings

    def of(self, step: int) -> EvalRecord:
        """The mean over all trained tokens of all rows."""
        examples = self.data.validation
        total, tokens = 0.0, sum(example.targets for example in examples)
        for micro in evaluation_batches([len(e.ids) for e in examples], self.settings):
            batch = self.forward.lay(micro, examples, self.data.pad_id)
            total += float(self.forward.loss(batch))
        return EvalRecord(step, total / tokens, tokens)
