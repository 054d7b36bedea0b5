"""Drop the rows that a later version of the same record replaces; each names its successor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from burnish.core.artifact import Shard
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Store
from burnish.core.rows import dropped_rows, kept_rows
from burnish.core.shards import ShardResult
from burnish.methods.sources.latest import Keys, superseded

SUPERSEDED = "superseded"
Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Replaced:
    """Rows of one result, by their position in it, that the rows of these ids replace."""

    store: Store
    result: ShardResult
    version: int
    by: Mapping[int, str]

    @property
    def recipe(self) -> str:
        """What names the result of dropping them."""
        return fingerprint("replaced", self.version, self.result.digests(), list(self.by.items()))


def replacements(store: Store, read: Sequence[ShardResult], version: int) -> list[Replaced]:
    """For each result, which of its rows go; in memory are 24 bytes for each row of the source."""
    old, by = superseded(Keys.joined([_keys(store, result) for result in read]))
    starts = np.cumsum([0, *(sum(s.rows for s in r.shards) for r in read)])
    names = _names(store, read, starts, by)
    jobs: list[Replaced] = []
    for place, result in enumerate(read):
        low, high = np.searchsorted(old, starts[place : place + 2])
        pairs = zip((old[low:high] - starts[place]).tolist(), by[low:high].tolist(), strict=True)
        jobs.append(Replaced(store, result, version, {at: names[to] for at, to in pairs}))
    return jobs


def _keys(store: Store, result: ShardResult) -> Keys:
    if "keys" not in result.sidecars:
        return Keys.joined([])
    table = store.get_table(result.sidecars["keys"])
    return Keys(*(table.column(name).to_numpy() for name in ("high", "low", "created")))


def _names(
    store: Store, read: Sequence[ShardResult], starts: Positions, wanted: Positions
) -> dict[int, str]:
    """The ids of the rows at these positions; one table of keys in memory at a time."""
    found: dict[int, str] = {}
    positions = np.unique(wanted)
    for place, result in enumerate(read):
        low, high = np.searchsorted(positions, starts[place : place + 2])
        if low < high:
            ids = store.get_table(result.sidecars["keys"]).column("id")
            here = positions[low:high]
            told = ids.take(pa.array(here - starts[place])).to_pylist()
            found.update(zip(here.tolist(), told, strict=True))
    return found


def drop_replaced(job: Replaced) -> ShardResult:
    """The result with these rows dropped, each naming the row that replaces it; on a worker."""
    if not job.by:
        return job.result
    if remembered := job.store.recall(job.recipe):
        result = ShardResult.from_bytes(remembered)
        if all(map(job.store.has, result.digests())):
            return result
    kept: list[Shard] = []
    dropped = list(job.result.dropped)
    start = 0
    for shard in job.result.shards:
        here = {i - start: job.by[i] for i in range(start, start + shard.rows) if i in job.by}
        start += shard.rows
        parts = _parted(job.store, shard, here)
        kept += parts[0]
        dropped += parts[1]
    reasons = {**job.result.reasons, SUPERSEDED: len(job.by)}
    result = replace(job.result, shards=tuple(kept), dropped=tuple(dropped), reasons=reasons)
    job.store.remember(job.recipe, result.to_bytes())
    return result


def _parted(
    store: Store, shard: Shard, replaced: Mapping[int, str]
) -> tuple[list[Shard], list[Shard]]:
    if not replaced:
        return [shard], []
    table = store.get_table(shard.digest)
    told = {at: (SUPERSEDED, f"replaced by row {name}") for at, name in replaced.items()}
    tables = (kept_rows(table, told), dropped_rows(table, told))
    kept, gone = ([Shard(store.put_table(t), t.num_rows)] if t.num_rows else [] for t in tables)
    return kept, gone
