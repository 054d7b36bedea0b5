"""Exact bounds of a share in a finite population, from a simple random sample without replacement.

Clopper and Pearson's (Biometrika 26, 1934) construction on the hypergeometric distribution, as in
Buonaccorsi, "A note on confidence intervals for proportions in finite populations" (The American
Statistician 41, 1987): the bound is the furthest number of hits in the population under which a
sample as extreme as the one seen still has a chance of `(1 - level) / 2`. Whoever has looked at
everything has no uncertainty left.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import exp, lgamma


@lru_cache(maxsize=65536)
def exact_bounds(hits: int, drawn: int, rows: int, level: float = 0.95) -> tuple[float, float]:
    """Lower and upper bound of the share of hits among `rows`, when `drawn` of them show `hits`.

    Nothing drawn says nothing: 0 to 1. Raises ValueError for counts that do not fit together.
    """
    if not 0 <= hits <= drawn <= rows:
        raise ValueError(f"{hits} hits among {drawn} drawn of {rows} rows do not fit together")
    if rows == 0:
        return 0.0, 0.0
    tail = (1 - level) / 2
    least, most = hits, rows - (drawn - hits)

    def too_few(total: int) -> bool:
        """Whether with so few hits in all, so many in the sample are out of the question."""
        return 1 - _at_most(hits - 1, drawn, total, rows) <= tail

    def too_many(total: int) -> bool:
        return _at_most(hits, drawn, total, rows) <= tail

    low = least if hits == 0 else _first(least, most, lambda total: not too_few(total))
    high = most if hits == drawn else _first(least, most + 1, too_many) - 1
    return low / rows, max(high, least) / rows


def share_bounds(hits: int, drawn: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's bounds of a share that no population limits; 0 to 1 for nothing drawn.

    Raises ValueError for counts that do not fit together.
    """
    from scipy.special import betaincinv  # dear to import, and every command comes by here

    if not 0 <= hits <= drawn:
        raise ValueError(f"{hits} hits among {drawn} drawn do not fit together")
    tail = (1 - level) / 2
    low = float(betaincinv(hits, drawn - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, drawn - hits, 1 - tail)) if hits < drawn else 1.0
    return low, high


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The least number from `low` at which `holds` turns true; `high` where it does not before."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _at_most(hits: int, drawn: int, total: int, rows: int) -> float:
    """Chance of at most `hits` in the sample, when `total` of the `rows` are hits."""
    first = max(0, drawn - (rows - total))
    if hits < first:
        return 0.0
    if hits >= min(drawn, total):
        return 1.0
    return min(1.0, sum(_exactly(seen, drawn, total, rows) for seen in range(first, hits + 1)))


def _exactly(seen: int, drawn: int, total: int, rows: int) -> float:
    chosen = _log_choose(total, seen) + _log_choose(rows - total, drawn - seen)
    return exp(chosen - _log_choose(rows, drawn))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
