"""Divide the examples into train, validation and a sealed test part that nothing leaks into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from burnish.core.artifact import Examples, Parts, Shard
from burnish.core.errors import IntegrityBroken
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.methods.dedup.keys import no_keys
from burnish.methods.dedup.normalise import PART
from burnish.methods.dedup.prefix import COUNTS, PrefixTask, count_shingles, prefix_keys
from burnish.methods.dedup.rank import UNKNOWN
from burnish.methods.dedup.reach import Lossless, Reach, Scanned, Search
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.sharded import describe, find_sharded
from burnish.methods.dedup.texts import Normals, joined
from burnish.methods.dedup.verify_sets import make_sets
from burnish.methods.split.assign import PARTS, SplitInput, assign
from burnish.methods.split.assign import describe as describe_split
from burnish.methods.split.crossings import (
    Crossings,
    PartShard,
    find_crossings,
    second_scan,
    second_settings,
)
from burnish.methods.split.leaks import crossing
from burnish.plan import SplitPlan

CANARY = "canary"
KEYS = "keys"
NAMES = ("kind", "digest", "cluster", "subject", "label")


@stage(version=2)
def split(work: Work, examples: Examples, plan: SplitPlan) -> Parts:
    """Assign whole groups by content hash; canaries belong to the training part.

    Rows go together that were near duplicates before masking, belong to one data subject, or
    are near duplicates of each other as they are trained on: masking can make rows alike.
    """
    shards = work.manifest(examples).shards
    scanned = work.map_shards(scan_examples, shards, "")
    keys = _keys(work, scanned)
    keys["near"] = _near(work, shards, scanned, plan)
    rows = _input(keys, plan)
    natural = iter(assign(rows, (plan.train, plan.validation, plan.test), seed=plan.seed))
    parts = ["train" if kind == CANARY else next(natural) for kind in keys["kind"]]
    chosen = [p for p, kind in zip(parts, keys["kind"], strict=True) if kind != CANARY]
    _refuse_leaks(crossing(rows.groups, chosen))
    told = describe_split(rows, chosen)
    divided, start = [], 0
    for shard in shards:
        here = pa.table({"part": parts[start : start + shard.rows]})
        divided.append([work.store.put_table(here)])
        start += shard.rows
    written = work.map_shards(divide, shards, plan, divided)
    crossings = look_again(work, written, plan)
    facts = {
        "rows": dict(zip(PARTS, told.rows, strict=True)),
        "groups": told.groups,
        "largest_group": told.largest_group,
        "labels": len(told.balance.counts),
        "largest_label_deviation": round(told.balance.largest_deviation, 6),
        "canaries": Counter(keys["kind"])[CANARY],
        "groups_across_parts": 0,
        "near": {
            "threshold": plan.near,
            "pairs_checked_across_parts": crossings.pairs,
            "largest_similarity_across_parts": round(crossings.largest, 6),
        },
        "examples": work.manifest(examples).facts,
    }
    files = work.manifest(examples).files
    return work.save(Parts, written, files=files, facts=facts)


def scan_examples(table: pa.Table, settings: str) -> Sifted:
    """What the assignment and the search for near rows need of a shard, beside it."""
    normals = trained_on(table)
    blank = {
        "score": pa.array(np.zeros(table.num_rows)),
        "instant": pa.array(np.full(table.num_rows, UNKNOWN)),
    }
    tables = describe(table.column("id"), normals.digests(), no_keys(normals), blank)
    return Sifted(None, sidecars={**tables, KEYS: table.select(list(NAMES))})


def trained_on(table: pa.Table) -> Normals:
    """What rows are compared by: the question, and the trained tokens of each answer as words.

    So nothing that all rows share (system prompt, template) makes them alike, each turn of a
    conversation counts, and a window of a long document is what it was cut to.
    """
    return joined([pc.fill_null(table.column("question"), ""), trained_words(table)])


def trained_words(table: pa.Table) -> pa.Array:
    """The trained token ids of each row as a text of numbers, a part for each answer."""
    ids, trained = table.column("ids").combine_chunks(), table.column("trained").combine_chunks()
    ends = np.concatenate([[0], np.cumsum(pc.list_value_length(ids).to_numpy())]).astype(np.int64)
    flags = trained.flatten().to_numpy(zero_copy_only=False)
    starts = flags & ~np.concatenate([[False], flags[:-1]])[: len(flags)]
    chosen = np.flatnonzero(flags)
    words = ids.flatten().take(pa.array(chosen)).cast(pa.string())
    parts = pa.array(np.where(starts[chosen], PART, ""), pa.string())
    offsets = pa.array(np.searchsorted(chosen, ends), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pc.binary_join_element_wise(parts, words, ""))
    return pc.binary_join(lists, " ")


def sets_of_examples(tables: Sequence[pa.Table], words: int) -> Mapping[str, pa.Table]:
    """The shingle sets of the rows of a shard that are to be compared."""
    return make_sets(tables, trained_on, words)


def counts_of_examples(tables: Sequence[pa.Table], words: int) -> Mapping[str, pa.Table]:
    """How often the shingles of a shard occur."""
    return {COUNTS: count_shingles(trained_on(tables[0]), words)}


def rarest_of_examples(tables: Sequence[pa.Table], task: PrefixTask) -> Mapping[str, pa.Table]:
    """The rarest shingles of each row of a shard."""
    return prefix_keys(trained_on(tables[0]), tables[1], task)


def scan_again(tables: Sequence[pa.Table], settings: NearSettings) -> Mapping[str, pa.Table]:
    """The keys of a written shard for the second look; canaries are trained on by intent."""
    table = tables[0]
    aside = pc.equal(table.column("kind"), CANARY).combine_chunks()
    return second_scan(trained_on(table), aside, settings)


def look_again(work: Work, written: Sequence[ShardResult], plan: SplitPlan) -> Crossings:
    """Search the written parts for near rows on different sides; raises `IntegrityBroken`."""
    shards = [
        PartShard(shard.digest, shard.rows, PARTS.index(shard.part))
        for result in written
        for shard in result.shards
    ]
    how = second_settings(NearSettings(threshold=plan.near))
    found = find_crossings(_reach(work), shards, scan_again, sets_of_examples, how)
    if found.near:
        raise IntegrityBroken(
            f"{found.near} pairs of near rows (similarity {plan.near} and more, the largest "
            f"{found.largest:.3f}) lie in different parts",
            remedy="this is a defect of the split; report it with the plan",
        )
    return found


def divide(table: pa.Table, plan: SplitPlan, parts: pa.Table) -> Sifted:
    """A shard's rows by part."""
    chosen = parts.column("part").to_pylist()
    return Sifted({part: _of(table, chosen, part) for part in PARTS})


