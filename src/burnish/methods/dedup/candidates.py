"""Rows that share a key, as pairs: one task of many, each with some of the keys.

A task reads the keys of all shards one shard at a time and keeps those of its part of the key
space. It holds 12 bytes a row and key of that part, twice while it sorts, and a bounded number
of pairs. A task that gets `PART_ROWS` rows in its part needs some 150 MB.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.dedup.lsh import distinct

PART_ROWS = 1 << 20
_PAIRS = 1 << 22
_ODD = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_TOP = np.uint64(40)
_PLACE = np.uint64(0xFFFFFFFF)

ASIDE = np.uint32(0xFFFFFFFF)
"""The place of a row that meets no other: another row of the same content stands for it."""

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]
_NONE = (np.zeros(0, np.uint64), np.zeros(0, np.uint32))


@dataclass(frozen=True)
class BandTask:
    """Which keys to look at: columns, and of a single column each selection of its bits.

    Rows meet where their keys agree (under the mask, if there are any) and, with masks, differ
    in at most `distance` bits in all. `part` of `parts` is the share of the key space. With
    `apart` only pairs count whose places differ in the bits above the lowest `apart`.
    """

    columns: tuple[str, ...]
    masks: tuple[int, ...] = ()
    distance: int = 0
    max_bucket: int = 64
    part: int = 0
    parts: int = 1
    apart: int = 0


def parts_for(rows: int) -> int:
    """Return into how many parts to cut the key space of so many rows: a power of two."""
    return 1 << max(0, (max(rows, 1) - 1).bit_length() - (PART_ROWS - 1).bit_length())


def find_candidates(tables: Sequence[pa.Table], task: BandTask) -> Mapping[str, pa.Table]:
    """Return tables of candidate pairs, `pair` (uint64): first place << 32 | second place.

    `tables` are, shard by shard, the keys of its rows and then their places in visiting order;
    a table of keys without one a row says in `row` whose key each is.
    No pair comes twice in one table; one that several keys give may come in several.
    """
    made = {f"pairs-{n:04d}": table for n, table in enumerate(_pair_tables(tables, task))}
    return made or {"pairs-0000": _table(np.zeros(0, np.uint64))}


def _pair_tables(tables: Sequence[pa.Table], task: BandTask) -> Iterator[pa.Table]:
    waiting: list[Hashes] = []
    held = 0
    for pairs in _pairs(tables, task):
        waiting.append(pairs)
        held += len(pairs)
        if held >= _PAIRS:
            merged = distinct(np.concatenate(waiting))
            waiting, held = [merged], len(merged)
            if held >= _PAIRS // 2:
                yield _table(merged)
                waiting, held = [], 0
    if held:
        yield _table(distinct(np.concatenate(waiting)))


def _pairs(tables: Sequence[pa.Table], task: BandTask) -> Iterator[Hashes]:
    """Yield the pairs of each key; the values of a key are let go when they are used up."""
    from burnish.methods.dedup import pair_kernels as kernels

    gathered = _gathered(tables, task)
    for key in range(len(gathered)):
        values, places = gathered[key]
        gathered[key] = _NONE
        alike = _within(values, places, task.distance) if task.masks else None
        # Sorting uses both arrays as room, so nothing may look at them afterwards.
        starts, members = kernels.buckets(*kernels.radix_sort(_keys(values, task, key), places))
        state = np.zeros(2, np.int64)
        while state[0] < len(starts) - 1:
            out = np.empty(max(_PAIRS // 4, task.max_bucket + 1), np.uint64)
            pairs = out[: kernels.next_pairs(starts, members, task.max_bucket, state, out)]
            pairs = pairs if alike is None else pairs[alike(pairs)]
            yield _across(pairs, np.uint64(task.apart)) if task.apart else pairs


def _gathered(tables: Sequence[pa.Table], task: BandTask) -> list[tuple[Hashes, Places]]:
    """Return the values and places of the rows in this part, key by key."""
    keys = len(task.masks) or len(task.columns)
    found: list[list[tuple[Hashes, Places]]] = [[] for _ in range(keys)]
    for shard in range(len(tables) // 2):
        table, places = tables[2 * shard], tables[2 * shard + 1].column("place").to_numpy()
        if "row" in table.column_names:
            places = places[table.column("row").to_numpy()]
        playing = np.flatnonzero(places != ASIDE)
        for key in range(keys):
            column = task.columns[0 if task.masks else key]
            values = table.column(column).to_numpy()[playing]
            here = (_keys(values, task, key) >> _TOP) % np.uint64(task.parts) == task.part
            found[key].append((values[here], places[playing][here]))
    return [_joined(parts) for parts in found]


def _joined(parts: list[tuple[Hashes, Places]]) -> tuple[Hashes, Places]:
    values, places = zip(_NONE, *parts, strict=True)
    return np.concatenate(values), np.concatenate(places)


def _keys(values: Hashes, task: BandTask, key: int) -> Hashes:
    """Return what must be equal; the masked bits are multiplied by an odd number to spread."""
    return (values & np.uint64(task.masks[key])) * _ODD if task.masks else values


def _across(pairs: Hashes, bits: np.uint64) -> Hashes:
    """Return the pairs whose ends lie in different ranges of places."""
    apart: Flags = (pairs >> (_HALF + bits)) != ((pairs & _PLACE) >> bits)
    return pairs[apart]


def _within(values: Hashes, places: Places, distance: int) -> Callable[[Hashes], Flags]:
    """Return a test of pairs: do the values of the two places differ in few enough bits."""
    order = np.argsort(places)
    known, ordered = places[order], values[order]

    def value(of: Hashes) -> Hashes:
        return ordered[np.searchsorted(known, of.astype(np.uint32))]

    def alike(pairs: Hashes) -> Flags:
        bits: Flags = np.bitwise_count(value(pairs >> _HALF) ^ value(pairs & _PLACE)) <= distance
        return bits

    return alike


def _table(pairs: Hashes) -> pa.Table:
    return pa.table({"pair": pa.array(pairs, pa.uint64())})
