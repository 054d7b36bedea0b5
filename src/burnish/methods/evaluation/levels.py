"""Levels of a test that may look twice: at the first items and, undecided, at all of them.

Two looks at the full level would reject more often than once in `1 / alpha`. Pocock's levels are
equal in both looks and keep the chance of rejecting in either at `alpha` (Pocock 1977, Biometrika
64:191; Jennison and Turnbull 2000, section 2.4). The statistics of the two looks correlate by
sqrt(first / whole), where items of both are drawn alike; clusters that are in both looks correlate
more, which only makes the levels stricter than they need be.
"""

from collections.abc import Callable
from functools import lru_cache
from math import sqrt

from scipy import optimize, stats

_TOLERANCE = 1e-12


@lru_cache(maxsize=1024)
def pocock_level(alpha: float, first: int, whole: int) -> float:
    """The one-sided level of each of two looks, at `first` items and at `whole`, for `alpha`.

    Half the items first and alpha 0.05 give 0.0304, Pocock's constant 1.875.
    """
    _sensible(alpha, first, whole)
    return _solve(lambda level: _either(level, level, first / whole) - alpha, alpha)


@lru_cache(maxsize=1024)
def second_level(alpha: float, spent: float, first: int, whole: int) -> float:
    """The level left for the second look when the first was held at `spent`.

    With other numbers of items than planned it still keeps the chance of rejecting in either look
    at `alpha` (Lan and DeMets 1983, Biometrika 70:659).
    """
    _sensible(alpha, first, whole)
    if not 0 < spent <= alpha:
        raise ValueError(f"a first look at the level {spent} leaves nothing of {alpha}")
    return _solve(lambda level: _either(spent, level, first / whole) - alpha, alpha)


def _either(one: float, other: float, fraction: float) -> float:
    """Chance under the null that the first look rejects at `one` or the second at `other`."""
    limits = [float(stats.norm.isf(one)), float(stats.norm.isf(other))]
    rho = sqrt(fraction)
    both = stats.multivariate_normal.cdf(limits, cov=[[1.0, rho], [rho, 1.0]])
    return 1.0 - float(both)


def _solve(excess: Callable[[float], float], alpha: float) -> float:
    """The largest level whose excess over `alpha` is nought."""
    if excess(alpha) <= _TOLERANCE:
        return alpha
    return float(optimize.brentq(excess, _TOLERANCE, alpha, xtol=1e-9))


def _sensible(alpha: float, first: int, whole: int) -> None:
    if not 0 < alpha < 0.5:
        raise ValueError(f"the level {alpha} must lie between 0 and 0.5")
    if not 0 < first < whole:
        raise ValueError(f"a first look at {first} of {whole} items leaves no second one")
