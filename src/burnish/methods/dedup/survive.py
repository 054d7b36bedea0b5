"""Which of several near duplicates stays.

Removing whole connected components would take rows that resemble no row that stays (A near B,
B near C, A unlike C). Here a row goes only if it is near a row that stays.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.verify import Pairs, Reals

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Survival:
    """For each of n rows: the row that stands for it, how alike they are, and its family.

    `survivor` is the row itself where it stays; `similarity` is then 1.0. `cluster` names the
    connected component of near rows by its first row in visiting order.
    """

    survivor: Rows
    similarity: Reals
    cluster: Rows


def survive(pairs: Pairs, similarity: Reals, order: npt.ArrayLike) -> Survival:
    """Visit rows in the order of their ranks; let a row go only if it is near one that stays.

    `pairs` are near pairs, int64 (m, 2), in any order, with their `similarity` (m,); `order`
    gives each of the n rows its rank, lowest first, equal ranks in row order. Of several rows
    that stay the most similar becomes the survivor, the earliest visited if they are equal.
    """
    from burnish.methods.dedup import kernels

    visits = np.argsort(np.asarray(order), kind="stable").astype(np.int64)
    place = np.empty_like(visits)
    place[visits] = np.arange(len(visits))
    first, second, near = _by_place(place, pairs, similarity)
    survivor = np.arange(len(visits), dtype=np.int64)
    best = np.ones(len(visits), np.float64)
    kernels.settle(first, second, near, survivor, best)
    cluster = np.arange(len(visits), dtype=np.int64)
    kernels.components(first, second, cluster)
    return Survival(visits[survivor][place], best[place], visits[cluster][place])


def _by_place(place: Rows, pairs: Pairs, similarity: Reals) -> tuple[Rows, Rows, Reals]:
    """Return each pair's earlier and later place and similarity, ordered by later, earlier."""
    ends = place[pairs]
    first, second = ends.min(axis=1), ends.max(axis=1)
    by = np.lexsort((first, second))
    return first[by], second[by], similarity[by]
