"""Locality-sensitive hashing: which pairs of signatures are worth a look.

Banding: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Signatures = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]
Pairs = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
T = TypeVar("T", bound=np.generic)

_MULTIPLY = np.uint64(0xD6E8FEB86659FD93)
_ADD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def candidates(
    signatures: Signatures, bands: int = 20, rows: int = 6, max_bucket: int = 256
) -> Pairs:
    """Return the pairs of rows that agree on all `rows` hashes of at least one of the `bands`.

    The result is int64 (m, 2), unique, sorted, with i < j. In a bucket of more than
    `max_bucket` rows each row meets only the first `max_bucket` and its nearest predecessor
    there: enough for a family of copies, whose best row comes first, and it keeps the work
    linear in the bucket's size.
    """
    return collect(
        lambda band: band_keys(signatures, band, rows), bands, len(signatures), max_bucket
    )


def collect(keys_of: Callable[[int], Keys], bands: int, count: int, max_bucket: int) -> Pairs:
    """Return the candidate pairs of `count` rows, asking for the keys of one band at a time."""
    found = np.zeros(0, np.int64)
    for band in range(bands):
        pairs = equal_keys(keys_of(band), max_bucket)
        found = distinct(np.concatenate([found, pairs[:, 0] * count + pairs[:, 1]]))
    return np.stack([found // max(count, 1), found % max(count, 1)], axis=1)


def distinct(values: npt.NDArray[T]) -> npt.NDArray[T]:
    """Return the sorted distinct values; np.unique hashes, and such numbers collide."""
    values.sort()
    new = np.ones(len(values), np.bool_)
    new[1:] = values[1:] != values[:-1]
    return values[new]


def band_keys(signatures: Signatures, band: int, rows: int) -> Keys:
    """Return one 64-bit key per signature for hashes band * rows up to (band + 1) * rows."""
    keys = np.full(len(signatures), band + 1, np.uint64)
    for column in range(band * rows, (band + 1) * rows):
        keys ^= signatures[:, column]
        for _ in range(2):
            keys ^= keys >> _HALF
            keys *= _MULTIPLY
        keys ^= keys >> _HALF
        keys += _ADD
    return keys


def equal_keys(keys: Keys, max_bucket: int) -> Pairs:
    """Return the pairs of rows with equal keys, int64 (m, 2) with i < j, as `candidates` says."""
    from burnish.methods.dedup import kernels

    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    starts = np.concatenate([[0], np.flatnonzero(ranked[1:] != ranked[:-1]) + 1, [len(keys)]])
    sizes = np.diff(starts)
    several = sizes > 1
    members = order[np.repeat(several, sizes)].astype(np.int64)
    sizes = sizes[several]
    bounds = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    capped = np.minimum(sizes, max_bucket + 1)
    room = capped * (capped - 1) // 2 + (sizes - capped) * (max_bucket + 1)
    pairs = np.empty((int(room.sum()), 2), np.int64)
    made = kernels.bucket_pairs(bounds, members, max_bucket, pairs)
    return pairs[:made]
