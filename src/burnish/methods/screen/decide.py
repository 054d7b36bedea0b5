"""From counted runs of words to triggers: one finding for each set of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from burnish.methods.screen.passes import shares
from burnish.methods.screen.reading import KINDS, SOURCE
from burnish.methods.screen.triggers import (
    Candidate,
    Trigger,
    TriggerSettings,
    coherence,
    is_drawn,
    is_pure,
    judge,
)

Tables = Mapping[str, pa.Table]
Key = tuple[int, int]
"""Kind and run."""


@dataclass(frozen=True, slots=True)
class Found:
    """A trigger: what it turns, the runs that make it up, and the rows that hold it.

    `hits` are dicts with `id`, `origin`, `word` (the place in the text, from 1) and `words`.
    """

    kind: str
    runs: tuple[int, ...]
    trigger: Trigger
    coherence: float
    hits: tuple[Mapping[str, Any], ...]


def judged(
    candidates: pa.Table, counts: Tables, settings: TriggerSettings
) -> list[tuple[int, Trigger]]:
    """The runs that turn rows by what was counted, with the place of their kind.

    `counts` are `totals` (of the candidates), `against` (rows against their text by kind and
    outcome), `rows` (rows by kind) and `looked` (runs by kind).
    """
    of_run = {(r["kind"], r["run"]): r for r in counts["totals"].to_pylist()}
    against = {(r["kind"], r["column"]): r["rows"] for r in counts["against"].to_pylist()}
    rows, looked = (
        {r["kind"]: r["rows"] for r in counts[name].to_pylist()} for name in ("rows", "looked")
    )
    found: list[tuple[int, Trigger]] = []
    for one in candidates.to_pylist():
        kind, total = one["kind"], of_run[one["kind"], one["run"]]
        rate = (against[kind, one["column"]] - one["against"] + 1) / (
            rows[kind] - total["rows"] + 1
        )
        candidate = Candidate(one["run"], one["column"], one["against"], 0, 0.0)
        made = judge(candidate, total["rows"], total["turned"], rate, looked[kind])
        if made and is_pure(made, settings, source=KINDS[kind] == SOURCE):
            found.append((kind, made))
    return found


def found_in(
    made: Sequence[tuple[int, Trigger]], shown: Tables, model: Tables, settings: TriggerSettings
) -> list[Found]:
    """The triggers among judged runs: runs of the same rows are one, and topics go.

    `shown` is `hits` (with `id` and `origin`), `own` and `beside` of all shards; `model` is
    `outcomes`, `cells` and `sizes`.
    """
    hits = _by_key(shown["hits"])
    groups: dict[tuple[int, tuple[str, ...]], list[Trigger]] = {}
    for kind, trigger in made:
        ids = tuple(sorted({hit["id"] for hit in hits.get((kind, trigger.run), ())}))
        groups.setdefault((kind, ids), []).append(trigger)
    own, beside = _by_key(shown["own"]), _by_key(shown["beside"])
    found = []
    for (kind, ids), group in sorted(groups.items()):
        runs = [trigger.run for trigger in group]
        words = {row["bucket"] for run in runs for row in own.get((kind, run), ())}
        best = max(group, key=lambda t: (hits[kind, t.run][0]["words"], -t.p, t.run))
        rest = [r for r in beside.get((kind, best.run), ()) if r["bucket"] not in words]
        here = hits[kind, best.run]
        p = _coherence(rest, here, len(ids), model, source=KINDS[kind] == SOURCE)
        if is_drawn(p, settings, source=KINDS[kind] == SOURCE):
            found.append(Found(KINDS[kind], tuple(sorted(runs)), best, p, tuple(here)))
    return _largest(found)


def _largest(found: Sequence[Found]) -> list[Found]:
    """Without those whose rows another of the kind holds: a trigger and the word after it."""
    rows = [(one.kind, frozenset(hit["id"] for hit in one.hits)) for one in found]
    return [
        one
        for one, (kind, here) in zip(found, rows, strict=True)
        if not any(kind == other and here < there for other, there in rows)
    ]


def _coherence(
    beside: Sequence[Mapping[str, int]],
    hits: Sequence[Mapping[str, Any]],
    rows: int,
    model: Tables,
    *,
    source: bool,
) -> float:
    if not beside:
        return 1.0
    places = np.array([row["bucket"] for row in beside])
    counts = np.array([row["rows"] for row in beside], np.int64)
    drawn_from = _each(model) if source else [_weights(hits)]
    usual = [shares(model["outcomes"], model, weights)[places] for weights in drawn_from]
    return max(coherence(counts, rows, one) for one in usual)


def _weights(hits: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """The sources of the rows, by their share."""
    sources = [hit["source"] for hit in hits]
    return {source: sources.count(source) / len(sources) for source in sorted(set(sources))}


def _each(model: Tables) -> list[dict[int, float]]:
    """Each source alone: rows that were moved to another source were drawn from one."""
    place = KINDS.index(SOURCE)
    return [{r["column"]: 1.0} for r in model["sizes"].to_pylist() if r["kind"] == place]


def _by_key(table: pa.Table) -> dict[Key, list[dict[str, Any]]]:
    found: dict[Key, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault((row["kind"], row["run"]), []).append(row)
    return found
