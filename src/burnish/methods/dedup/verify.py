"""The true Jaccard similarity of candidate pairs: nothing is removed on an estimate."""

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.shingles import Shingles

Pairs = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


def jaccard(sets: Shingles, pairs: Pairs) -> Reals:
    """Return |A and B| / |A or B| of each pair of sets, float64 (m,)."""
    from burnish.methods.dedup import kernels

    left, right = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    return kernels.jaccard_pairs(sets.values, sets.offsets, left, right)


def verify(sets: Shingles, pairs: Pairs, threshold: float) -> tuple[Pairs, Reals]:
    """Return the pairs whose true similarity is at least `threshold`, and that similarity."""
    similarity = jaccard(sets, pairs)
    near = similarity >= threshold
    return pairs[near], similarity[near]
