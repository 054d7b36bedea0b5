"""Candidates without a miss: rows of similarity t share one of their rarest shingles.

Two sets x and y with |x and y| / |x or y| >= t share an element among the first
|x| - ceil(t |x|) + 1 of x and as many of y, in any one order of all elements (Chaudhuri, Ganti,
Kaushik, A Primitive Operator for Similarity Joins in Data Cleaning, ICDE 2006; Bayardo, Ma,
Srikant, Scaling Up All Pairs Similarity Search, WWW 2007). The order here is by frequency,
counted in `COUNTERS` hashed counters, so that what every row of a form says comes last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from burnish.methods.dedup.shingles import of_buffer
from burnish.methods.dedup.texts import Normals

COUNTERS = 1 << 20
LARGEST_BUCKET = 1 << 18
"""Rows that may share a shingle among their rarest and all meet; beyond, some do not."""
COUNTS = "counts"

_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class PrefixTask:
    """Words of a shingle, the least similarity, and into how many parts the keys are cut."""

    words: int
    threshold: float
    parts: int


def count_shingles(normals: Normals, words: int) -> pa.Table:
    """Return how many sets have a shingle of each counter, uint32 (COUNTERS,)."""
    sets = of_buffer(normals.data, normals.ends, words)
    counted = np.bincount((sets.values % np.uint64(COUNTERS)).astype(np.int64), minlength=COUNTERS)
    return pa.table({"count": pa.array(counted, pa.uint32())})


def total(tables: Iterable[pa.Table]) -> pa.Table:
    """Return the sums of the counters, as far as uint16 goes: the order needs no more."""
    summed = np.zeros(COUNTERS, np.int64)
    for table in tables:
        summed += table.column("count").to_numpy()
    return pa.table({"count": pa.array(np.minimum(summed, _MOST), pa.uint16())})


def prefix_keys(normals: Normals, counts: pa.Table, task: PrefixTask) -> Mapping[str, pa.Table]:
    """Return `key` (uint64) and `row` (uint32) of each row's rarest shingles, part by part."""
    from burnish.methods.dedup import pair_kernels as kernels

    sets = of_buffer(normals.data, normals.ends, task.words)
    rarity = counts.column("count").to_numpy()
    keys, rows = kernels.rarest(sets.values, sets.offsets, rarity, task.threshold)
    part = keys % np.uint64(task.parts)
    return {
        prefix_table(n): pa.table({"key": keys[part == n], "row": rows[part == n]})
        for n in range(task.parts)
    }


def prefix_table(part: int) -> str:
    """The name of one part's table."""
    return f"prefix-{part:04d}"
