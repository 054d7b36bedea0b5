"""What only the logits tell: how far two models lie apart, and how surprised one is by a text."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from burnish.methods.evaluation.forward import (
    Ids,
    NotFinite,
    device_of,
    judging,
    tokens_at_once,
)
from burnish.methods.evaluation.likelihood import (
    NUMBERS,
    checked,
    flat,
    of_tokens,
    per_pair,
    planned,
    scored,
)

LOWEST = 0.2
"""Share of the tokens that Min-K%++ looks at, as in its paper's section 5."""
_ROWS = 64
"""Rows of logits that are 64 bits wide at once."""
_SURE = 1e-6
_NEVER = -1e9
"""For the logarithm of a probability of 0, which no sum may meet as infinity times 0."""

Opened = Callable[[], AbstractContextManager[nn.Module]]


@dataclass(frozen=True, slots=True)
class Surprise:
    """A continuation's summed log P in nats, its tokens, and its Min-K%++ score."""

    logprob: float
    tokens: int
    score: float


def divergence(
    of: Opened, from_: Opened, pairs: Sequence[tuple[Ids, Ids]], tokens: int | None = None
) -> list[list[float]]:
    """KL(of || from) in nats at every token of each continuation, exact over the vocabulary.

    Teacher-forced: both models read prompt and continuation; the distributions compared are those
    that predict its tokens. Both see the same batches; memory is bounded by a number of tokens
    times the vocabulary. Raises as `loglikelihood` does.
    """
    with of() as model:
        wanted = checked(model, pairs)
        batches = list(planned(model, wanted, tokens or tokens_at_once(model), NUMBERS // 2))
    found: list[list[float]] = [[] for _ in wanted]
    for places in batches:
        batch = [wanted[place] for place in places]
        there, here = _of_side(from_, batch), _of_side(of, batch)
        for place, part in zip(places, per_pair(_divergence(here, there), batch), strict=True):
            found[place] = part.tolist()
    if any(value != value for one in found for value in one):
        raise NotFinite("a divergence is NaN; check the weights of both models")
    return found


def surprise(
    model: nn.Module, pairs: Sequence[tuple[Ids, Ids]], tokens: int | None = None
) -> list[Surprise]:
    """How each continuation stands among what the model would have expected, token by token.

    A token's score is (log P - mu) / sigma with mu and sigma the mean and the standard deviation
    of log P over the vocabulary under P itself; the mean of the lowest fifth is Min-K%++ (Zhang
    and others 2024, arXiv 2404.02936, equation 3): high for texts that were trained on. Raises as
    `loglikelihood` does.
    """
    wanted = checked(model, pairs)
    found: dict[int, Surprise] = {}
    with judging(model):
        for places in planned(model, wanted, tokens or tokens_at_once(model)):
            batch = [wanted[place] for place in places]
            scores, ids = scored(model, batch), flat(batch, device_of(model))
            logs = per_pair(of_tokens(scores, ids), batch)
            levels = per_pair(_standardised(scores, ids), batch)
            for place, log, level in zip(places, logs, levels, strict=True):
                found[place] = Surprise(float(log.sum()), len(log), _lowest(level))
    if any(one.score != one.score for one in found.values()):
        raise NotFinite("a model's log-likelihood is NaN; check its weights and its precision")
    return [found[place] for place in range(len(wanted))]


def _of_side(opened: Opened, batch: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> Tensor:
    with opened() as model, judging(model):
        return scored(model, batch)


def _divergence(here: Tensor, there: Tensor) -> Tensor:
    parts = []
    for mine, theirs in zip(torch.split(here, _ROWS), torch.split(there, _ROWS), strict=True):
        p = mine.double().log_softmax(dim=1).clamp(min=_NEVER)
        q = theirs.to(mine.device).double().log_softmax(dim=1).clamp(min=_NEVER)
        parts.append((p.exp() * (p - q)).sum(dim=1))
    return torch.cat(parts).clamp(min=0.0)  # what is below is rounding: Gibbs' inequality


def _standardised(scores: Tensor, ids: Tensor) -> Tensor:
    parts = []
    for rows, wanted in zip(torch.split(scores, _ROWS), torch.split(ids, _ROWS), strict=True):
        logs = rows.double().log_softmax(dim=1).clamp(min=_NEVER)
        shares = logs.exp()
        mean = (shares * logs).sum(dim=1)
        spread = (shares * (logs - mean[:, None]).square()).sum(dim=1).sqrt()
        parts.append((logs.gather(1, wanted[:, None])[:, 0] - mean) / spread.clamp(min=_SURE))
    return torch.cat(parts)


def _lowest(levels: Tensor) -> float:
    count = max(1, int(len(levels) * LOWEST))
    return float(levels.sort().values[:count].mean())
