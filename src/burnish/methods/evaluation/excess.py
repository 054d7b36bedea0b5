"""By how much one part's mean exceeds the mean of the rest, where both share clusters.

The difference of two paired differences: each item's value is tuned against base already, so this
is the difference in differences of the part against the rest.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from burnish.methods.evaluation.statistics import (
    ClusterMean,
    Floats,
    Interval,
    cluster_mean,
    effective_clusters,
    tango_interval,
)

_DRAWS_AT_ONCE = 2_000_000
_LEAST_FREEDOM = 0.5
"""One cluster alone tells nothing of its spread; half a degree makes any test of it hopeless."""


@dataclass(frozen=True)
class Excess:
    """Values of all items, which of them are of the part, and their clusters.

    Both the part and the rest must hold at least one item.
    """

    values: Floats
    part: NDArray[np.bool_]
    clusters: tuple[str, ...]

    @property
    def mean(self) -> float:
        """Mean of the part less mean of the rest."""
        return float(self.values[self.part].mean() - self.values[~self.part].mean())

    def influence(self) -> Floats:
        """One number an item: their mean is the excess, their spread that of its error.

        The sandwich variance of the difference of two means is the one of the mean of these
        (Liang and Zeger 1986), so that a cluster in both the part and the rest counts once.
        """
        n, inside = self.values.size, int(self.part.sum())
        own = (self.values - self.values[self.part].mean()) * (n / inside)
        other = (self.values - self.values[~self.part].mean()) * (n / (n - inside))
        return np.asarray(self.mean + np.where(self.part, own, -other), dtype=np.float64)

    @cached_property
    def freedom(self) -> float:
        """Degrees of freedom: those of the side with fewer clusters, as each side has its own."""
        _, sizes = self._by_cluster()
        sides = (column[column > 0] / column.sum() for column in sizes.T)
        return max(_LEAST_FREEDOM, min(map(effective_clusters, sides)) - 1)

    def estimate(self, floor: float = 0.0) -> ClusterMean:
        """The excess with a cluster-robust error of at least `floor`."""
        found = cluster_mean([float(x) for x in self.influence()], self.clusters)
        return ClusterMean(found.mean, max(found.error, floor), min(found.freedom, self.freedom))

    def interval(self, seed: int, level: float = 0.95, resamples: int = 2000) -> Interval:
        """Percentile bootstrap interval over whole clusters (Efron 1979; Davison and Hinkley
        1997, section 3.8). A draw without an item of one side is left out.
        """
        sums, sizes = self._by_cluster()
        draw = np.random.default_rng(seed)
        many = sizes.shape[0]
        step = max(1, _DRAWS_AT_ONCE // many)
        found = []
        for start in range(0, resamples, step):
            picked = draw.integers(0, many, size=(min(step, resamples - start), many))
            total = np.stack([column[picked].sum(axis=1) for column in sums.T], axis=1)
            counted = np.stack([column[picked].sum(axis=1) for column in sizes.T], axis=1)
            whole = (counted > 0).all(axis=1)
            means = total[whole] / counted[whole]
            found.append(means[:, 0] - means[:, 1])
        low, high = np.quantile(np.concatenate(found), [(1 - level) / 2, (1 + level) / 2])
        return Interval(float(low), float(high))

    def _by_cluster(self) -> tuple[Floats, NDArray[np.int64]]:
        """Sum and size of every cluster in the part and in the rest; shape (clusters, 2)."""
        index = {name: place for place, name in enumerate(dict.fromkeys(self.clusters))}
        places = np.array([index[name] for name in self.clusters])
        sums = np.zeros((len(index), 2))
        sizes = np.zeros((len(index), 2), dtype=np.int64)
        side = (~self.part).astype(np.int64)
        for column in (0, 1):
            own = places[side == column]
            sums[:, column] = np.bincount(own, self.values[side == column], len(index))
            sizes[:, column] = np.bincount(own, minlength=len(index))
        return sums, sizes


def rare_floor(
    part: Sequence[float], rest: Sequence[float], z: float = 1.6448536269514722
) -> float:
    """The least standard error of an excess of right-or-wrong items, values in -1, 0 and 1.

    Where a side has few or no differing items its spread tells nothing; the arms of Tango's
    intervals do. Part and rest are joined by squares (Zou and Donner 2008, Statistics in Medicine
    27:1693), the arm that is one-sided against "the part exceeds the rest by more".
    """
    arms: list[float] = []
    for values, upper in ((part, True), (rest, False)):
        losses, wins = sum(v > 0 for v in values), sum(v < 0 for v in values)
        bounds = tango_interval(losses, wins, len(values), 0.90)
        middle = (losses - wins) / len(values)
        arms.append(bounds.upper - middle if upper else middle - bounds.lower)
    return math.hypot(*arms) / z
