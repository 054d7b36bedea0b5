"""How much each weight matters for what a model says: the diagonal of its Fisher information.

Estimated as its definition has it, with answers drawn from the model's own distribution and not
taken from the data (Kunstner et al. 2019, "Limitations of the empirical Fisher approximation").
The score has mean zero at each token, so one backward pass for a row gives the sum over its tokens.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from burnish.methods.models.load import CausalModel
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward, inference

_TOGETHER = 16


def fisher(
    forward: Forward,
    rows: Sequence[Example],
    weights: Sequence[nn.Parameter],
    generator: torch.Generator,
) -> list[torch.Tensor]:
    """The diagonal for each of `weights`, fp32, per trained token of `rows`.

    The model's mode, its gradients and what is frozen are as before. Raises ValueError where a
    value is not finite.
    """
    sums = [torch.zeros(w.shape, dtype=torch.float32, device=w.device) for w in weights]
    with _gathering(forward.model, weights, sums):
        for row in rows:
            batch = forward.lay(((0,),), [row], 0)
            logits = forward.label_logits(batch).float()
            drawn = draw(logits.detach(), generator)
            loss = functional.cross_entropy(logits, drawn, reduction="sum")
            loss.backward()  # type: ignore[no-untyped-call]
            forward.model.zero_grad(set_to_none=True)
    tokens = sum(row.targets for row in rows)
    found = [total / tokens for total in sums]
    if not all(bool(one.isfinite().all()) for one in found):
        raise ValueError("ewc: the gradients of the general rows are not finite; leave ewc out")
    return found


def draw(logits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A token from each distribution, shape (...,): the largest after Gumbel noise."""
    uniform = torch.rand(logits.shape, generator=generator, device=logits.device)
    gumbel = -(-uniform.clamp_min(torch.finfo(torch.float32).tiny).log()).log()
    return (logits + gumbel).argmax(dim=-1)


def written_by(
    forward: Forward, count: int, length: int, generator: torch.Generator
) -> list[Example]:
    """`count` texts of at most `length` tokens that the model writes itself, drawn token by token.

    Each starts at the token that begins a text and ends early where the model ends it.
    """
    model = forward.model
    text = model.config.get_text_config()
    stop = _first(text.eos_token_id)
    begin = text.bos_token_id if text.bos_token_id is not None else stop
    made: list[Example] = []
    with inference(model):
        while len(made) < count:
            size = min(_TOGETHER, count - len(made))
            start = torch.full((size, 1), begin or 0, device=forward.device)
            for ids in _continued(forward, start, length, generator).cpu().numpy():
                ends = np.flatnonzero(ids[1:] == stop)
                kept = ids[: ends[0] + 2] if len(ends) else ids
                marks = np.arange(len(kept)) > 0
                made.append(Example(f"written-{len(made)}", kept.astype(np.int32), marks))
    return made


def digest_of(tensors: Sequence[torch.Tensor]) -> str:
    """SHA-256 over the values of fp32 tensors, in order."""
    total = hashlib.sha256()
    for tensor in tensors:
        total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()


def _continued(
    forward: Forward, ids: torch.Tensor, length: int, generator: torch.Generator
) -> torch.Tensor:
    kept, newest = None, ids
    while ids.shape[1] < length:
        with torch.autocast(forward.device.type, torch.bfloat16, enabled=forward.bf16):
            output = forward.model(input_ids=newest, past_key_values=kept, use_cache=True)
        kept = output.past_key_values
        newest = draw(output.logits[:, -1].float(), generator)[:, None]
        ids = torch.cat((ids, newest), dim=1)
    return ids


def _first(token: int | list[int] | None) -> int | None:
    return token[0] if isinstance(token, list) else token


@contextmanager
def _gathering(
    model: CausalModel, weights: Sequence[nn.Parameter], sums: Sequence[torch.Tensor]
) -> Iterator[None]:
    """Within the block every backward pass adds the squared gradients of `weights` to `sums`.

    A gradient is dropped as soon as it is counted, so no two are held at a time.
    """
    frozen = [not weight.requires_grad for weight in weights]
    training = model.training
    model.train(False)
    hooks = []
    for weight, total in zip(weights, sums, strict=True):
        weight.requires_grad_(True)

        def count(here: torch.Tensor, total: torch.Tensor = total) -> None:
            if here.grad is not None:
                total.add_(here.grad.float().square())
            here.grad = None

        add: Any = weight.register_post_accumulate_grad_hook  # it carries no types
        hooks.append(add(count))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for weight, was in zip(weights, frozen, strict=True):
            weight.requires_grad_(not was)
        model.train(training)
