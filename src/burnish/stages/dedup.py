"""Let no row stand twice: exact copies by content hash, near ones by verified Jaccard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from burnish.core.artifact import Collected, Shard, Unique
from burnish.core.rows import dropped_rows, texts_of
from burnish.core.shards import Sifted
from burnish.core.stage import Work, stage
from burnish.methods.dedup.find import KEPT, KINDS
from burnish.methods.dedup.keys import keys_of
from burnish.methods.dedup.rank import instants
from burnish.methods.dedup.reach import Reach, Scanned, Search
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.sharded import Verdicts, describe, find_sharded
from burnish.methods.dedup.texts import Normals, of_messages
from burnish.methods.dedup.verify_sets import make_sets
from burnish.methods.quality.judge import scores, single
from burnish.methods.quality.language import identify
from burnish.methods.quality.measure import measure_all
from burnish.plan import DedupPlan

JUDGED = "judged"
WEIGHED = ("user", "document")
"""A good answer must not hide a junk question; a short answer is no fault."""
COMPARED = ("user", "assistant", "document", "rejected")
"""A system prompt is the same in many rows and would make them look alike."""


@stage(version=3)
def dedup(work: Work, corpus: Collected, plan: DedupPlan) -> Unique:
    """Keep the best row of each cluster; every removed row names the row that stands for it.

    The best has the highest quality score; among equals the oldest, then content and id decide,
    so that the outcome does not depend on how rows lie in files or shards.
    """
    shards = work.manifest(corpus).shards
    settings = near_settings(plan)
    scanned = work.map_shards(scan_shard, shards, what_scans(settings))
    reach = Reach(work.store.put_table, work.store.get_table, work.map_tasks)
    parts = [
        Scanned(shard.digest, shard.rows, result.sidecars)
        for shard, result in zip(shards, scanned, strict=True)
    ]
    verdicts = find_sharded(reach, parts, Search(settings, sets_of_shard))
    beside = [
        (work.store.put_table(fates), result.sidecars[JUDGED])
        for fates, result in zip(fates_of(verdicts, shards), scanned, strict=True)
    ]
    sifted = work.map_shards(drop_duplicates, shards, "", beside)
    return work.save(Unique, sifted, facts={"duplicates": verdicts.found.counts()})


def near_settings(plan: DedupPlan) -> NearSettings:
    """The plan's numbers as the method takes them."""
    stated = plan.model_dump()
    return NearSettings(words=stated.pop("shingle"), **stated)


def what_scans(settings: NearSettings) -> NearSettings:
    """The settings without those that a scan does not depend on."""
    blank = NearSettings()
    return replace(settings, threshold=blank.threshold, max_bucket=blank.max_bucket, distance=0)


def scan_shard(table: pa.Table, settings: NearSettings) -> Sifted:
    """Content hashes, keys, rank, measures and language of a shard, beside it."""
    texts = texts_of(table, WEIGHED)
    measured = measure_all(texts)
    normals = compared(table)
    created = instants(table.column("created").to_pylist())
    rank = {"score": pa.array(scores(single(measured))), "instant": pa.array(created)}
    tables = describe(table.column("id"), normals.digests(), keys_of(normals, settings), rank)
    return Sifted(kept=None, sidecars={**tables, JUDGED: judged(measured, identify(texts))})


def compared(table: pa.Table) -> Normals:
    """What is compared of each row: its messages but for the system's, each a part."""
    return of_messages(table.column("messages"), COMPARED)


def sets_of_shard(tables: Sequence[pa.Table], words: int) -> Mapping[str, pa.Table]:
    """The shingle sets of the rows of a shard that are to be verified."""
    return make_sets(tables, compared, words)


def judged(measured: Mapping[str, np.ndarray], languages: Sequence[tuple[str, float]]) -> pa.Table:
    """Measures of quality and the language of each text, as columns of a row."""
    fields = [pa.field(name, pa.float32()) for name in measured]
    values = [pa.array(column.astype(np.float32)) for column in measured.values()]
    return pa.table(
        {
            "measures": pa.StructArray.from_arrays(values, fields=fields),
            "language": pa.array([code for code, _ in languages], pa.string()),
            "language_confidence": pa.array([sure for _, sure in languages], pa.float32()),
        }
    )


def fates_of(verdicts: Verdicts, shards: Sequence[Shard]) -> Iterator[pa.Table]:
    """One table per shard, of the rows that go or belong to another row's cluster."""
    found, start = verdicts.found, 0
    own = np.arange(len(found.kind))
    told = np.flatnonzero((found.kind != KEPT) | (found.cluster != own))
    fates = pa.table(
        {
            "kind": pa.array(np.array(KINDS)[found.kind[told]], pa.string()),
            "survivor": verdicts.ids.take(pa.array(found.survivor[told])),
            "similarity": found.similarity[told],
            "cluster": verdicts.ids.take(pa.array(found.cluster[told])),
        }
    ).combine_chunks()
    for shard in shards:
        first, last = np.searchsorted(told, [start, start + shard.rows]).tolist()
        here = fates.slice(first, last - first)
        yield here.append_column("position", pa.array(told[first:last] - start, pa.uint32()))
        start += shard.rows


def drop_duplicates(table: pa.Table, settings: str, fates: pa.Table, judged: pa.Table) -> Sifted:
    """Sift a shard by the fates found over the whole corpus."""
    gone = {
        fate["position"]: (
            f"{fate['kind']}_duplicate",
            f"{fate['survivor']} {fate['similarity']:.3f}",
        )
        for fate in fates.to_pylist()
        if fate["kind"] != KINDS[KEPT]
    }
    marked = table.append_column("cluster", _clusters(table, fates))
    for name in judged.column_names:
        marked = marked.append_column(name, judged.column(name))
    stays = np.ones(table.num_rows, np.bool_)
    stays[list(gone)] = False
    return Sifted(marked.filter(pa.array(stays)), dropped_rows(marked, gone))


def _clusters(table: pa.Table, fates: pa.Table) -> pa.ChunkedArray:
    """The cluster of each row: the row itself, unless its fate says another."""
    which = np.arange(table.num_rows)
    which[fates.column("position").to_numpy()] = table.num_rows + np.arange(fates.num_rows)
    names = [*table.column("id").chunks, *fates.column("cluster").chunks]
    return pa.chunked_array(names, pa.string()).take(pa.array(which))
