"""Let no row stand twice: exact copies by content hash, near ones by verified Jaccard."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa

from burnish.core.artifact import Collected, Shard, Unique
from burnish.core.rows import dropped_rows, kept_rows, texts_of
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.methods.dedup.find import KINDS, Duplicates, find_duplicates
from burnish.methods.dedup.minhash import Scan, scan
from burnish.methods.dedup.normalise import PART
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.shingles import Shingles
from burnish.methods.quality.language import identify
from burnish.methods.quality.measure import measure_all
from burnish.plan import DedupPlan

KEPT, SCAN, JUDGED = "kept", "scan", "judged"
WEIGHED = ("user", "document")
"""A good answer must not hide a junk question; a short answer is no fault."""
COMPARED = ("user", "assistant", "document")
"""A system prompt is the same in many rows and would make them look alike."""


@stage(version=2)
def dedup(work: Work, corpus: Collected, plan: DedupPlan) -> Unique:
    """Keep the first row of each cluster; every removed row names the row that stands for it."""
    shards = work.manifest(corpus).shards
    scanned = work.map_shards(scan_shard, shards, plan)
    found = find_duplicates([_scan(work, result) for result in scanned], settings=_settings(plan))
    names = [str(n) for t in work.read(corpus) for n in t.column("id").to_pylist()]
    fates = [
        [work.store.put_table(table), result.sidecars[JUDGED]]
        for table, result in zip(_fates(found, names, shards), scanned, strict=True)
    ]
    sifted = work.map_shards(drop_duplicates, shards, plan, fates)
    return work.save(Unique, sifted, facts={"duplicates": found.counts()})


def scan_shard(table: pa.Table, plan: DedupPlan) -> Sifted:
    """Content hashes, MinHash signatures and shingle sets of a shard, beside it."""
    made = scan(texts_of(table, COMPARED, PART), _settings(plan))
    sets = made.shingles
    assert sets is not None
    pieces = np.split(sets.values, sets.offsets[1:-1])
    sidecar = pa.table(
        {
            "digest": pa.array([row.tobytes() for row in made.digests], pa.binary()),
            "signature": pa.array([row.tobytes() for row in made.signatures], pa.binary()),
            "shingles": pa.array([piece.tobytes() for piece in pieces], pa.binary()),
        }
    )
    return Sifted(kept=None, sidecars={SCAN: sidecar, JUDGED: judged(texts_of(table, WEIGHED))})


def judged(texts: Sequence[str]) -> pa.Table:
    """Measures of quality and the language of each text, as columns of a row."""
    columns = measure_all(texts)
    fields = [pa.field(name, pa.float32()) for name in columns]
    values = [pa.array(column.astype(np.float32)) for column in columns.values()]
    languages = identify(texts)
    return pa.table(
        {
            "measures": pa.StructArray.from_arrays(values, fields=fields),
            "language": pa.array([code for code, _ in languages], pa.string()),
            "language_confidence": pa.array([sure for _, sure in languages], pa.float32()),
        }
    )


def drop_duplicates(table: pa.Table, plan: DedupPlan, fates: pa.Table, judged: pa.Table) -> Sifted:
    """Sift a shard by the fates found over the whole corpus."""
    gone: dict[int, tuple[str, str]] = {}
    for position, fate in enumerate(fates.to_pylist()):
        if fate["kind"] != KEPT:
            detail = f"{fate['survivor']} {fate['similarity']:.3f}"
            gone[position] = (f"{fate['kind']}_duplicate", detail)
    marked = table.append_column("cluster", fates.column("cluster"))
    for name in judged.column_names:
        marked = marked.append_column(name, judged.column(name))
    return Sifted(kept_rows(marked, gone), dropped_rows(marked, gone))


def _settings(plan: DedupPlan) -> NearSettings:
    return NearSettings(
        words=plan.shingle,
        threshold=plan.threshold,
        permutations=plan.permutations,
        bands=plan.bands,
        rows=plan.rows,
        seed=plan.seed,
    )


def _scan(work: Work, result: ShardResult) -> Scan:
    table = work.store.get_table(result.sidecars[SCAN])
    lengths = [len(piece) // 8 for piece in _bytes(table, "shingles")]
    values = np.frombuffer(b"".join(_bytes(table, "shingles")), np.uint64)
    signatures = np.frombuffer(b"".join(_bytes(table, "signature")), np.uint32)
    digests = np.frombuffer(b"".join(_bytes(table, "digest")), np.uint8)
    rows = table.num_rows
    return Scan(
        digests.reshape(rows, -1),
        signatures.reshape(rows, -1),
        Shingles(np.array([0, *accumulate(lengths)], np.int64), values),
    )


def _bytes(table: pa.Table, column: str) -> list[bytes]:
    found: list[bytes] = table.column(column).to_pylist()
    return found


def _fates(found: Duplicates, names: Sequence[str], shards: Sequence[Shard]) -> list[pa.Table]:
    """One table per shard: the kind, the survivor's and the cluster's row ids, the similarity."""
    tables, start = [], 0
    for shard in shards:
        here = slice(start, start + shard.rows)
        columns: dict[str, Any] = {
            "kind": [KINDS[k] for k in found.kind[here]],
            "survivor": [names[i] for i in found.survivor[here]],
            "similarity": found.similarity[here],
            "cluster": [names[i] for i in found.cluster[here]],
        }
        tables.append(pa.table(columns))
        start += shard.rows
    return tables
