"""Which version of a record counts, when a source gives several."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEVER = int(np.iinfo(np.int64).min)
"""The time of a record that states none: before all others."""


def key_halves(key: str, secret: bytes) -> tuple[int, int]:
    """A record's key as two 64-bit numbers, hashed so that it cannot be read back."""
    digest = hashlib.blake2b(key.encode(), digest_size=16, key=secret[:64]).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of rows in the order of the source (16 bytes each), and their times in microseconds."""

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    created: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[Keys]) -> Keys:
        """The keys of one part after those of the other."""
        empty = np.empty(0, np.uint64)
        return cls(
            np.concatenate([empty, *(part.high for part in parts)]),
            np.concatenate([empty, *(part.low for part in parts)]),
            np.concatenate([np.empty(0, np.int64), *(part.created for part in parts)]),
        )


def superseded(keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of rows that a later version replaces, ascending, and of the row that does.

    Of the rows of one key, that with the latest time counts; of equal times, the last in the
    order of the source.
    """
    order = np.lexsort((keys.created, keys.low, keys.high))  # stable: ties stay in source order
    high, low = keys.high[order], keys.low[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    ends = np.flatnonzero(last)
    group = np.cumsum(last) - last
    old, by = order[~last], order[ends[group[~last]]]
    sorting = np.argsort(old)
    return old[sorting], by[sorting]
