"""Find the duplicates of a whole corpus from the scans of its shards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.lsh import band_keys, collect
from burnish.methods.dedup.minhash import Scan
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.shingles import Shingles, join
from burnish.methods.dedup.survive import Survival, survive
from burnish.methods.dedup.verify import verify

Rows = npt.NDArray[np.int64]
ShinglesOf = Callable[[Rows], Shingles]

KEPT, EXACT, NEAR = 0, 1, 2
KINDS = ("kept", "exact", "near")


@dataclass(frozen=True)
class Duplicates:
    """The verdict on each of n rows, counted through all scans in turn.

    `kind` (int8) is KEPT, EXACT (same normal form as its survivor) or NEAR. `survivor` is the
    row that stands for it, always a kept one; `similarity` the true Jaccard similarity of the
    two. `cluster` is one number per family of rows linked by being near: the row of the family
    that was visited first.
    """

    kind: npt.NDArray[np.int8]
    survivor: Rows
    similarity: npt.NDArray[np.float64]
    cluster: Rows

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each kind."""
        found = np.bincount(self.kind, minlength=len(KINDS))
        return {name: int(count) for name, count in zip(KINDS, found, strict=True)}


def find_duplicates(
    scans: Sequence[Scan],
    order: npt.ArrayLike | None = None,
    settings: NearSettings | None = None,
    shingles_of: ShinglesOf | None = None,
) -> Duplicates:
    """Return the verdict on every row: exact duplicates first, near ones among the rest.

    `order` ranks the rows, best (lowest) first: a worse row goes for a better one. Rows of equal
    rank are taken in the order of their content hash, so the outcome does not depend on how
    rows are arranged or cut into shards; without `order` earlier rows are better. All scans must be
    made with `settings`. Where they keep no shingle sets, `shingles_of(rows)` returns those of
    the rows asked for, in that order; only candidates are asked for.

    Raises ValueError when ranks and rows differ in number, or shingle sets are missing.
    """
    settings = settings or NearSettings()
    digests = _digests(scans)
    visits = _visits(order, digests)
    standing, unique = exact(digests, visits)
    near = _near(unique, scans, settings, shingles_of or _kept_shingles(scans))
    survivor, cluster = unique[near.survivor][standing], unique[near.cluster][standing]
    return Duplicates(
        kind=kinds(survivor, digests),
        survivor=survivor,
        similarity=near.similarity[standing],
        cluster=cluster,
    )


def _digests(scans: Sequence[Scan]) -> npt.NDArray[np.uint64]:
    """Return the content hashes of all rows as two big-endian numbers, uint64 (n, 2)."""
    parts = [scan.digests.reshape(-1, 16) for scan in scans]
    flat = np.concatenate([np.zeros((0, 16), np.uint8), *parts])
    return np.ascontiguousarray(flat).view(">u8").astype(np.uint64).reshape(-1, 2)


def _visits(order: npt.ArrayLike | None, digests: npt.NDArray[np.uint64]) -> Rows:
    """Return the rows in visiting order."""
    if order is None:
        return np.arange(len(digests), dtype=np.int64)
    ranks = np.asarray(order)
    if ranks.shape != (len(digests),):
        raise ValueError(f"{ranks.size} ranks for {len(digests)} rows: give one rank per row")
    if ranks.dtype.kind == "f" and np.isnan(ranks).any():
        raise ValueError("a rank is not a number: give every row a rank")
    return np.lexsort((digests[:, 1], digests[:, 0], ranks)).astype(np.int64)


def exact(digests: npt.NDArray[np.uint64], visits: Rows) -> tuple[Rows, Rows]:
    """Return each row's place among the distinct contents, and the row that stands for each.

    The contents are in visiting order, each stood for by its first visited row.
    """
    visited = digests[visits]
    by = np.lexsort((visited[:, 1], visited[:, 0]))
    ranked = visited[by]
    new = np.ones(len(by), np.bool_)
    new[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    # lexsort is stable, so the first of each run is the one visited first.
    first = by[new]
    leading = np.sort(first)
    place = np.searchsorted(leading, first)
    standing = np.empty(len(by), np.int64)
    standing[visits[by]] = place[np.cumsum(new) - 1]
    return standing, visits[leading]


def _near(
    unique: Rows, scans: Sequence[Scan], settings: NearSettings, shingles_of: ShinglesOf
) -> Survival:
    """Return what becomes of the distinct contents, numbered in visiting order."""

    def keys_of(band: int) -> npt.NDArray[np.uint64]:
        parts = [band_keys(scan.signatures, band, settings.rows) for scan in scans]
        return np.concatenate([np.zeros(0, np.uint64), *parts])[unique]

    pairs = collect(keys_of, settings.bands, len(unique), settings.max_bucket)
    wanted = np.zeros(len(unique), np.bool_)
    wanted[pairs.ravel()] = True
    asked = np.flatnonzero(wanted)
    sets = shingles_of(unique[asked]) if len(asked) else join([])
    if len(sets) != len(asked):
        raise ValueError(f"{len(asked)} shingle sets were asked for and {len(sets)} came")
    close, similarity = verify(sets, (np.cumsum(wanted) - 1)[pairs], settings.threshold)
    return survive(asked[close], similarity, np.arange(len(unique)))


def _kept_shingles(scans: Sequence[Scan]) -> ShinglesOf:
    """Return a source of shingle sets that reads them from the scans."""

    def take(rows: Rows) -> Shingles:
        bounds = np.cumsum([0, *map(len, scans)])
        owner = np.searchsorted(bounds, rows, side="right") - 1
        by_owner = np.argsort(owner, kind="stable")
        parts = [
            _sets(scan).take(rows[owner == shard] - bounds[shard])
            for shard, scan in enumerate(scans)
        ]
        back = np.empty_like(by_owner)
        back[by_owner] = np.arange(len(rows))
        return join(parts).take(back)

    return take


def _sets(scan: Scan) -> Shingles:
    if scan.shingles is None:
        raise ValueError(
            "a scan keeps no shingle sets: set keep_shingles when scanning, or give shingles_of"
        )
    return scan.shingles


def kinds(survivor: Rows, digests: npt.NDArray[np.uint64]) -> npt.NDArray[np.int8]:
    """Return KEPT, EXACT or NEAR for each row."""
    same = (digests == digests[survivor]).all(axis=1)
    kinds = np.where(same, EXACT, NEAR).astype(np.int8)
    kinds[survivor == np.arange(len(survivor))] = KEPT
    return kinds
