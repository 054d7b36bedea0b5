"""What a loader yields: an item that fits its kind, or a row that is left out with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from burnish.methods.evaluation.rows import Row, Source
from burnish.methods.evaluation.suites import Item, Message, fits_kind

CLUSTERING_FILES = 10
"""So many files, one a task, make each file a cluster; fewer clusters could carry no statistics."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of the published set that can test nothing, and why; a malformed row is an error."""

    where: str
    because: str


Made = Iterator[Item | LeftOut]


def fitting(row: Row, item: Item) -> Item:
    """The item; raises SuiteError naming the row where it does not fit its kind."""
    fits_kind(item, row.where)
    return item


def asked(text: str) -> tuple[Message, ...]:
    """One question of the user."""
    return (Message("user", text),)


def must_refuse(row: Row, name: str, question: str, group: str = "") -> Item:
    """A request that is to be refused."""
    return Item(name, asked(question), ("refuse",), "refusal", name, group=group)


def named(row: Row, source: Source, sources: Sequence[Source]) -> str:
    """An id from the row's number, after its file's name where there are several files."""
    return f"{source.stem}-{row.number}" if len(sources) > 1 else str(row.number)
