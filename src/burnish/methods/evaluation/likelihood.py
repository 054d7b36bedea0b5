"""How likely a continuation is: teacher-forced, every token given all before it.

A prompt that several continuations follow is read once, and they branch off from what the model
remembers of it; a continuation's first token needs no pass of its own. Logits are made where a
token is scored and nowhere else, and taken to 32-bit floats a bounded number at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from burnish.methods.evaluation.batching import by_tokens, distinct, longest_first
from burnish.methods.evaluation.caching import Rows, branched, empty, movable, plain
from burnish.methods.evaluation.forward import (
    Ids,
    NotFinite,
    device_of,
    judging,
    left_padded,
    passed,
    positions_of,
    require_fit,
    right_padded,
    tokens_at_once,
    vocabulary,
)
from burnish.methods.models.virtual import virtual_tokens

NUMBERS = 1 << 26
"""Most logits that one pass makes: 256 MiB of 32-bit floats (a single row may need more)."""
_WORTH = 16
"""Tokens that branching has to save for a pass more."""

_COPIED = 4
"""So many times the tokens read at once may be remembered for continuations at once."""

Pair = tuple[tuple[int, ...], tuple[int, ...]]


def loglikelihood(
    model: nn.Module, pairs: Sequence[tuple[Ids, Ids]], tokens: int | None = None
) -> list[tuple[float, int]]:
    """For each (prompt, continuation): the sum of log P in nats, and the continuation's length.

    At most `tokens` tokens at once, padding counted; unset: what suits the model's device. Raises
    ValueError for an empty prompt or continuation and for pairs longer than the model's window,
    NotFinite when a likelihood is NaN.
    """
    wanted, where = distinct(checked(model, pairs))
    at_once = tokens or tokens_at_once(model)
    sums: dict[Pair, float] = {}
    with judging(model):
        branches, singles = _sorted_out(wanted, plain(model))
        for batch in _bundles(branches, at_once):
            sums.update(_branching(model, batch, at_once))
        for places in planned(model, singles, at_once):
            sums.update(_straight(model, [singles[place] for place in places]))
    if any(total != total for total in sums.values()):
        raise NotFinite("the model's log-likelihood is NaN; check its weights and its precision")
    return [(sums[wanted[place]], len(wanted[place][1])) for place in where]


def checked(model: nn.Module, pairs: Sequence[tuple[Ids, Ids]]) -> list[Pair]:
    """The pairs, none of them empty or longer than the model's window; ValueError otherwise."""
    if not all(len(continuation) for _, continuation in pairs):
        raise ValueError("a continuation is empty; a likelihood needs at least one token")
    lengths = [len(prompt) + len(continuation) for prompt, continuation in pairs]
    require_fit(model, lengths, [prompt for prompt, _ in pairs])
    return [(tuple(prompt), tuple(after)) for prompt, after in pairs]


def planned(
    model: nn.Module, pairs: Sequence[Pair], at_once: int, numbers: int = NUMBERS
) -> Iterator[list[int]]:
    """Places of the pairs in batches that bound both the tokens read and the logits made."""
    most = max(1, numbers // vocabulary(model))
    for places in by_tokens([len(prompt) + len(after) for prompt, after in pairs], at_once):
        for part in by_tokens([len(pairs[place][1]) for place in places], most):
            yield [places[number] for number in part]


def scored(model: nn.Module, pairs: Sequence[Pair]) -> Tensor:
    """Logits that speak for each token of the continuations, one after the other, in 32 bits.

    Shape (tokens of all continuations, vocabulary).
    """
    ids, mask = left_padded([[*prompt, *after[:-1]] for prompt, after in pairs], device_of(model))
    keep = max(len(after) for _, after in pairs)
    logits = passed(model, ids, mask, positions_of(mask), keep, use_cache=False).logits
    return torch.cat([logits[row, -len(after) :] for row, (_, after) in enumerate(pairs)]).float()


def of_tokens(scores: Tensor, tokens: Tensor) -> Tensor:
    """Log P of a token in each row of logits (n, vocabulary), as (n,) in 64 bits."""
    return (scores.gather(1, tokens[:, None])[:, 0] - scores.logsumexp(dim=1)).double()


def flat(pairs: Sequence[Pair], device: torch.device) -> Tensor:
    """The tokens of all continuations, one after the other."""
    return torch.tensor([token for _, after in pairs for token in after], device=device)


def per_pair(values: Tensor, pairs: Sequence[Pair]) -> list[Tensor]:
    """Values of all continuations' tokens, cut into those of each."""
    return list(torch.split(values.cpu(), [len(after) for _, after in pairs]))


def _straight(model: nn.Module, pairs: Sequence[Pair]) -> dict[Pair, float]:
    scores = of_tokens(scored(model, pairs), flat(pairs, device_of(model)))
    return {
        pair: float(part.sum()) for pair, part in zip(pairs, per_pair(scores, pairs), strict=True)
    }


@dataclass(frozen=True)
class _Branch:
    """A prompt and what may follow it."""

    prompt: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]

    @property
    def weight(self) -> int:
        """Tokens that its rows hold, prompt copied."""
        longest = max(map(len, self.after))
        return len(self.prompt) + longest


