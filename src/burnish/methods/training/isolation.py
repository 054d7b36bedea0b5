"""A check on the model at hand that packed documents do not see each other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from burnish.methods.training.batch import collate
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward, inference, takes_positions

_REMEDY = "set packing to false for this model"
# Same arithmetic in another order; a leak is orders of magnitude larger.
_TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 5e-2}


class CrossTalk(ValueError):
    """The model mixes the documents of a packed row."""


def require_isolation(forward: Forward, examples: Sequence[Example], max_length: int) -> None:
    """Raise CrossTalk unless two packed examples get the logits that each gets alone.

    The two shortest examples are tried, since some architectures (linear attention, convolutions)
    ignore attention masks whatever their configuration says. Compared are the second
    alone, behind the first, and behind a first with every token changed.
    """
    first, second = sorted(examples, key=lambda e: len(e.ids))[:2]
    if len(first.ids) + len(second.ids) > max_length:
        return  # nothing will share a row
    if not takes_positions(forward.model):
        raise CrossTalk(f"the model takes no position ids, so rows cannot be packed; {_REMEDY}")
    if forward.recurrent_layers:
        kinds = ", ".join(forward.recurrent_layers)
        raise CrossTalk(f"{kinds} layers carry one document over into the next; {_REMEDY}")
    other = replace(first, ids=(first.ids + 1) % forward.vocab)
    alone = _logits(forward, [second])
    behind = [_logits(forward, [neighbour, second]) for neighbour in (first, other)]
    scale = float(alone.abs().max()) + 1e-6
    worst = max(float((seen - alone).abs().max()) for seen in behind) / scale
    tolerance = _TOLERANCE[torch.float32 if _exact(forward) else torch.bfloat16]
    if not worst <= tolerance:
        raise CrossTalk(
            f"packed documents see each other in this model (logits moved by {worst:.2g} of their "
            f"size, {tolerance:g} is rounding); {_REMEDY}"
        )


def _exact(forward: Forward) -> bool:
    weights = next(forward.model.parameters())
    return weights.dtype == torch.float32 and not forward.bf16


def _logits(forward: Forward, documents: Sequence[Example]) -> torch.Tensor:
    """The logits of the last document's labels, the documents packed in one row."""
    last = documents[-1]
    silent = [replace(d, trained=np.zeros_like(d.trained)) for d in documents[:-1]]
    batch = collate((tuple(range(len(documents))),), [*silent, last], 0, forward.device)
    with inference(forward.model):
        return forward.label_logits(batch).float()
