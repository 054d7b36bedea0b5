"""The examples of a training, read from the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from burnish.core.artifact import Manifest
from burnish.core.ports import Store
from burnish.intake.privacy_budget import units_of
from burnish.methods.mixing.weigh import numbers
from burnish.methods.training.examples import Example, TrainData

if TYPE_CHECKING:
    import pyarrow as pa

    from burnish.methods.training.objective_settings import EwcSettings
    from burnish.plan import TrainPrivacy

CANARY, COPY = "canary", "#"
SEED = 31
"""Draws the general rows of a penalty on forgetting."""


def train_data(
    store: Store,
    manifest: Manifest,
    privacy: TrainPrivacy | None,
    ewc: EwcSettings | None = None,
) -> TrainData:
    """Training and validation part of a mixed corpus; the test part is not read.

    `ewc` draws its general rows from the training part.
    """
    facts: Mapping[str, Any] = manifest.facts["examples"]
    stop = int(facts["stop_ids"][0])
    return TrainData(
        train=list(_examples(_tables(store, manifest, "train"), privacy)),
        validation=list(_examples(_tables(store, manifest, "validation"), None)),
        stop_id=stop,
        pad_id=stop,
        general=[] if ewc is None else _general(_tables(store, manifest, "train"), ewc),
    )


def _general(tables: Iterator[pa.Table], ewc: EwcSettings) -> list[Example]:
    """The rows of `ewc.sources` with the lowest numbers, each once; of a pair the better."""
    found: dict[str, Example] = {}
    for table in tables:
        kinds = table.column("kind").to_pylist() if "kind" in table.column_names else []
        sources = table.column("source").to_pylist() if ewc.sources else [""] * table.num_rows
        rows = zip(_examples(iter([table]), None), sources, strict=True)
        for number, (example, source) in enumerate(rows):
            if source in ewc.sources and not (kinds and kinds[number] == CANARY):
                found.setdefault(example.key.split(COPY)[0], replace(example, rejected=None))
    keys = sorted(found)
    drawn = numbers(keys, SEED)
    chosen = sorted(range(len(keys)), key=lambda place: (drawn[place], keys[place]))
    return [found[keys[place]] for place in chosen[: ewc.rows]]


def _tables(store: Store, manifest: Manifest, part: str) -> Iterator[pa.Table]:
    for shard in manifest.shards:
        if shard.part == part:
            yield store.get_table(shard.digest)


def _examples(tables: Iterator[pa.Table], privacy: TrainPrivacy | None) -> Iterator[Example]:
    for table in tables:
        columns = [table.column(name).to_pylist() for name in ("id", "ids", "trained", "open_end")]
        hard = [0.0] * table.num_rows
        if "difficulty" in table.column_names:
            hard = table.column("difficulty").to_pylist()
        units = [""] * table.num_rows
        if privacy is not None:
            units = units_of(table, privacy.unit)
        told = zip(*columns, hard, units, _pairs(table), strict=True)
        for key, ids, trained, open_end, at, unit, worse in told:
            marks = np.array(trained, np.bool_)
            other = None if worse is None else _rejected(key, *worse)
            yield Example(key, np.array(ids, np.int32), marks, bool(open_end), at, unit, other)


def _pairs(table: pa.Table) -> list[tuple[list[int], list[bool]] | None]:
    """The rejected half of each row; None where it has none."""
    if "rejected_ids" not in table.column_names:
        return [None] * table.num_rows
    halves = (table.column(name).to_pylist() for name in ("rejected_ids", "rejected_trained"))
    return [None if ids is None else (ids, marks) for ids, marks in zip(*halves, strict=True)]


def _rejected(key: str, ids: list[int], marks: list[bool]) -> Example:
    return Example(key, np.array(ids, np.int32), np.array(marks, np.bool_))
