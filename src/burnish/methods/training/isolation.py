"""A check on the model at hand that documents in one row do not see each other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from peft import PeftModel
from transformers import PreTrainedModel

from burnish.methods.training import attention
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
    first, second = _shortest(examples)
    if len(first.ids) + len(second.ids) > max_length:
        return  # nothing will share a row
    if not takes_positions(forward.model):
        raise CrossTalk(f"the model takes no position ids, so rows cannot be packed; {_REMEDY}")
    if forward.recurrent_layers:
        kinds = ", ".join(forward.recurrent_layers)
        raise CrossTalk(f"{kinds} layers carry one document over into the next; {_REMEDY}")
    worst, tolerance = _moved(forward, first, second), _tolerance(forward)
    if not worst <= tolerance:
        raise CrossTalk(
            f"packed documents see each other in this model (logits moved by {worst:.2g} of their "
            f"size, {tolerance:g} is rounding); {_REMEDY}"
        )


def lay_flat(forward: Forward, examples: Sequence[Example]) -> bool:
    """Lay documents end to end, without mask or padding, where the model is seen to part them.

    Tried on the two shortest examples as in `require_isolation`, against the model's own attention
    to one alone. Where the model has attention of its own make, or gives other logits, rows stay
    as they were; returns what was chosen.
    """
    base = _own_attention(forward)
    if base is None:
        return False
    first, second = _shortest(examples)
    before = _logits(forward, [second])
    base.set_attn_implementation(attention.NAME)
    forward.flat = True
    try:
        forward.flat = _moved(forward, first, second, before) <= _tolerance(forward)
    except (ValueError, TypeError, RuntimeError):
        forward.flat = False  # not seen to part them: rows and masks do
    if not forward.flat:
        base.set_attn_implementation("sdpa")
    return forward.flat


def _own_attention(forward: Forward) -> PreTrainedModel | None:
    """The model inside, if documents could be told to its attention on this device."""
    outer = forward.model
    if isinstance(outer, PeftModel) and outer.active_peft_config.is_prompt_learning:
        return None
    model = outer.get_base_model() if isinstance(outer, PeftModel) else outer
    if not isinstance(model, PreTrainedModel) or model.config._attn_implementation != "sdpa":
        return None
    if forward.recurrent_layers or not takes_positions(outer):
        return None
    if forward.device.type == "cuda":
        modern = torch.cuda.get_device_capability(forward.device) >= (8, 0)
        return model if modern and forward.bf16 else None
    return model if forward.device.type == "cpu" else None


def _shortest(examples: Sequence[Example]) -> tuple[Example, Example]:
    """The two shortest examples; of one alone, itself and itself."""
    found = sorted(examples, key=lambda e: len(e.ids))[:2]
    return found[0], found[-1]


def _moved(
    forward: Forward, first: Example, second: Example, alone: torch.Tensor | None = None
) -> float:
    """By how much of their size the logits of `second` move behind two different documents."""
    other = replace(first, ids=(first.ids + 1) % forward.vocab)
    if alone is None:
        alone = _logits(forward, [second])
    behind = [_logits(forward, [neighbour, second]) for neighbour in (first, other)]
    scale = float(alone.abs().max()) + 1e-6
    return max(float((seen - alone).abs().max()) for seen in behind) / scale


def _tolerance(forward: Forward) -> float:
    weights = next(forward.model.parameters())
    exact = weights.dtype == torch.float32 and not forward.bf16
    return _TOLERANCE[torch.float32 if exact else torch.bfloat16]


def _logits(forward: Forward, documents: Sequence[Example]) -> torch.Tensor:
    """The logits of the last document's labels, the documents packed in one row."""
    last = documents[-1]
    silent = [replace(d, trained=np.zeros_like(d.trained)) for d in documents[:-1]]
    batch = forward.lay((tuple(range(len(documents))),), [*silent, last], 0)
    with inference(forward.model):
        return forward.label_logits(batch).float()
