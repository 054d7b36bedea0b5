"""The passes over shards that find triggers: tables in, tables out, sums in between.

1. `outcomes`: how many rows come to each label, answer and source.
2. `cells`: in how many rows of each outcome a word stands.
3. `turned`: the runs of words of rows that are against their text.
4. `gathered`: runs that enough such rows share; a part of all runs at a time.
5. `totals`: in how many rows at all these stand.
6. `shown`: rows, places and neighbours of the few that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.screen.reading import KINDS, SOURCE, Hashes, outcome, runs_of, words_of
from burnish.methods.screen.triggers import (
    BUCKETS,
    Longs,
    Model,
    TriggerSettings,
    Weigher,
    buckets,
    candidates,
    common,
    model_of,
    tally,
    varied,
)

Tables = Mapping[str, pa.Table]
_NONE = pa.nulls(0, pa.int64())
AT_ONCE = 4_000_000
"""Runs of words that are gathered at a time."""


@dataclass(frozen=True)
class Rows:
    """What the passes read of a shard: what is asked, and the label, answer and source."""

    texts: Sequence[str]
    values: Mapping[str, Sequence[str | None]]

    @cached_property
    def words(self) -> list[Hashes]:
        """The word hashes of each text."""
        return words_of(self.texts)

    @cached_property
    def buckets(self) -> list[Longs]:
        """The buckets of each text's words."""
        return buckets(self.words)

    def answers(self, row: int) -> bool:
        """Whether a row comes to more than its source: sources differ in how they ask."""
        return bool(self.values["label"][row] or self.values["answer"][row])

    def outcomes(self, kind: str) -> list[int]:
        """What each row comes to, 0 for nothing."""
        values = self.values[kind]
        known = {value: outcome(kind, value) for value in dict.fromkeys(values)}
        return [known[value] for value in values]


def outcomes(rows: Rows) -> pa.Table:
    """Rows by kind and outcome."""
    found: list[tuple[int, int, int]] = []
    for place, kind in enumerate(KINDS):
        values, counts = np.unique(rows.outcomes(kind), return_counts=True)
        pairs = zip(values.tolist(), counts.tolist(), strict=True)
        found += [(place, value, count) for value, count in pairs if value]
    return _table(found, "kind", "outcome", "rows")


def known(table: pa.Table, settings: TriggerSettings) -> pa.Table:
    """The outcomes that enough rows share, from the sums of `outcomes`."""
    found: list[tuple[int, int]] = []
    for place in range(len(KINDS)):
        here = _of_kind(table, place)
        values, counts = _column(here, "outcome"), _column(here, "rows")
        found += [(place, value) for value in common(values, counts, settings.min_rows).tolist()]
    return _table(found, "kind", "outcome")


def cells(rows: Rows, outcomes: pa.Table) -> dict[str, pa.Table]:
    """In how many rows each word stands by outcome, and how many rows each outcome has."""
    met: list[pa.Table] = []
    sizes: list[tuple[int, int, int]] = []
    for place, kind in enumerate(KINDS):
        model = _blank(outcomes, place)
        have, columns = _columns(rows, kind, model)
        cell, count = tally([rows.buckets[i] for i in have], columns, model.size)
        met.append(pa.table({"kind": np.full(len(cell), place), "cell": cell, "rows": count}))
        values, counts = np.unique(columns, return_counts=True)
        pairs = zip(values.tolist(), counts.tolist(), strict=True)
        sizes += [(place, int(column), int(count)) for column, count in pairs]
    return {"cells": pa.concat_tables(met), "sizes": _table(sizes, "kind", "column", "rows")}


def turned(rows: Rows, outcomes: pa.Table, model: Tables, settings: TriggerSettings) -> Tables:
    """The runs of rows that are against their text, and how many such rows there are."""
    runs: list[pa.Table] = []
    against: list[tuple[int, int, int]] = []
    for place, kind in enumerate(KINDS):
        blank = _blank(outcomes, place)
        if not len(blank.outcomes) or (kind == SOURCE and len(blank.outcomes) < 2):
            continue
        weigher = _weigher(outcomes, model, place, settings)
        turning: dict[int, tuple[int, int]] = {}
        for row, column in zip(*_columns(rows, kind, blank), strict=True):
            other = None
            if column < len(blank.outcomes) and not (kind == SOURCE and rows.answers(row)):
                other = weigher.against(rows.buckets[row], column)
            if other is not None:
                turning[row] = (column, other)
                against.append((place, column, 1))
        runs += _turning(rows, place, turning)
    return {
        "runs": pa.concat_tables([_NO_RUNS, *runs]),
        "against": summed([_table(against, "kind", "column", "rows")]),
    }


