"""Evidence that training changed what the model computes."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from burnish.methods.models.load import CausalModel
from burnish.methods.training.batch import IGNORED, collate
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.records import Proof, Unchanged
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.techniques.table import BY_WORD

_PROMPTS = 4
_PLACES = 16


def probe_logits(forward: Forward, examples: Sequence[Example], pad_id: int) -> torch.Tensor:
    """Logits at the first labels of the first few examples, shape (places, vocabulary), CPU."""
    rows = tuple((i,) for i in range(min(_PROMPTS, len(examples))))
    batch = collate(rows, examples, pad_id, forward.device)
    labelled = batch.labels != IGNORED
    early = labelled & (labelled.cumsum(dim=1) <= _PLACES)
    batch = replace(batch, labels=batch.labels.masked_fill(~early, IGNORED))
    with inference(forward.model):
        return forward.label_logits(batch).float().cpu()


def prove(
    before: torch.Tensor,
    after: torch.Tensor,
    model: CausalModel,
    path: Path,
    settings: TrainSettings,
) -> Proof:
    """The change from base to trained model; raises Unchanged where there should be one and is not.

    A learning rate of zero may leave everything as it was.
    """
    proof = Proof(
        logit_change=float((after - before).abs().max()),
        weight_change=BY_WORD[settings.technique].moved(model, path, settings),
    )
    values = (proof.logit_change, proof.weight_change)
    if not all(map(math.isfinite, values)):
        raise Unchanged("the trained model's logits or weights are not finite; discard it")
    if settings.learning_rate > 0 and min(values) <= 0:
        raise Unchanged(
            f"training left the model as it was (logits moved by {values[0]:g}, weights by "
            f"{values[1]:g}); raise learning_rate or the number of steps"
        )
    return proof
