"""The examples of a training, read from the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from burnish.core.artifact import Manifest
from burnish.core.ports import Store
from burnish.intake.privacy_budget import units_of
from burnish.methods.training.examples import Example, TrainData

if TYPE_CHECKING:
    import pyarrow as pa

    from burnish.plan import TrainPrivacy


def train_data(store: Store, manifest: Manifest, privacy: TrainPrivacy | None) -> TrainData:
    """Training and validation part of a mixed corpus; the test part is not read."""
    facts: Mapping[str, Any] = manifest.facts["examples"]
    stop = int(facts["stop_ids"][0])
    return TrainData(
        train=list(_examples(_tables(store, manifest, "train"), privacy)),
        validation=list(_examples(_tables(store, manifest, "validation"), None)),
        stop_id=stop,
        pad_id=stop,
    )


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
        for key, ids, trained, open_end, at, unit in zip(*columns, hard, units, strict=True):
            marks = np.array(trained, np.bool_)
            yield Example(key, np.array(ids, np.int32), marks, bool(open_end), at, unit)
