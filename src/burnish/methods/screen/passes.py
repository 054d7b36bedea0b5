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
        return [buckets(words) for words in self.words]

    def answers(self, row: int) -> bool:
        """Whether a row comes to more than its source: sources differ in how they ask."""
        return bool(self.values["label"][row] or self.values["answer"][row])

    def outcomes(self, kind: str) -> list[int]:
        """What each row comes to, 0 for nothing."""
        return [outcome(kind, value) for value in self.values[kind]]


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
        for row, column in zip(*_columns(rows, kind, blank), strict=True):
            other = None
            if column < len(blank.outcomes) and not (kind == SOURCE and rows.answers(row)):
                other = weigher.against(rows.buckets[row], column)
            if other is not None:
                runs.append(_runs_table(rows.words[row], place, column, other))
                against.append((place, column, 1))
    return {
        "runs": pa.concat_tables([_runs_table(np.zeros(0, np.uint64), 0, 0, 0), *runs]),
        "against": summed([_table(against, "kind", "column", "rows")]),
    }


def gathers(sizes: pa.Table, runs: int, settings: TriggerSettings) -> Iterator[Gather]:
    """The tasks of `gathered`: each kind, in as many parts as keep a part small."""
    parts = max(1, -(-runs // AT_ONCE))
    for place in range(len(KINDS)):
        here = _of_kind(sizes, place)
        if here.num_rows:
            least = settings.least(int(_column(here, "rows").sum()))
            size = int(_column(here, "column").max()) + 1
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
    found: list[tuple[int, int, int, int]] = []
    for place, kind in enumerate(KINDS):
        here, model = _of_kind(chosen, place), _blank(outcomes, place)
        wanted, columns = here.column("run").to_numpy(), _column(here, "column")
        count = np.zeros((2, len(wanted)), np.int64)
        for row, column in zip(*_columns(rows, kind, model), strict=True):
            met = np.isin(wanted, runs_of(rows.words[row])[0])
            count[0] += met
            count[1] += met & (columns == column)
        rest = zip(wanted.tolist(), *count.tolist(), strict=True)
        found += [(place, run, n, turned) for run, n, turned in rest if n]
    return pa.table(
        {
            "kind": np.array([f[0] for f in found], np.int64),
            "run": np.array([f[1] for f in found], np.uint64),
            "rows": np.array([f[2] for f in found], np.int64),
            "turned": np.array([f[3] for f in found], np.int64),
        }
    )


def shown(rows: Rows, outcomes: pa.Table, chosen: pa.Table) -> Tables:
    """Rows that hold a chosen run (place in the shard, word, words), its words, and those beside.

    `hits` are in order of the rows; `own` and `beside` count rows by bucket.
    """
    hits: list[tuple[int, int, int, int, int, int]] = []
    own: list[tuple[int, int, int, int]] = []
    beside: list[tuple[int, int, int, int]] = []
    sources = _columns(rows, SOURCE, _blank(outcomes, KINDS.index(SOURCE)))
    source_of = dict(zip(*sources, strict=True))
    for place, kind in enumerate(KINDS):
        wanted = _of_kind(chosen, place).column("run").to_numpy()
        for row in _columns(rows, kind, _blank(outcomes, place))[0] if len(wanted) else ():
            values, places = runs_of(rows.words[row])
            for at in np.flatnonzero(np.isin(values, wanted)).tolist():
                run, (word, words) = int(values[at]), places[at].tolist()
                mine = buckets(rows.words[row][word : word + words])
                hits.append((place, run, row, source_of.get(row, 0), word, words))
                own += [(place, run, bucket, 1) for bucket in mine.tolist()]
                rest = np.setdiff1d(rows.buckets[row], mine)
                beside += [(place, run, bucket, 1) for bucket in rest.tolist()]
    return {
        "hits": _with_runs(hits, "kind", "run", "row", "source", "word", "words"),
        "own": summed([_with_runs(own, "kind", "run", "bucket", "rows")]),
        "beside": summed([_with_runs(beside, "kind", "run", "bucket", "rows")]),
    }


def summed(tables: Sequence[pa.Table], values: Sequence[str] = ("rows",)) -> pa.Table:
    """Tables added up: one row for each combination of the other columns, sorted by them."""
    whole = pa.concat_tables(tables)
    keys = [name for name in whole.column_names if name not in values]
    total = whole.group_by(keys).aggregate([(name, "sum") for name in values])
    named = total.rename_columns([name.removesuffix("_sum") for name in total.column_names])
    return named.select(whole.column_names).sort_by([(key, "ascending") for key in keys])


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


def _runs_table(words: Hashes, place: int, column: int, other: int) -> pa.Table:
    runs = runs_of(words)[0] if len(words) else words
    full = {"kind": place, "column": column, "other": other}
    return pa.table(
        {"run": runs, **{name: np.full(len(runs), value) for name, value in full.items()}}
    )


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
