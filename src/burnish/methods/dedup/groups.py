"""Candidate pairs in groups of bounded size that can be verified apart from each other.

Families (connected components of candidates) stay whole where their sets fit a group. A larger
family is cut into pieces of pairs; a row whose pairs lie in several pieces is in each of them.
Groups are named by content, so that a little more data changes few of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.int64]

GROUP_SHINGLES = 1 << 22
"""Shingles of one group, 8 bytes each; a group may have up to twice as many."""

_HALF = np.uint64(32)
_PLACE = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True)
class Piece:
    """Pairs to verify together, and the rows that they speak of.

    `places` are the places of all rows of the families in question, ascending; `rows` are the
    numbers among them of those that the pairs `first`, `second` (numbers likewise) speak of.
    Where `whole`, these are all pairs of their families.
    """

    name: str
    places: Places
    rows: Longs
    first: Longs
    second: Longs
    whole: bool


@dataclass(frozen=True)
class Grouping:
    """The group of each place (-1 where it meets no other), and what each group is."""

    of: npt.NDArray[np.int32]
    names: list[str]
    whole: list[bool]

    def batches(self, pairs: int, limit: int) -> Iterator[range]:
        """Yield runs of groups, so that the pairs of a run are about `limit` or fewer."""
        step = max(1, len(self.names) // max(1, -(-pairs // limit)))
        for start in range(0, len(self.names), step):
            yield range(start, min(start + step, len(self.names)))


def families(count: int, tables: Iterable[Hashes]) -> Places:
    """Return the first place of each place's family, from tables of candidate pairs."""
    from burnish.methods.dedup import pair_kernels as kernels

    parent = np.arange(count, dtype=np.uint32)
    for pairs in tables:
        kernels.link(pairs, parent)
    kernels.flatten(parent)
    return parent


def group(family: Places, sizes: Places, names: Hashes, limit: int) -> Grouping:
    """Return groups of whole families of up to `limit` shingles; a larger family is one group.

    `sizes` and `names` (a hash of the content) are those of each place.
    """
    counts = np.bincount(family, minlength=len(family))
    roots = np.flatnonzero(counts > 1)
    weights = np.bincount(family, weights=sizes, minlength=len(family))[roots].astype(np.int64)
    roots, weights = _by_name(roots, weights, names)
    large = weights > limit
    ranges = _ranges(names[roots], int(weights[~large].sum()), limit)
    told = [f"{at:x}" for at in names[roots][large].tolist()]
    small, inverse = np.unique(_filled(ranges[~large], weights[~large], limit), return_inverse=True)
    index = np.empty(len(roots), np.int32)
    index[~large] = inverse
    index[large] = np.arange(len(small), len(small) + len(told))
    of = np.full(len(family), -1, np.int32)
    of[roots] = index
    of = np.where(counts[family] > 1, of[family], np.int32(-1))
    plain = [f"group-{int(at) >> 32}-{int(at) & 0xFFFFFFFF}" for at in small]
    return Grouping(of, [*plain, *told], [True] * len(plain) + [False] * len(told))


def _by_name(roots: Longs, weights: Longs, names: Hashes) -> tuple[Longs, Longs]:
    order = np.argsort(names[roots], kind="stable")
    return roots[order], weights[order]


def _ranges(names: Hashes, total: int, limit: int) -> Longs:
    """Return which of a power of two of equal ranges each name lies in."""
    bits = (2 * -(-total // limit) - 1).bit_length() if total > limit else 0
    return (names >> np.uint64(63 - bits) >> np.uint64(1)).astype(np.int64)


def _filled(ranges: Longs, weights: Longs, limit: int) -> Longs:
    """Return a number for each family: its range, and which filling of that range it falls in.

    Only a range of more than twice the limit is cut: where one filling ends the next begins, so
    one more family would move all that come after it.
    """
    before = np.cumsum(weights) - weights
    first = np.searchsorted(ranges, ranges)
    last = np.searchsorted(ranges, ranges, side="right") - 1
    heavy = before[last] + weights[last] - before[first] > 2 * limit
    filled: Longs = (ranges << 32) | np.where(heavy, (before - before[first]) // limit, 0)
    return filled


def pieces(pairs: Hashes, grouping: Grouping, sizes: Places, limit: int) -> Iterator[Piece]:
    """Yield what is to be verified of sorted distinct `pairs`, group by group."""
    groups = grouping.of[(pairs >> _HALF).astype(np.int64)]
    order = np.argsort(groups, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(groups[order])) + 1, [len(order)]])
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if start == end:
            continue
        here, index = pairs[order[start:end]], int(groups[order[start]])
        ends = np.stack([here >> _HALF, here & _PLACE]).astype(np.uint32)
        places, numbers = np.unique(ends, return_inverse=True)
        first, second = numbers.reshape(2, -1)
        name = grouping.names[index]
        if grouping.whole[index]:
            rows = np.arange(len(places), dtype=np.int64)
            yield Piece(name, places, rows, first, second, whole=True)
        else:
            yield from _cut(name, places, first, second, sizes[places].astype(np.int64), limit)


def _cut(
    name: str, places: Places, first: Longs, second: Longs, sizes: Longs, limit: int
) -> Iterator[Piece]:
    from burnish.methods.dedup import pair_kernels as kernels

    parts = kernels.cut(first, second, sizes, limit)
    for part in range(int(parts[-1]) + 1):
        here = parts == part
        rows = np.unique(np.concatenate([first[here], second[here]]))
        yield Piece(f"{name}-{part}", places, rows, first[here], second[here], whole=False)
