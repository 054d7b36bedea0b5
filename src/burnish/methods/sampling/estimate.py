"""What a stratified sample says about all documents: a weighted share with an honest interval.

The share is the stratified estimator (Cochran, Sampling Techniques, 3rd ed. 1977, chapter 5): the
share of hits in each stratum, weighted by the stratum's part of all rows. So a stratum of risky
documents may be drawn more often than others without making the whole look worse than it is.

The upper bound, which decides, recovers variances from the bounds of each stratum: MOVER, Zou and
Donner, Statistics in Medicine 27, 2008, after Newcombe's square-and-add (1998), over exact bounds
for a finite population (`bounds`). For rare events it errs on the careful side: with no hit at all
it is never below the exact bound of any single stratum. The lower bound is that of Fay and Feuer
(Statistics in Medicine 16, 1997) for a weighted sum of rare counts, because square-and-add is too
bold there; it is never below what was seen.

Documents that were drawn and then skipped are not taken for a sample of the rest: the lower bound
counts them all as right, the upper bound all as wrong (Manski's worst case, Journal of Human
Resources 24, 1989). A stratum that nobody looked at may be anything, and widens the interval by
all of its weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from burnish.methods.sampling.bounds import exact_bounds, share_bounds

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Counted:
    """A stratum: how many rows it has, how many were judged, hit and skipped."""

    rows: int
    judged: int
    hits: int
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of documents with its 95 % interval; no estimate before each stratum was judged."""

    estimate: float | None
    lower: float
    upper: float


def stratified(strata: Iterable[Counted], level: float = LEVEL) -> Rate:
    """The share of hits among all rows of the strata; 0 to 1 where there are no rows."""
    there = [one for one in strata if one.rows]
    if not there:
        return Rate(None, 0.0, 1.0)
    whole = sum(one.rows for one in there)
    seen = [one for one in there if one.judged]
    estimate = sum(one.rows * one.hits / one.judged for one in seen) / whole
    return Rate(
        estimate if len(seen) == len(there) else None,
        _lower(there, whole, level),
        min(1.0, _upper(there, whole, level)),
    )


def _upper(strata: Sequence[Counted], whole: int, level: float) -> float:
    """Square-and-add over the strata that were looked at, all of the others, skipped as hits."""
    centre = distance = 0.0
    for one in strata:
        weight, drawn = one.rows / whole, one.judged + one.skipped
        if not drawn:
            centre += weight
            continue
        hits = one.hits + one.skipped
        _, high = exact_bounds(hits, drawn, one.rows, level)
        centre += weight * hits / drawn
        distance += (weight * (high - hits / drawn)) ** 2
    return centre + sqrt(distance)


def _lower(strata: Sequence[Counted], whole: int, level: float) -> float:
    """The gamma bound of a weighted sum of counts; skipped documents count as right."""
    from scipy.special import gammaincinv  # dear to import, and every command comes by here

    hit = [one for one in strata if one.hits]
    if not hit:
        return 0.0
    weights = [one.rows / whole / (one.judged + one.skipped) for one in hit]
    total = sum(weight * one.hits for weight, one in zip(weights, hit, strict=True))
    variance = sum(weight**2 * one.hits for weight, one in zip(weights, hit, strict=True))
    bound = variance / total * float(gammaincinv(total**2 / variance, (1 - level) / 2))
    return max(bound, sum(one.hits for one in hit) / whole)


def canary_miss(categories: Iterable[Mapping[str, Any]]) -> Rate | None:
    """The share of all planted identifiers that a detector missed, with exact bounds.

    `categories` say how many were `planted` and `found`; None where nothing was planted.
    """
    found = [(int(one["planted"]), int(one["found"])) for one in categories]
    planted = sum(number for number, _ in found)
    missed = planted - sum(number for _, number in found)
    return Rate(missed / planted, *share_bounds(missed, planted)) if planted else None


def ratio(parts: Iterable[tuple[float, float, float]]) -> float | None:
    """Weighted counts over weighted sizes: (weight, count, size) of each document looked at.

    The ratio estimator of Cochran 1977, chapter 6; None where there is nothing to divide by.
    """
    counted = sized = 0.0
    for weight, count, size in parts:
        counted += weight * count
        sized += weight * size
    return counted / sized if sized else None


def free_of_hits_needed(strata: Sequence[Counted], bar: float, level: float = LEVEL) -> int:
    """About how many more documents, all of them right, would bring the upper bound to `bar`.

    Zero where it is there already; all that is left where no smaller number will do.
    """
    left = sum(one.rows - one.judged - one.skipped for one in strata)
    low, high = 0, left
    while low < high:
        middle = (low + high) // 2
        if stratified(_with_more(strata, middle, left), level).upper <= bar:
            high = middle
        else:
            low = middle + 1
    return low


def _with_more(strata: Sequence[Counted], more: int, left: int) -> list[Counted]:
    """The strata after `more` further documents, spread over what is left of each."""
    grown = []
    for one in strata:
        unseen = one.rows - one.judged - one.skipped
        extra = min(unseen, -(-more * unseen // left)) if left else 0
        grown.append(Counted(one.rows, one.judged + extra, one.hits, one.skipped))
    return grown
