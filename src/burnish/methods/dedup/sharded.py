"""Near duplicates of a corpus in shards: scan, candidates, verification, verdict.

The work is done in tasks that read and write tables by digest, spread by whatever the caller
lends (`Reach`). No task holds more than one shard, one part of the key space or one group of
sets. The driver holds numbers: some 160 bytes a row (digest 16, id 36, score and instant 16,
orders 40, places, sizes and families 12, the verdict 32) and candidate pairs in batches
(`Search.batch_pairs`). Measured from 74,000 to 222,000 rows with two pairs a row, its peak grew
by 0.6 KB a row, passing copies and the allocator's slack included; that of a worker stayed.

The verdict is that of `find.find_duplicates` on the same rows in the order of `rank.Standing`:
families are independent of each other, so the greedy rule may be applied to each alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.dedup.candidates import ASIDE, BandTask, find_candidates, parts_for
from burnish.methods.dedup.find import Duplicates, exact, kinds
from burnish.methods.dedup.groups import Grouping, Piece, families, group, pieces
from burnish.methods.dedup.keys import Keys
from burnish.methods.dedup.lsh import distinct
from burnish.methods.dedup.prefix import COUNTS, LARGEST_BUCKET, PrefixTask, total
from burnish.methods.dedup.rank import Rows, Standing
from burnish.methods.dedup.reach import Reach, Scanned, Search
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.simhash import selections
from burnish.methods.dedup.verify_sets import (
    FATES,
    NEAR,
    SettleTask,
    VerifyTask,
    settle_family,
    verify_piece,
)

KEYS_A_TASK = 4
ABOUT = "about"

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Verdicts:
    """The verdict on each row, counted through all shards in turn, and the rows' ids."""

    found: Duplicates
    ids: pa.ChunkedArray


def describe(
    ids: pa.ChunkedArray, digests: npt.NDArray[np.uint8], keys: Keys, rank: Mapping[str, Any]
) -> dict[str, pa.Table]:
    """Return the tables of a shard that `find_sharded` needs.

    `rank` has the `score` (higher is better) and the `instant` of each row, see `Standing`.
    """
    flat = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(digests), [None, pa.py_buffer(np.ascontiguousarray(digests))]
    )
    about = pa.table({"id": ids, "digest": flat, **rank, "shingles": keys.sizes})
    return {ABOUT: about, **key_tables(keys)}


def key_tables(keys: Keys) -> dict[str, pa.Table]:
    """Return the keys in tables of as many columns as one task reads."""
    tables = {}
    count = keys.values.shape[1]
    for start in range(0, count, KEYS_A_TASK):
        here = range(start, min(start + KEYS_A_TASK, count))
        columns = {_column(key): np.ascontiguousarray(keys.values[:, key]) for key in here}
        tables[_keys(start)] = pa.table(columns)
    return tables


def find_sharded(reach: Reach, shards: Sequence[Scanned], search: Search) -> Verdicts:
    """Return the verdict on every row, as `find_duplicates` would, of scans made by `describe`."""
    standing, sizes = _about(reach, shards)
    place_of, leading = exact(standing.digests, standing.visits())
    places = np.full(len(place_of), ASIDE, np.uint32)
    places[leading] = np.arange(len(leading), dtype=np.uint32)
    candidates = _candidates(reach, shards, places, search, int(sizes.sum()))
    near = _Near.none(len(leading))
    family = families(len(leading), _pairs(reach, candidates))
    names = standing.digests[leading, 0]
    grouping = group(family, sizes[leading], names, search.group_shingles)
    del family, places
    for batch in _batches(reach, candidates, grouping, search.batch_pairs):
        found = list(pieces(batch, grouping, sizes[leading], search.group_shingles))
        _verify(reach, shards, search, Batch(found, leading), near)
    survivor = leading[near.survivor][place_of]
    verdict = Duplicates(
        kind=kinds(survivor, standing.digests),
        survivor=survivor,
        similarity=near.similarity[place_of],
        cluster=leading[near.cluster][place_of],
    )
    return Verdicts(verdict, standing.ids)


