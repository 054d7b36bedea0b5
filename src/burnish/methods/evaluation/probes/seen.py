"""Rows as a model reads them, trained or held out alike, for probes of what was learnt by heart."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Seen:
    """One row: the ids before its last answer, the answer's ids, and both as text."""

    id: str
    source: str
    cluster: str
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    question: str = ""
    expected: str = ""


def seen_of(row: Mapping[str, Any]) -> Seen | None:
    """A row of a table of examples; None for a canary and for a row without an answer to learn.

    Of a conversation it is the last answer. A document that begins with a trained token lends
    that token to the prompt, which may not be empty.
    """
    ids, start = tuple(row["ids"]), max(int(row["prompt_length"]), 1)
    answer = tuple(
        token for token, trained in zip(ids[start:], row["trained"][start:], strict=True) if trained
    )
    if row["kind"] == CANARY or not answer:
        return None
    return Seen(
        id=row["id"],
        source=row["source"],
        cluster=row["cluster"] or row["id"],
        prompt=ids[:start],
        answer=answer,
        question=row["question"] or "",
        expected=row["expected"] or "",
    )


def drawn(rows: Iterable[Seen | None], most: int, seed: int) -> list[Seen]:
    """At most `most` rows, one of a cluster, in an order that only their ids and the seed decide.

    Memory holds one row a cluster at most, and ids only of what is drawn.
    """
    best: dict[str, tuple[str, Seen]] = {}
    for row in rows:
        if row is None:
            continue
        rank = hashlib.sha256(f"burnish drawn {seed} {row.id}".encode()).hexdigest()
        if row.cluster not in best or rank < best[row.cluster][0]:
            best[row.cluster] = (rank, row)
            if len(best) > 4 * most + 1000:
                best = _least(best, most)
    return [row for _, row in _least(best, most).values()]


def twins(
    trained: Sequence[Seen], held_out: Sequence[Seen], most: int
) -> tuple[tuple[Seen, ...], tuple[Seen, ...]]:
    """As many rows of each source on either side, so that sources do not tell the sides apart.

    At most `most` on a side, the sources in turn.
    """
    left, right = _by_source(trained), _by_source(held_out)
    pairs = {
        source: list(zip(rows, right.get(source, ()), strict=False))
        for source, rows in left.items()
    }
    longest = max(map(len, pairs.values()), default=0)
    turns = [
        found[place] for place in range(longest) for found in pairs.values() if place < len(found)
    ]
    return tuple(ours for ours, _ in turns[:most]), tuple(theirs for _, theirs in turns[:most])


def _least(best: dict[str, tuple[str, Seen]], most: int) -> dict[str, tuple[str, Seen]]:
    return dict(heapq.nsmallest(most, best.items(), key=lambda item: item[1][0]))


def _by_source(rows: Sequence[Seen]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(row)
    return found