def gathers(sizes: pa.Table, runs: int, settings: TriggerSettings) -> Iterator[Gather]:
    """The tasks of `gathered`: each kind, in as many parts as keep a part small."""
    parts = max(1, -(-runs // AT_ONCE))
    for place in range(len(KINDS)):
        here = _of_kind(sizes, place)
        if here.num_rows:
            least = settings.least(int(_column(here, "rows").sum()))
            # Rows that were moved to another source may all come from one.
            size = 0 if KINDS[place] == SOURCE else int(_column(here, "column").max()) + 1
            yield from (Gather(place, size, least, part, parts) for part in range(parts))


def gathered(tables: Iterable[pa.Table], task: Gather) -> Tables:
    """The runs of one kind and part that enough rows share; and how many runs there were."""
    pieces = [_part(table, task) for table in tables]
    whole = pa.concat_tables(pieces)
    run = whole.column("run").to_numpy()
    columns = (_column(whole, "column"), _column(whole, "other"))
    found, looked = candidates(run, *columns, task.least) if len(run) else ([], 0)
    kept = [c for c in found if varied(c, task.size)]
    table = pa.table(
        {
            "kind": np.full(len(kept), task.kind, np.int64),
            "run": np.array([c.run for c in kept], np.uint64),
            "column": np.array([c.outcome for c in kept], np.int64),
            "against": np.array([c.rows for c in kept], np.int64),
        }
    )
    return {"candidates": table, "looked": _table([(task.kind, looked)], "kind", "rows")}


@dataclass(frozen=True, slots=True)
class Gather:
    """Which part of the runs of a kind: `part` of `parts` by hash; with enough rows."""

    kind: int
    size: int
    least: int
    part: int = 0
    parts: int = 1


def totals(rows: Rows, outcomes: pa.Table, chosen: pa.Table) -> pa.Table:
    """In how many rows each chosen run stands, and in how many with its outcome."""
    met = _met(rows, chosen.column("run").to_numpy())
    _, once = np.unique(np.stack([met["run"], met["row"].astype(np.uint64)]), True, axis=1)
    run, row = met["run"][once], met["row"][once]
    found: list[tuple[int, int, int, int]] = []
    for place, kind in enumerate(KINDS):
        column_of = np.full(len(rows.texts), -1, np.int64)
        have, columns = _columns(rows, kind, _blank(outcomes, place))
        column_of[have] = columns
        for one in _of_kind(chosen, place).to_pylist():
            first, last = np.searchsorted(run, np.array([one["run"], one["run"] + 1], np.uint64))
            here = column_of[row[first:last]]
            turned = int((here == one["column"]).sum())
            found.append((place, one["run"], int((here >= 0).sum()), turned))
    return _with_runs([f for f in found if f[2]], "kind", "run", "rows", "turned")


def shown(rows: Rows, outcomes: pa.Table, chosen: pa.Table) -> Tables:
    """Rows that hold a chosen run (place in the shard, word, words), its words, and those beside.

    `hits` are in order of kind and row, one for each row; `own` and `beside` count rows by bucket.
    """
    hits: list[tuple[int, int, int, int, int, int]] = []
    own: list[tuple[int, int, int, int]] = []
    beside: list[tuple[int, int, int, int]] = []
    source_of = dict(
        zip(*_columns(rows, SOURCE, _blank(outcomes, KINDS.index(SOURCE))), strict=True)
    )
    met = _met(rows, chosen.column("run").to_numpy())
    told = list(zip(*(met[n].tolist() for n in ("row", "run", "word", "words")), strict=True))
    for place, kind in enumerate(KINDS):
        wanted = set(_of_kind(chosen, place).column("run").to_pylist())
        have = set(_columns(rows, kind, _blank(outcomes, place))[0])
        firsts = {(hit[0], hit[1]): hit for hit in sorted(told, reverse=True)}
        for row, run, word, words in sorted(firsts.values()):
            if run in wanted and row in have:
                (mine,) = buckets([rows.words[row][word : word + words]])
                hits.append((place, run, row, source_of.get(row, 0), word, words))
                own += [(place, run, bucket, 1) for bucket in mine.tolist()]
                rest = np.setdiff1d(rows.buckets[row], mine)
                beside += [(place, run, bucket, 1) for bucket in rest.tolist()]
    return {
        "hits": _with_runs(hits, "kind", "run", "row", "source", "word", "words"),
        "own": summed([_with_runs(own, "kind", "run", "bucket", "rows")]),
        "beside": summed([_with_runs(beside, "kind", "run", "bucket", "rows")]),
    }


def _met(rows: Rows, wanted: Hashes) -> dict[str, npt.NDArray[Any]]:
    """Where the wanted runs stand: run, row, word and words, parallel."""
    known = np.unique(wanted)
    found: list[tuple[Hashes, Longs, Longs, Longs]] = []
    for runs in runs_of(rows.words, range(len(rows.texts))) if len(known) else ():
        at = np.minimum(np.searchsorted(known, runs.run), len(known) - 1)
        here = known[at] == runs.run
        size = np.full(int(here.sum()), runs.words, np.int64)
        found.append((runs.run[here], runs.row[here], runs.word[here], size))
    names = ("run", "row", "word", "words")
    blank = (np.zeros(0, np.uint64), *(np.zeros(0, np.int64) for _ in names[1:]))
    return {
        name: np.concatenate([blank[place], *(one[place] for one in found)])
        for place, name in enumerate(names)
    }


def summed(tables: Sequence[pa.Table], values: Sequence[str] = ("rows",)) -> pa.Table:
    """Tables added up: one row for each combination of the other columns, sorted by them."""
    whole = pa.concat_tables(tables)
    keys = [name for name in whole.column_names if name not in values]
    total = whole.group_by(keys).aggregate([(name, "sum") for name in values])
    named = total.rename_columns([name.removesuffix("_sum") for name in total.column_names])
    return named.select(whole.column_names).sort_by([(key, "ascending") for key in keys])


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one after the other."""
    return pa.concat_tables(tables)


def chosen_table(runs: Sequence[tuple[int, int]]) -> pa.Table:
    """Chosen runs, each a place of a kind and a hash, as `shown` takes them."""
    return _with_runs(runs, "kind", "run")


def told(counts: Tables) -> dict[str, int]:
    """How many runs of words were looked at, by what they may turn."""
    return {KINDS[row["kind"]]: row["rows"] for row in counts["looked"].to_pylist()}


def shares(
    outcomes: pa.Table, model: Tables, weights: Mapping[int, float]
) -> npt.NDArray[np.float64]:
    """How often rows hold each word, the rows taken from the sources with these weights."""
    place = KINDS.index(SOURCE)
    made = _model(outcomes, model, place).counts.astype(np.float64)
    sizes = np.maximum(_sizes(model, place, made.shape[1]), 1)
    found = np.zeros(BUCKETS)
    for column, weight in sorted(weights.items()):
        found += weight * made[:, column] / sizes[column]
    return found


def _columns(rows: Rows, kind: str, model: Model) -> tuple[list[int], list[int]]:
    """The rows that come to something, and its column in the model."""
    values = rows.outcomes(kind)
    have = [i for i, value in enumerate(values) if value]
    return have, [model.place(values[i]) for i in have]


def _blank(outcomes: pa.Table, place: int) -> Model:
    return Model(_column(_of_kind(outcomes, place), "outcome"), np.zeros((1, 1), np.float32))


def _model(outcomes: pa.Table, model: Tables, place: int) -> Model:
    here = _of_kind(model["cells"], place)
    blank = _blank(outcomes, place)
    return model_of(blank.outcomes, _column(here, "cell"), _column(here, "rows"))


def _sizes(model: Tables, place: int, size: int) -> Longs:
    here = _of_kind(model["sizes"], place)
    sizes = np.zeros(size, np.int64)
    sizes[_column(here, "column")] = _column(here, "rows")
    return sizes


def _weigher(outcomes: pa.Table, model: Tables, place: int, settings: TriggerSettings) -> Weigher:
    made = _model(outcomes, model, place)
    return Weigher(made, _sizes(model, place, made.size), settings)


_NO_RUNS = pa.table(
    {"run": pa.nulls(0, pa.uint64())} | dict.fromkeys(("kind", "column", "other"), _NONE)
)


def _turning(rows: Rows, place: int, turning: Mapping[int, tuple[int, int]]) -> list[pa.Table]:
    """The runs of rows against their text, each once in a row."""
    made = []
    columns = np.zeros((2, len(rows.texts)), np.int64)
    for row, pair in turning.items():
        columns[:, row] = pair
    for runs in runs_of(rows.words, list(turning)):
        _, first = np.unique(np.stack([runs.row.astype(np.uint64), runs.run]), True, axis=1)
        turned_to, spoken_for = columns[:, runs.row[first]]
        kind = np.full(len(first), place, np.int64)
        told = {"run": runs.run[first], "kind": kind, "column": turned_to, "other": spoken_for}
        made.append(pa.table(told))
    return made


def _part(table: pa.Table, task: Gather) -> pa.Table:
    here = _column(table, "kind") == task.kind
    chosen = table.column("run").to_numpy() % np.uint64(task.parts) == task.part
    return table.filter(pa.array(here & chosen))


def _of_kind(table: pa.Table, place: int) -> pa.Table:
    return table.filter(pa.array(_column(table, "kind") == place))


def _column(table: pa.Table, name: str) -> Longs:
    found: Longs = table.column(name).to_numpy().astype(np.int64)
    return found


def _table(rows: Sequence[Sequence[int]], *names: str) -> pa.Table:
    columns = np.array(rows, np.int64).reshape(-1, len(names))
    return pa.table({name: columns[:, place] for place, name in enumerate(names)})


def _with_runs(rows: Sequence[Sequence[int]], *names: str) -> pa.Table:
    """As `_table`, the column `run` unsigned."""
    columns = {
        name: pa.array([row[place] for row in rows], pa.uint64() if name == "run" else pa.int64())
        for place, name in enumerate(names)
    }
    return pa.table(columns)
