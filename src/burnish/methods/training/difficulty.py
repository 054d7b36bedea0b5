"""How hard each example is for the base model: its loss before any tuning.

Ordering by the loss of a reference model: Bengio et al., Curriculum Learning (2009), in the form
of Hacohen and Weinshall, On the Power of Curriculum Learning in Training Deep Networks (2019).
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch.nn import functional
from transformers import PreTrainedModel

from burnish.methods.models.load import load_base
from burnish.methods.training.batch import IGNORED, collate
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.reproducible import reproducible
from burnish.methods.training.settings import TrainSettings

_BATCH = 16


def losses(folder: str, examples: Sequence[Example]) -> list[float]:
    """Nats per trained token of each example under the model in `folder`, to four places.

    An example without a trained token counts 0. One thread and fp32, so that the order does not
    depend on the machine's cores.
    """
    settings = TrainSettings(technique="full", precision="fp32", threads=1, device="cpu")
    found = [0.0] * len(examples)
    with reproducible(settings), inference(_model(folder)):
        forward = Forward(_model(folder), settings, torch.device("cpu"))
        by_length = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
        for start in range(0, len(by_length), _BATCH):
            chosen = by_length[start : start + _BATCH]
            for index, loss in zip(chosen, _batch(forward, chosen, examples), strict=True):
                found[index] = loss
    return found


def _batch(forward: Forward, chosen: Sequence[int], examples: Sequence[Example]) -> list[float]:
    batch = collate(tuple((index,) for index in chosen), examples, 0, forward.device)
    asked = batch.labels != IGNORED
    each = functional.cross_entropy(
        forward.label_logits(batch).float(), batch.labels[asked], reduction="none"
    )
    rows = asked.nonzero()[:, 0]
    total = torch.zeros(len(chosen), dtype=torch.float64).index_add_(0, rows, each.double())
    mean = total / asked.sum(dim=1).clamp(min=1)
    return [round(loss, 4) for loss in mean.tolist()]


@lru_cache(maxsize=1)
def _model(folder: str) -> PreTrainedModel:
    return load_base(Path(folder))