@dataclass(frozen=True)
class _Near:
    """For each place: the place that stands for it, how alike they are, and its family."""

    survivor: Places
    similarity: npt.NDArray[np.float64]
    cluster: Places

    @classmethod
    def none(cls, count: int) -> "_Near":
        own = np.arange(count, dtype=np.uint32)
        return cls(own, np.ones(count, np.float64), own.copy())

    def take(self, places: Places, fates: pa.Table) -> None:
        """Take over the fates of a family's rows, numbered by their places."""
        row, survivor, cluster = (
            places[fates.column(name).to_numpy()] for name in ("row", "survivor", "cluster")
        )
        self.survivor[row], self.cluster[row] = survivor, cluster
        self.similarity[row] = fates.column("similarity").to_numpy()


@dataclass(frozen=True)
class Batch:
    """Pieces to verify, and the row of each place."""

    pieces: list[Piece]
    leading: Rows

    def wanted(self, bounds: Rows) -> dict[int, pa.Table]:
        """Return for each shard (counted by `bounds`) which rows' sets go to which piece."""
        rows = [self.leading[piece.places[piece.rows]] for piece in self.pieces]
        which = np.repeat(np.arange(len(rows)), [len(part) for part in rows])
        flat = np.concatenate([np.zeros(0, np.int64), *rows])
        order = np.argsort(flat, kind="stable")
        flat, which = flat[order], which[order]
        names = pa.array([piece.name for piece in self.pieces], pa.string())
        cuts = np.searchsorted(flat, bounds)
        return {
            shard: pa.table(
                {
                    "position": pa.array(flat[start:end] - bounds[shard], pa.uint32()),
                    "group": names.take(pa.array(which[start:end])),
                }
            )
            for shard, (start, end) in enumerate(pairwise(cuts))
            if end > start
        }


def _about(reach: Reach, shards: Sequence[Scanned]) -> tuple[Standing, npt.NDArray[np.uint32]]:
    tables = [reach.get(shard.tables[ABOUT]) for shard in shards]
    digests = [_digests(table) for table in tables]
    standing = Standing(
        _column_of(tables, "score", np.float64),
        _column_of(tables, "instant", np.int64),
        np.concatenate([np.zeros((0, 2), np.uint64), *digests]),
        pa.chunked_array([c for t in tables for c in t.column("id").chunks], pa.string()),
    )
    return standing, _column_of(tables, "shingles", np.uint32)


def _column_of(tables: Sequence[pa.Table], name: str, kind: Any) -> npt.NDArray[Any]:
    parts = [table.column(name).to_numpy() for table in tables]
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)


def _digests(table: pa.Table) -> Hashes:
    """Return the content hashes as two big-endian numbers, uint64 (n, 2)."""
    flat = b"".join(
        chunk.buffers()[1][chunk.offset * 16 : (chunk.offset + len(chunk)) * 16].to_pybytes()
        for chunk in table.column("digest").chunks
        if len(chunk)
    )
    return np.frombuffer(flat, ">u8").astype(np.uint64).reshape(-1, 2)


