"""A second look at a split: are rows of different parts near each other.

It looks at what was written, with other hashes and more bands than any search before it, meets
only rows of different parts, and compares their sets with another routine. A pair of
similarity 0.8 is met with probability 0.99999 (32 bands of 5 hashes); in a bucket of more than
`MAX_BUCKET` rows a row meets that many, the search that made the groups having missed none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.dedup.candidates import ASIDE, find_candidates
from burnish.methods.dedup.groups import GROUP_SHINGLES, Piece
from burnish.methods.dedup.keys import keys_of
from burnish.methods.dedup.lsh import distinct
from burnish.methods.dedup.reach import Reach, Scanned, Search, TaskFn
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.sharded import Batch, band_tasks, inputs_for, key_tables, sets_for
from burnish.methods.dedup.texts import Normals
from burnish.methods.dedup.verify_sets import read_sets

MAX_BUCKET = 256
PART_BITS = 30
"""Places of one part: its number above, the row below."""
BATCH_PAIRS = 1 << 22

_SIZES, _FOUND = "sizes", "found"


@dataclass(frozen=True)
class Crossings:
    """Pairs across parts that were compared, how many reach the threshold, the largest."""

    pairs: int
    near: int
    largest: float


@dataclass(frozen=True)
class PartShard:
    """A written shard: the digest of its rows, how many, and the number of its part."""

    text: str
    rows: int
    part: int


def second_settings(settings: NearSettings) -> NearSettings:
    """Return settings that look for the same pairs in another way."""
    return NearSettings(
        words=settings.words,
        threshold=settings.threshold,
        permutations=160,
        bands=32,
        rows=5,
        seed=settings.seed + 1,
        max_bucket=MAX_BUCKET,
    )


def second_scan(normals: Normals, aside: pa.Array, settings: NearSettings) -> dict[str, pa.Table]:
    """Return the tables of a shard that `find_crossings` needs; rows set `aside` meet none."""
    keys = keys_of(normals, settings)
    return {**key_tables(keys), _SIZES: pa.table({"shingles": keys.sizes, "aside": aside})}


def find_crossings(
    reach: Reach, shards: Sequence[PartShard], scan: TaskFn, sets_of: TaskFn, how: NearSettings
) -> Crossings:
    """Compare the rows of different parts; `scan` is a task that returns `second_scan`."""
    made = list(reach.spread(scan, (((shard.text,), how) for shard in shards)))
    scanned = [Scanned(s.text, s.rows, tables) for s, tables in zip(shards, made, strict=True)]
    about = [reach.get(tables[_SIZES]) for tables in made]
    sizes = np.concatenate([np.zeros(0, np.uint32), *(_column(t, "shingles") for t in about)])
    tables = _candidates(reach, shards, scanned, about, how)
    search = Search(how, sets_of)
    found = [
        reach.get(done[_FOUND]).to_pylist()[0]
        for pairs in _batches(reach, tables)
        for done in _compared(reach, scanned, search, pairs, sizes)
    ]
    return Crossings(
        sum(f["pairs"] for f in found),
        sum(f["near"] for f in found),
        max((f["largest"] for f in found), default=0.0),
    )


def compare_piece(tables: Sequence[pa.Table], threshold: float) -> Mapping[str, pa.Table]:
    """Return how many pairs there are, how many reach the threshold, and the largest similarity.

    Tables as in `verify_sets.verify_piece`.
    """
    rows = tables[0].column("row").to_numpy()
    sets = read_sets([tables[place] for place in range(2, len(tables))])
    spans = pairwise(sets.offsets.tolist())
    own = {row: sets.values[a:b] for row, (a, b) in zip(rows.tolist(), spans, strict=True)}
    largest, near = 0.0, 0
    ends = (tables[1].column(name).to_pylist() for name in ("first", "second"))
    for first, second in zip(*ends, strict=True):
        both = len(np.intersect1d(own[first], own[second], assume_unique=True))
        similarity = both / (len(own[first]) + len(own[second]) - both)
        largest, near = max(largest, similarity), near + (similarity >= threshold)
    told = {"pairs": [tables[1].num_rows], "near": [near], "largest": [largest]}
    return {_FOUND: pa.table(told)}


def _candidates(
    reach: Reach,
    shards: Sequence[PartShard],
    scanned: Sequence[Scanned],
    about: Sequence[pa.Table],
    how: NearSettings,
) -> list[str]:
    """Return the digests of the tables of pairs of places, the part in the upper bits."""
    starts = np.cumsum([0, *(shard.rows for shard in shards)]).tolist()
    placed = []
    for shard, table, (start, end) in zip(shards, about, pairwise(starts), strict=True):
        places = np.arange(start, end, dtype=np.uint32) | np.uint32(shard.part << PART_BITS)
        places[_column(table, "aside")] = ASIDE
        placed.append(reach.put(pa.table({"place": places})))
    tasks = (
        ([d for s, p in zip(scanned, placed, strict=True) for d in (s.tables[name], p)], task)
        for name, task in band_tasks(how, starts[-1], PART_BITS)
    )
    return [digest for done in reach.spread(find_candidates, tasks) for digest in done.values()]


def _batches(reach: Reach, tables: Sequence[str]) -> Iterator[npt.NDArray[np.uint64]]:
    """Yield sorted distinct pairs of rows, so many at a time that they fit the driver."""
    waiting = np.zeros(0, np.uint64)
    row = np.uint64((1 << PART_BITS) - 1)
    for digest in tables:
        pairs = reach.get(digest).column("pair").to_numpy()
        ends = np.sort(np.stack([(pairs >> np.uint64(32)) & row, pairs & row]), axis=0)
        waiting = distinct(np.concatenate([waiting, (ends[0] << np.uint64(32)) | ends[1]]))
        if len(waiting) >= BATCH_PAIRS:
            yield waiting
            waiting = np.zeros(0, np.uint64)
    if len(waiting):
        yield waiting


def _compared(
    reach: Reach,
    scanned: Sequence[Scanned],
    search: Search,
    pairs: npt.NDArray[np.uint64],
    sizes: npt.NDArray[np.uint32],
) -> Iterator[Mapping[str, str]]:
    from burnish.methods.dedup import pair_kernels as kernels

    ends = np.stack([pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)]).astype(np.int64)
    places, numbers = np.unique(ends, return_inverse=True)
    first, second = numbers.reshape(2, -1)
    parts = kernels.cut(first, second, sizes[places].astype(np.int64), GROUP_SHINGLES)
    pieces = []
    for part in range(int(parts[-1]) + 1):
        here = parts == part
        rows = distinct(np.concatenate([first[here], second[here]]))
        all_places = places.astype(np.uint32)
        pieces.append(Piece(f"{part}", all_places, rows, first[here], second[here], whole=False))
    batch = Batch(pieces, np.arange(int(places[-1]) + 1))
    sets = sets_for(reach, scanned, search, batch)
    tasks = (
        (inputs_for(reach, piece, batch.leading, sets[piece.name]), search.settings.threshold)
        for piece in pieces
    )
    return reach.spread(compare_piece, tasks)


def _column(table: pa.Table, name: str) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = table.column(name).to_numpy()
    return values
