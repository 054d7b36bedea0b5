"""Whether two ways of running one model agree: adapter or merged, one batch or another."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from burnish.methods.evaluation.answer import Ids, generate, loglikelihood
from burnish.methods.evaluation.paired import Greedy


@dataclass(frozen=True)
class Parity:
    """How two sets of greedy answers to the same prompts compare.

    `first_split` holds, for every prompt that differs, its place and the first differing token's.
    `widest_gap` is the largest difference of log-likelihood per token (nats) over the left
    answers: it tells a near-tie that fell the other way from a different model.
    """

    prompts: int
    first_split: tuple[tuple[int, int], ...]
    widest_gap: float

    @property
    def same(self) -> bool:
        """Whether every answer is the same to the token; no prompt is no agreement."""
        return self.prompts > 0 and not self.first_split


def parity(left: nn.Module, right: nn.Module, prompts: Sequence[Ids], how: Greedy) -> Parity:
    """Compare the greedy answers of two models, token by token."""
    answers = [
        generate(model, prompts, how.stop_ids, how.max_new_tokens, how.batch)
        for model in (left, right)
    ]
    splits = tuple(
        (place, _first_split(one, two))
        for place, (one, two) in enumerate(zip(*answers, strict=True))
        if one != two
    )
    return Parity(len(prompts), splits, _widest_gap(left, right, prompts, answers[0]))


def noise(model: nn.Module, prompts: Sequence[Ids], how: Greedy) -> float:
    """Share of prompts whose answer depends on the batch they are in: the noise floor.

    Everything is asked twice, in batches of `how.batch` and one by one. Raises ValueError
    without prompts.
    """
    if not prompts:
        raise ValueError("the noise of an engine needs prompts to be measured on")
    once, again = (
        generate(model, prompts, how.stop_ids, how.max_new_tokens, batch)
        for batch in (how.batch, 1)
    )
    return sum(one != two for one, two in zip(once, again, strict=True)) / len(prompts)


def _first_split(one: Sequence[int], two: Sequence[int]) -> int:
    together = zip(one, two, strict=False)
    return next((place for place, (a, b) in enumerate(together) if a != b), min(len(one), len(two)))


def _widest_gap(
    left: nn.Module, right: nn.Module, prompts: Sequence[Ids], answers: Sequence[Ids]
) -> float:
    pairs = [(p, a) for p, a in zip(prompts, answers, strict=True) if len(a)]
    sums = zip(loglikelihood(left, pairs), loglikelihood(right, pairs), strict=True)
    return max((abs(one - two) / length for (one, length), (two, _) in sums), default=0.0)
