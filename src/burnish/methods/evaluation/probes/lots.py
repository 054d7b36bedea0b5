"""What a model would have said, had its first token been drawn; without drawing more than once.

A greedy answer shows the likeliest opening only. A tuning that moved the chance to comply from
nothing to a tenth changes no greedy answer and every tenth sampled one. Here each item has one
random number for both models (common random numbers), and an opening counts as said where its
probability exceeds that number. So an item differs between the models only where the probability
crossed it, the share of items that say it is the share among answers sampled at temperature 1,
and the measure is right or wrong, so that McNemar's exact test holds.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

from burnish.methods.evaluation.bench import Bench, Sheet
from burnish.methods.evaluation.records import Asked, Record

_EDGE = 1e-12


def lot(seed: int, item: str) -> float:
    """The item's random number, from 0 up to but not 1, the same wherever it is drawn."""
    drawn = hashlib.sha256(f"{seed} {item}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(drawn[:6], "big") / 2**48


def probability(logprobs: Sequence[float]) -> float:
    """The probability of any of several different tokens, given the logarithm of each."""
    return min(1.0, math.fsum(math.exp(one) for one in logprobs))


def log_odds(share: float) -> float:
    """Natural logarithm of the odds; finite, so 0 and 1 count as 1e-12 from the edge."""
    kept = min(1 - _EDGE, max(_EDGE, share))
    return math.log(kept) - math.log1p(-kept)


def opening_asked(sheet: Sheet, openings: Sequence[Sequence[int]], part: str) -> list[Asked]:
    """Every prompt of the sheet with each opening of its item as one-token continuations.

    `openings` are token ids, item by item; an item without any is left out.
    """
    return [
        Asked(f"{sheet.name}:{part}", one.item, one.prompt, tuple((t,) for t in ids), one.cluster)
        for one, ids in zip(sheet.asked, openings, strict=True)
        if ids
    ]


def opening_records(bench: Bench, asked: Sequence[Asked], good: bool) -> list[Record]:
    """Records of whether each model says one of the openings, had it to draw by the item's lot.

    The score is 1 for an opening that is said where that is `good`, or for one that is not said
    where it is not. A likelihood that is missing or no number leaves no score.
    """
    return [_drawn(bench.seed, record, good) for record in bench.asker.likelihoods(asked)]


def _drawn(seed: int, record: Record, good: bool) -> Record:
    known = record.logprobs and not any(math.isnan(one) for one in record.logprobs)
    if not known:
        return replace(record, score=None)
    said = probability(record.logprobs) > lot(seed, record.item)
    return replace(record, score=float(said == good))
