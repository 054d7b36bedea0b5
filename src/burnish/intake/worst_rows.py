"""The rows that a rehearsal trains on: the longest of the prepared ones, or invented ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from burnish.core.artifact import Manifest, Shard
from burnish.core.ports import Store
from burnish.intake.converting import EXAMPLES
from burnish.methods.mixing.weigh import numbers
from burnish.methods.training.settings import TrainSettings

STEPS = 3
"""Steps of a rehearsal: one before the checkpoint, two after it, the last of them warm."""
AGAIN = "#rehearsed-"
SEED = 20


def rehearsal_corpus(
    store: Store, tables: dict[str, pa.Table], facts: dict[str, Any]
) -> tuple[str, int]:
    """Put the tables into the throw-away store as a mixed corpus: its digest, and its rows."""
    shards = tuple(
        Shard(store.put_table(table), table.num_rows, part)
        for part, table in tables.items()
        if table.num_rows
    )
    rows = sum(shard.rows for shard in shards)
    return store.put_bytes(Manifest("Mixed", rows, shards, facts=facts).to_bytes()), rows


def longest_rows(
    store: Store, manifest: Manifest, part: str, settings: TrainSettings, steps: int
) -> pa.Table:
    """So many steps' worth of the longest rows of a part; a part with fewer gives them again."""
    _require_open(part)
    shards = [shard for shard in manifest.shards if shard.part == part]
    places = [
        (int(length), number, row)
        for number, shard in enumerate(shards)
        for row, length in enumerate(_lengths(store.get_table(shard.digest)))
    ]
    chosen = _enough(sorted(places, key=lambda at: (-at[0], at[1:])), settings, steps)
    found = list(_taken(store, shards, chosen))
    if not found:
        return EXAMPLES.empty_table()
    return _filled(pa.concat_tables(found, promote_options="default"), settings, steps)


def drawn_rows(store: Store, manifest: Manifest, part: str, most: int) -> pa.Table:
    """At most so many rows of a part, drawn by their names: the same ones every time."""
    _require_open(part)
    shards = [shard for shard in manifest.shards if shard.part == part]
    names = [
        (name, number, row)
        for number, shard in enumerate(shards)
        for row, name in enumerate(store.get_table(shard.digest).column("id").to_pylist())
    ]
    drawn = numbers([name for name, _, _ in names], SEED)
    order = sorted(range(len(names)), key=lambda at: (drawn[at], names[at]))[:most]
    found = list(_taken(store, shards, [(0, *names[at][1:]) for at in order]))
    return pa.concat_tables(found, promote_options="default") if found else EXAMPLES.empty_table()


def invented_rows(settings: TrainSettings, steps: int, vocabulary: int, stop: int) -> pa.Table:
    """Rows of `max_length` random tokens each, of which the second half is learnt."""
    count = steps * settings.rows_per_step
    rng = np.random.default_rng(SEED)
    half = settings.max_length // 2
    rows = []
    for number in range(count):
        ids = rng.integers(0, vocabulary, settings.max_length).tolist()
        ids = [token if token != stop else (token + 1) % vocabulary for token in ids]
        ids[-1] = stop
        trained = [False] * half + [True] * (settings.max_length - half)
        row: dict[str, Any] = dict.fromkeys(EXAMPLES.names, "")
        row |= {"id": f"invented-{number}", "digest": f"invented-{number}", "kind": "answer"}
        row |= {"ids": ids, "trained": trained, "prompt_length": half, "open_end": False}
        row |= {"subject": f"nobody-{number}"}
        pair = (ids, trained) if settings.objective.pairs else (None, None)
        row |= {"rejected_ids": pair[0], "rejected_trained": pair[1]}
        rows.append(row)
    return pa.Table.from_pylist(rows, EXAMPLES)


def prompts_of(table: pa.Table, most: int) -> tuple[tuple[int, ...], ...]:
    """The longest prompts of the table's rows; a whole row where its prompt is empty."""
    columns = (table.column(name).to_pylist() for name in ("ids", "prompt_length"))
    found = [tuple(ids[: length or len(ids)]) for ids, length in zip(*columns, strict=True)]
    chosen = sorted(found, key=len, reverse=True)[:most]
    return tuple((chosen * most)[:most])


def _require_open(part: str) -> None:
    if part not in ("train", "validation"):
        raise ValueError(f"the part '{part}' is sealed: no rehearsal opens it")


def _lengths(table: pa.Table) -> Sequence[int]:
    return [len(ids) for ids in table.column("ids").to_pylist()]


def _enough(
    places: Sequence[tuple[int, int, int]], settings: TrainSettings, steps: int
) -> list[tuple[int, int, int]]:
    """The first of the places that fill so many steps."""
    wanted, filled = _wanted(settings, steps), 0
    chosen = []
    for place in places:
        if filled >= wanted:
            break
        chosen.append(place)
        filled += place[0] if settings.packing else 1
    return chosen


def _wanted(settings: TrainSettings, steps: int) -> int:
    """Tokens of so many steps of packed rows, or rows of single examples."""
    rows = steps * settings.rows_per_step
    return rows * settings.max_length if settings.packing else rows


def _taken(
    store: Store, shards: Sequence[Shard], chosen: Sequence[tuple[int, int, int]]
) -> Iterator[pa.Table]:
    for number, shard in enumerate(shards):
        rows = sorted(row for _, at, row in chosen if at == number)
        if rows:
            yield store.get_table(shard.digest).take(pa.array(rows, pa.int64()))


def _filled(table: pa.Table, settings: TrainSettings, steps: int) -> pa.Table:
    """The table, as often as fills the steps; each copy under an id of its own."""
    size = sum(_lengths(table)) if settings.packing else table.num_rows
    times = max(1, -(-_wanted(settings, steps) // size))
    place = table.schema.get_field_index("id")
    ids = table.column("id").to_pylist()
    copies = [
        table.set_column(place, "id", pa.array([f"{name}{AGAIN}{copy}" for name in ids]))
        for copy in range(times)
    ]
    return pa.concat_tables(copies)
