"""The examples of a training, read from the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from burnish.core.artifact import Manifest
from burnish.core.ports import Store
from burnish.intake.privacy_budget import units_of
from burnish.methods.mixing.weigh import numbers
from burnish.methods.training.columns import Part, Rows, Tokens, write_rows
from burnish.methods.training.examples import Example, TrainData

if TYPE_CHECKING:
    import pyarrow as pa

    from burnish.methods.training.objective_settings import EwcSettings
    from burnish.plan import TrainPrivacy

TRAIN, VALIDATION = "train", "validation"
CANARY, COPY = "canary", "#"
LAYOUT = "columns 1"
"""Names what `write_parts` writes, for processes that share it."""
SEED = 31
"""Draws the general rows of a penalty on forgetting."""


def train_data(
    store: Store,
    manifest: Manifest,
    privacy: TrainPrivacy | None,
    ewc: EwcSettings | None = None,
    written: Path | None = None,
) -> TrainData:
    """Training and validation part of a mixed corpus; the test part is not read.

    `ewc` draws its general rows from the training part. With `written` both parts are mapped from
    the folder that `write_parts` filled.
    """
    facts: Mapping[str, Any] = manifest.facts["examples"]
    stop = int(facts["stop_ids"][0])
    train, validation = (
        Rows.of(_parts(_tables(store, manifest, part), hidden))
        if written is None
        else Rows.mapped(written / part)
        for part, hidden in ((TRAIN, privacy), (VALIDATION, None))
    )
    return TrainData(
        train=train,
        validation=validation,
        stop_id=stop,
        pad_id=stop,
        general=[] if ewc is None else _general(_tables(store, manifest, TRAIN), ewc),
    )


def write_parts(
    store: Store, manifest: Manifest, privacy: TrainPrivacy | None, folder: Path
) -> None:
    """Decrypt both parts into files of `folder`, a shard at a time."""
    for part, hidden in ((TRAIN, privacy), (VALIDATION, None)):
        (folder / part).mkdir()
        write_rows(_parts(_tables(store, manifest, part), hidden), folder / part)


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
    yield from Rows.of(_parts(tables, privacy))


def _parts(tables: Iterator[pa.Table], privacy: TrainPrivacy | None) -> Iterator[Part]:
    """Each table by columns; numbers are taken over as Arrow has them."""
    for table in tables:
        count = table.num_rows
        hard = np.zeros(count)
        if "difficulty" in table.column_names:
            hard = table.column("difficulty").to_numpy()
        yield Part(
            keys=table.column("id").to_pylist(),
            units=[""] * count if privacy is None else units_of(table, privacy.unit),
            tokens=_tokens(table, "ids", "trained"),
            rejected=_tokens(table, "rejected_ids", "rejected_trained"),
            open_end=table.column("open_end").to_numpy().astype(np.bool_),
            difficulty=hard,
        )


def _tokens(table: pa.Table, ids: str, trained: str) -> Tokens:
    """The lists of two columns end to end; a row that has none has length 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if ids not in table.column_names:
        none = np.zeros(0, np.int32)
        return Tokens(none, none.astype(np.bool_), np.zeros(table.num_rows, np.int32))
    lists = [table.column(name).combine_chunks() for name in (ids, trained)]
    lengths = pc.fill_null(pc.list_value_length(lists[0]), 0).cast(pa.int32())
    numbers = lists[0].flatten().cast(pa.int32()).to_numpy()
    marks = lists[1].flatten().to_numpy(zero_copy_only=False).astype(np.bool_)
    if len(marks) != len(numbers):
        raise ValueError(f"columns {ids} and {trained} are not of one length")
    return Tokens(numbers, marks, lengths.to_numpy())
