"""Divide the examples into train, validation and a sealed test part that nothing leaks into."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from burnish.core.artifact import Examples, Parts
from burnish.core.errors import IntegrityBroken
from burnish.core.shards import Sifted
from burnish.core.stage import Work, stage
from burnish.methods.split.assign import PARTS, SplitInput, assign, describe
from burnish.methods.split.leaks import crossing
from burnish.plan import SplitPlan

CANARY = "canary"


@stage(version=1)
def split(work: Work, examples: Examples, plan: SplitPlan) -> Parts:
    """Assign whole groups by content hash; canaries belong to the training part."""
    shards = work.manifest(examples).shards
    keys = _keys(work, examples)
    rows = _input(keys, plan)
    natural = iter(assign(rows, (plan.train, plan.validation, plan.test), seed=plan.seed))
    parts = ["train" if kind == CANARY else next(natural) for kind in keys["kind"]]
    chosen = [p for p, kind in zip(parts, keys["kind"], strict=True) if kind != CANARY]
    _refuse_leaks(crossing(rows.groups, chosen))
    told = describe(rows, chosen)
    divided, start = [], 0
    for shard in shards:
        here = pa.table({"part": parts[start : start + shard.rows]})
        divided.append([work.store.put_table(here)])
        start += shard.rows
    facts = {
        "rows": dict(zip(PARTS, told.rows, strict=True)),
        "groups": told.groups,
        "largest_group": told.largest_group,
        "labels": len(told.balance.counts),
        "largest_label_deviation": round(told.balance.largest_deviation, 6),
        "canaries": Counter(keys["kind"])[CANARY],
        "groups_across_parts": 0,
        "examples": work.manifest(examples).facts,
    }
    files = work.manifest(examples).files
    return work.save(
        Parts, work.map_shards(divide, shards, plan, divided), files=files, facts=facts
    )


def divide(table: pa.Table, plan: SplitPlan, parts: pa.Table) -> Sifted:
    """A shard's rows by part."""
    chosen = parts.column("part").to_pylist()
    return Sifted({part: _of(table, chosen, part) for part in PARTS})


def _of(table: pa.Table, chosen: list[str], part: str) -> pa.Table:
    here = [i for i, name in enumerate(chosen) if name == part]
    return table.take(pa.array(here, pa.int64()))


def _keys(work: Work, examples: Examples) -> dict[str, list[Any]]:
    names = ("kind", "digest", "cluster", "subject", "label")
    keys: dict[str, list[Any]] = {name: [] for name in names}
    for table in work.read(examples):
        for name in names:
            keys[name] += table.column(name).to_pylist()
    return keys


def _input(keys: dict[str, list[Any]], plan: SplitPlan) -> SplitInput:
    here = [i for i, kind in enumerate(keys["kind"]) if kind != CANARY]
    groups = [
        tuple(f"{name}:{keys[name][i]}" for name in plan.group_by if keys[name][i]) for i in here
    ]
    labels = [keys["label"][i] if plan.stratify else None for i in here]
    return SplitInput([keys["digest"][i] for i in here], groups, labels)


def _refuse_leaks(leaks: int) -> None:
    if leaks:
        raise IntegrityBroken(
            f"{leaks} groups of rows would lie in more than one part",
            remedy="this is a defect of the split; report it with the plan",
        )