def _candidates(
    reach: Reach, shards: Sequence[Scanned], places: Places, search: Search, shingles: int
) -> list[str]:
    """Return the digests of the tables of candidate pairs."""
    starts = np.cumsum([0, *(shard.rows for shard in shards)]).tolist()
    placed = [reach.put(pa.table({"place": places[start:end]})) for start, end in pairwise(starts)]
    if search.lossless:
        keyed = _prefixes(reach, shards, search, parts_for(shingles // 2))
        task = BandTask(("key",), max_bucket=LARGEST_BUCKET)
        looks = [(name, task) for name in sorted(keyed[0])] if keyed else []
    else:
        keyed = [shard.tables for shard in shards]
        looks = list(band_tasks(search.settings, starts[-1]))
    tasks = (
        ([d for t, p in zip(keyed, placed, strict=True) for d in (t[table], p)], task)
        for table, task in looks
    )
    return [digest for made in reach.spread(find_candidates, tasks) for digest in made.values()]


def _prefixes(
    reach: Reach, shards: Sequence[Scanned], search: Search, parts: int
) -> list[Mapping[str, str]]:
    """Return the tables of each shard's rarest shingles."""
    lossless, settings = search.lossless, search.settings
    assert lossless is not None
    counting = (((shard.text,), settings.words) for shard in shards)
    counted = [made[COUNTS] for made in reach.spread(lossless.counts_of, counting)]
    sums = reach.put(total(map(reach.get, counted)))
    task = PrefixTask(settings.words, settings.threshold, parts)
    return list(reach.spread(lossless.keys_of, (((s.text, sums), task) for s in shards)))


def band_tasks(settings: NearSettings, rows: int, apart: int = 0) -> Iterator[tuple[str, BandTask]]:
    """Yield each task of the search for candidates, with the table of keys that it reads."""
    parts = parts_for(rows)
    masks = selections(settings.distance) if settings.method == "simhash" else ()
    for start in range(0, len(masks) or settings.bands, KEYS_A_TASK):
        here = range(start, min(start + KEYS_A_TASK, len(masks) or settings.bands))
        columns = (_column(0),) if masks else tuple(map(_column, here))
        chosen = masks[start : start + KEYS_A_TASK]
        for part in range(parts):
            yield (
                _keys(0 if masks else start),
                BandTask(
                    columns, chosen, settings.distance, settings.max_bucket, part, parts, apart
                ),
            )


def _pairs(reach: Reach, tables: Sequence[str]) -> Iterator[Hashes]:
    for digest in tables:
        yield reach.get(digest).column("pair").to_numpy()


def _batches(
    reach: Reach, tables: Sequence[str], grouping: Grouping, limit: int
) -> Iterator[Hashes]:
    """Yield the sorted distinct pairs of some groups after the other."""
    total = sum(len(pairs) for pairs in _pairs(reach, tables))
    for here in grouping.batches(total, limit):
        parts = [np.zeros(0, np.uint64)]
        for pairs in _pairs(reach, tables):
            index = grouping.of[(pairs >> np.uint64(32)).astype(np.int64)]
            parts.append(pairs[(index >= here.start) & (index < here.stop)])
        yield distinct(np.concatenate(parts))


def _verify(
    reach: Reach, shards: Sequence[Scanned], search: Search, batch: Batch, near: _Near
) -> None:
    """Make the sets that the batch wants, verify its pieces, and note what becomes of the rows."""
    sets = sets_for(reach, shards, search, batch)
    threshold = search.settings.threshold
    tasks = (
        (inputs_for(reach, piece, batch.leading, sets[piece.name]),
         VerifyTask(threshold, len(piece.places) if piece.whole else 0))
        for piece in batch.pieces
    )  # fmt: skip
    cut: dict[bytes, tuple[Places, list[str]]] = {}
    for piece, made in zip(batch.pieces, reach.spread(verify_piece, tasks), strict=True):
        if piece.whole:
            near.take(piece.places, reach.get(made[FATES]))
        else:
            cut.setdefault(piece.places.tobytes(), (piece.places, []))[1].append(made[NEAR])
    settling = ((parts, SettleTask(len(places))) for places, parts in cut.values())
    settled = reach.spread(settle_family, settling)
    for (places, _), made in zip(cut.values(), settled, strict=True):
        near.take(places, reach.get(made[FATES]))


def sets_for(
    reach: Reach, shards: Sequence[Scanned], search: Search, batch: Batch
) -> dict[str, list[str]]:
    """Return the digests of each piece's sets, in the order of the shards."""
    bounds = np.cumsum([0, *(shard.rows for shard in shards)])
    tasks = (
        ((shards[shard].text, reach.put(table)), search.settings.words)
        for shard, table in batch.wanted(bounds).items()
    )
    sets: dict[str, list[str]] = {piece.name: [] for piece in batch.pieces}
    for made in reach.spread(search.sets_of, tasks):
        for name, digest in made.items():
            sets[name].append(digest)
    return sets


def inputs_for(reach: Reach, piece: Piece, leading: Rows, sets: Sequence[str]) -> Sequence[str]:
    """Return the tables that `verify_sets.verify_piece` reads."""
    order = np.argsort(leading[piece.places[piece.rows]], kind="stable")
    rows = pa.table({"row": pa.array(piece.rows[order], pa.uint32())})
    ends = {"first": piece.first, "second": piece.second}
    pairs = pa.table({name: pa.array(end, pa.uint32()) for name, end in ends.items()})
    return (reach.put(rows), reach.put(pairs), *sets)


def _keys(start: int) -> str:
    return f"keys-{start:03d}"


def _column(key: int) -> str:
    return f"key_{key:03d}"