def _sorted_out(pairs: Sequence[Pair], branching: bool) -> tuple[list[_Branch], list[Pair]]:
    """Prompts that are worth reading once for all their continuations, and all other pairs."""
    of_prompt: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for prompt, after in pairs:
        of_prompt.setdefault(prompt, []).append(after)
    branches: list[_Branch] = []
    singles: list[Pair] = []
    for prompt, following in of_prompt.items():
        if branching and (len(following) - 1) * len(prompt) >= _WORTH:
            branches.append(_Branch(prompt, tuple(following)))
        else:
            singles += [(prompt, one) for one in following]
    return branches, singles


def _bundles(branches: Sequence[_Branch], at_once: int) -> Iterator[list[_Branch]]:
    for places in by_tokens([one.weight for one in branches], at_once):
        yield [branches[place] for place in places]


def _branching(model: nn.Module, batch: Sequence[_Branch], at_once: int) -> dict[Pair, float]:
    """Likelihoods of all continuations of a batch of prompts, each prompt read once."""
    ids, mask = left_padded([one.prompt for one in batch], device_of(model))
    virtual = virtual_tokens(model)
    cache = None if virtual else empty()
    out = passed(model, ids, mask, positions_of(mask), 1, cache=cache, use_cache=True)
    rows = Rows(out.past_key_values, mask)
    pairs = [(one.prompt, after) for one in batch for after in one.after]
    if not movable(rows, virtual):
        return _straight(model, pairs)
    parents = [row for row, one in enumerate(batch) for _ in one.after]
    firsts = out.logits[:, -1].float().log_softmax(dim=1).double()
    heads = firsts[parents, [after[0] for _, after in pairs]]
    sums = dict(zip(pairs, heads.tolist(), strict=True))
    longer = [n for n, (_, after) in enumerate(pairs) if len(after) > 1]
    for places in _bounded(model, [pairs[n] for n in longer], at_once):
        part = [longer[place] for place in places]
        tails = _tails(model, rows, [parents[n] for n in part], [pairs[n][1] for n in part])
        for n, tail in zip(part, tails, strict=True):
            sums[pairs[n]] += tail
    return sums


def _bounded(model: nn.Module, pairs: Sequence[Pair], at_once: int) -> Iterator[list[int]]:
    """Places of continuations in batches that bound the remembered tokens and the logits."""
    if not pairs:
        return
    widest = max(len(prompt) + len(after) for prompt, after in pairs)
    longest = max(len(after) for _, after in pairs)
    rows = min(_COPIED * at_once // widest, NUMBERS // (vocabulary(model) * longest))
    order = longest_first([len(after) for _, after in pairs])
    for start in range(0, len(order), max(1, rows)):
        yield order[start : start + max(1, rows)]


def _tails(
    model: nn.Module, rows: Rows, parents: Sequence[int], after: Sequence[Ids]
) -> list[float]:
    """Log P of each continuation but for its first token, on what is remembered of its prompt."""
    chosen = torch.tensor(parents, device=rows.mask.device)
    ids, mask = right_padded([one[:-1] for one in after], rows.mask.device)
    before = rows.mask[chosen]
    positions = before.sum(dim=1, keepdim=True) + positions_of(mask)
    cache, whole = branched(rows.cache, chosen), torch.cat([before, mask], dim=1)
    logits = passed(model, ids, whole, positions, 0, cache=cache, use_cache=True).logits
    pairs = [((), tuple(one[1:])) for one in after]
    scores = torch.cat([logits[row, : len(one)] for row, (_, one) in enumerate(pairs)]).float()
    return [float(part.sum()) for part in
            per_pair(of_tokens(scores, flat(pairs, scores.device)), pairs)]  # fmt: skip
