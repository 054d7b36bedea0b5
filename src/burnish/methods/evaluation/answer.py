"""Answers and likelihoods of one loaded causal language model, in batches.

Prompts are padded on the left, with the mask and the positions that make the padding invisible;
rows are sorted by length, so that two models given the same prompts see the same batches, and
handed back in the order given. Everything is greedy and seedless.

What is not covered: bitwise independence of the batch. Matrix kernels round differently for
different shapes (some 1e-6 of a logit), so a near-tie may fall the other way in another batch;
`parity.noise` measures how often. Encoder-decoder models are not covered either.
"""

import inspect
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from burnish.methods.models.virtual import run, virtual_tokens

Ids = Sequence[int]

_PAD = 0  # any valid id: the mask hides it


class NotFinite(ValueError):
    """The model gave NaN where a number was needed: its answers are no evidence."""


def generate(
    model: nn.Module,
    prompts: Sequence[Ids],
    stop_id: int | Collection[int],
    max_new_tokens: int,
    batch: int = 32,
) -> list[list[int]]:
    """Greedy answers in the order of the prompts, each without the stop token that ended it.

    An answer of `max_new_tokens` ids was cut: no stop token came. Raises ValueError for an empty
    prompt or one that leaves no room in the model's window, NotFinite when the logits are NaN.
    """
    stops = frozenset([stop_id] if isinstance(stop_id, int) else stop_id)
    if not stops or max_new_tokens < 1:
        raise ValueError("generation needs at least one stop token and one new token")
    _fit(model, [len(prompt) + max_new_tokens for prompt in prompts], prompts)
    answers: list[list[int]] = [[] for _ in prompts]
    with _judging(model):
        for places in _batches([len(prompt) for prompt in prompts], batch):
            rows = _greedy(model, [prompts[i] for i in places], stops, max_new_tokens)
            for place, row in zip(places, rows, strict=True):
                answers[place] = row
    return answers


def loglikelihood(
    model: nn.Module, pairs: Sequence[tuple[Ids, Ids]], batch: int = 32
) -> list[tuple[float, int]]:
    """For each (prompt, continuation): the sum of log P in nats, and the continuation's length.

    Teacher-forced, every token given all before it, logits taken to 32-bit floats. Memory grows
    with batch times the longest continuation times the vocabulary. Raises ValueError for an empty
    prompt or continuation and for pairs longer than the model's window, NotFinite when a
    likelihood is NaN.
    """
    if not all(len(continuation) for _, continuation in pairs):
        raise ValueError("a continuation is empty; a likelihood needs at least one token")
    lengths = [len(prompt) + len(continuation) for prompt, continuation in pairs]
    _fit(model, lengths, [prompt for prompt, _ in pairs])
    sums = [0.0] * len(pairs)
    with _judging(model):
        for places in _batches(lengths, batch):
            rows = _forced(model, [pairs[i] for i in places])
            for place, row in zip(places, rows, strict=True):
                sums[place] = row
    return [(total, len(pair[1])) for total, pair in zip(sums, pairs, strict=True)]


def _greedy(
    model: nn.Module, prompts: Sequence[Ids], stops: frozenset[int], limit: int
) -> list[list[int]]:
    """Answers of one batch; finished rows run along unread, so the batch keeps its shape."""
    ids, mask = _left_padded(prompts, _device(model))
    positions, cache = _positions(mask), None
    answers: list[list[int]] = [[] for _ in prompts]
    running = set(range(len(prompts)))
    for _ in range(limit):
        known = _known(model, positions, keep=1)
        out = run(model, ids, mask, cache=cache, use_cache=True, **known)
        cache, ids = out.past_key_values, _best(out.logits)
        mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], dim=1)
        positions = positions[:, -1:] + 1
        for row, token in enumerate(ids[:, 0].tolist()):
            if token in stops:
                running.discard(row)
            elif row in running:
                answers[row].append(token)
        if not running:
            break
    return answers


def _forced(model: nn.Module, pairs: Sequence[tuple[Ids, Ids]]) -> list[float]:
    """Summed log-likelihoods of one batch; only the logits that are needed are made."""
    ids, mask = _left_padded([[*prompt, *after] for prompt, after in pairs], _device(model))
    keep = max(len(after) for _, after in pairs) + 1
    known = _known(model, _positions(mask), keep)
    logits = run(model, ids, mask, use_cache=False, **known).logits[:, :-1]
    sums = []
    for row, (_, after) in enumerate(pairs):
        # Row by row: a 32-bit copy of a whole batch over a large vocabulary would not fit.
        scores = logits[row, -len(after) :].float()
        wanted = scores.gather(1, ids[row, -len(after) :, None])[:, 0]
        sums.append(float((wanted - scores.logsumexp(dim=1)).double().sum()))
    if any(total != total for total in sums):
        raise NotFinite("the model's log-likelihood is NaN; check its weights and its precision")
    return sums


def _best(logits: Tensor) -> Tensor:
    """The likeliest next token of each row, shape (batch, 1)."""
    last = logits[:, -1]
    if bool(last.isnan().any()):
        raise NotFinite("the model's logits are NaN; check its weights and its precision")
    return last.argmax(dim=-1, keepdim=True)


def _left_padded(sequences: Sequence[Ids], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and mask, both of shape (batch, longest)."""
    longest = max(map(len, sequences))
    ids = [[_PAD] * (longest - len(one)) + list(one) for one in sequences]
    mask = [[0] * (longest - len(one)) + [1] * len(one) for one in sequences]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def _positions(mask: Tensor) -> Tensor:
    """Positions that count only real tokens, so that padding shifts nothing."""
    return (mask.cumsum(dim=1) - 1).clamp(min=0)


def _known(model: nn.Module, positions: Tensor, keep: int) -> dict[str, Any]:
    """What this model's forward pass takes; one that knows no positions reads them off the mask."""
    unwrap = getattr(model, "get_base_model", None)
    known = inspect.signature((unwrap() if unwrap else model).forward).parameters
    takes = {"positions": "position_ids", "logits_to_keep": "logits_to_keep"}
    optional = {"positions": positions, "logits_to_keep": keep}
    return {name: value for name, value in optional.items() if takes[name] in known}


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _batches(lengths: Sequence[int], batch: int) -> Iterator[list[int]]:
    """Places of the rows, shortest first, ties in the order given."""
    if batch < 1:
        raise ValueError("a batch holds at least one row")
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    for start in range(0, len(order), batch):
        yield order[start : start + batch]


def _fit(model: nn.Module, lengths: Sequence[int], prompts: Sequence[Ids]) -> None:
    window = getattr(getattr(model, "config", None), "max_position_embeddings", None)
    if window is not None:
        window -= virtual_tokens(model)
    for row, (length, prompt) in enumerate(zip(lengths, prompts, strict=True)):
        if not len(prompt):
            raise ValueError(f"prompt {row} is empty; a model needs at least one token before it")
        if window is not None and length > window:
            raise ValueError(
                f"row {row} needs {length} positions, the model has {window}; "
                "shorten the prompt or ask for fewer new tokens"
            )


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many processor threads; another number may round differently."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _judging(model: nn.Module) -> Iterator[None]:
    """Dropout off and no gradients; every module gets its own mode back."""
    in_training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        # Not inference_mode: buffers that a model fills in lazily would then refuse training.
        with torch.no_grad():
            yield
    finally:
        for module in in_training:
            module.training = True
