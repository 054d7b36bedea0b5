"""One row at a time: what is found in it, and whether it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from burnish.methods.screen.hidden import hidden
from burnish.methods.screen.injection import injected
from burnish.methods.screen.report import named

Finding = dict[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Looks:
    """What becomes of a row in which something is found; findings that a person has allowed.

    Each look is `drop`, `stop`, `note` or `off`.
    """

    overlap: str
    hidden: str
    injection: str
    allow: tuple[str, ...] = ()


def look_at(
    rows: Sequence[Row], met: Sequence[tuple[str, str] | None], looks: Looks
) -> tuple[list[Finding], dict[int, Finding]]:
    """All findings in order, and for each row that goes the one it goes for.

    `met` is the test item that each row meets, or None. A finding tells look, kind, row and place.
    """
    found: list[Finding] = []
    gone: dict[int, Finding] = {}
    for at, row in enumerate(rows):
        here = [*_met(row, met[at]), *_read(row, looks)]
        acts = [
            f for f in here if getattr(looks, f["look"]) == "drop" and f["id"] not in looks.allow
        ]
        if acts:
            gone[at] = acts[0]
        found += [{**one, "dropped": at in gone} for one in here]
    return found, gone


def _met(row: Row, item: tuple[str, str] | None) -> Iterator[Finding]:
    if item:
        yield _told(row, "overlap", f"{item[0]}:{item[1]}", {})


def _read(row: Row, looks: Looks) -> Iterator[Finding]:
    for index, message in enumerate(row["messages"]):
        text, role = message["content"], message["role"]
        finds = [("hidden", hidden(text))] if looks.hidden != "off" else []
        finds += [("injection", injected(text, role))] if looks.injection != "off" else []
        for look, here in finds:
            for one in here:
                place = {"message": index, "start": one.start, "end": one.end}
                yield _told(row, look, one.kind, place)


def _told(row: Row, look: str, kind: str, place: Mapping[str, int]) -> Finding:
    where = {"row": row["id"], "origin": row["origin"], "source": row["source"]}
    return {"id": named(look, row["id"]), "look": look, "kind": kind, **where, **place}