def _of(table: pa.Table, chosen: list[str], part: str) -> pa.Table:
    here = [i for i, name in enumerate(chosen) if name == part]
    return table.take(pa.array(here, pa.int64()))


def _reach(work: Work) -> Reach:
    return Reach(work.store.put_table, work.store.get_table, work.map_tasks)


def _near(
    work: Work, shards: Sequence[Shard], scanned: Sequence[ShardResult], plan: SplitPlan
) -> list[str | None]:
    """The name of each row's family of near rows as trained on; None where it has none."""
    parts = [
        Scanned(shard.digest, shard.rows, result.sidecars)
        for shard, result in zip(shards, scanned, strict=True)
    ]
    lossless = Lossless(counts_of_examples, rarest_of_examples)
    search = Search(NearSettings(threshold=plan.near), sets_of_examples, lossless)
    cluster = find_sharded(_reach(work), parts, search).found.cluster
    several = np.bincount(cluster, minlength=len(cluster))[cluster] > 1
    return [str(c) if s else None for c, s in zip(cluster.tolist(), several.tolist(), strict=True)]


def _keys(work: Work, scanned: Sequence[ShardResult]) -> dict[str, list[Any]]:
    keys: dict[str, list[Any]] = {name: [] for name in NAMES}
    for result in scanned:
        table = work.store.get_table(result.sidecars[KEYS])
        for name in NAMES:
            keys[name] += table.column(name).to_pylist()
    return keys


def _input(keys: dict[str, list[Any]], plan: SplitPlan) -> SplitInput:
    here = [i for i, kind in enumerate(keys["kind"]) if kind != CANARY]
    names = (*plan.group_by, "near")
    groups = [tuple(f"{name}:{keys[name][i]}" for name in names if keys[name][i]) for i in here]
    labels = [keys["label"][i] if plan.stratify else None for i in here]
    return SplitInput([keys["digest"][i] for i in here], groups, labels)


def _refuse_leaks(leaks: int) -> None:
    if leaks:
        raise IntegrityBroken(
            f"{leaks} groups of rows would lie in more than one part",
            remedy="this is a defect of the split; report it with the plan",
        )
