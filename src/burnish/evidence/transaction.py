"""One snapshot or one write transaction of the ledger's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from burnish.core.errors import IntegrityBroken
from burnish.evidence import merkle
from burnish.evidence.canonical import canonical, sha256
from burnish.evidence.checkpoint import Entry, read_entry
from burnish.evidence.database import ENTRY, FACT, HEAD

Row: TypeAlias = "sa.Row[*tuple[Any, ...]]"

ROW = (ENTRY.c.seq, ENTRY.c.id, ENTRY.c.event, ENTRY.c.body)


class Reader:
    """One snapshot of the ledger's database."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, event: str, **facts: object) -> Entry | None:
        """As `SqlLedger.find`, within this snapshot or transaction."""
        return _find(self._connection, event, facts)

    def entries(self, event: str) -> Iterator[Entry]:
        """The entries of `event`, oldest first, within this snapshot or transaction."""
        query = sa.select(*ROW).where(ENTRY.c.event == event).order_by(ENTRY.c.seq)
        for row in self._connection.execute(query):
            yield entry_of(row)

    def execute(
        self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]] | None = None
    ) -> sa.Result[Any]:
        """Run an SQL statement; what a reader changes is not kept."""
        return self._connection.execute(statement, rows)


class Transaction(Reader):
    """Entries and state changes that become true together, or not at all."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        head = connection.execute(
            sa.select(HEAD.c.size, HEAD.c.frontier).where(HEAD.c.id == 1).with_for_update()
        ).one()
        self._size = int(head.size)
        self._frontier = frontier_of(head)

    def append(self, event: str, facts: Mapping[str, object]) -> Entry:
        """Add an entry; `facts` is JSON without NaN, else `InputError`."""
        body = canonical(
            {
                "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "before": merkle.root(self._frontier).hex(),
                "event": event,
                "facts": facts,
                "seq": self._size,
            }
        )
        entry, _ = read_entry(body)
        row = {"seq": entry.seq, "id": entry.id, "event": entry.event, "body": body}
        self._connection.execute(ENTRY.insert(), row)
        if index := index_of(entry):
            self._connection.execute(FACT.insert(), index)
        self._frontier = merkle.push(self._frontier, self._size, bytes.fromhex(entry.id))
        self._size += 1
        head = {"size": self._size, "frontier": b"".join(self._frontier)}
        self._connection.execute(HEAD.update().where(HEAD.c.id == 1).values(head))
        return entry


def _find(connection: sa.Connection, event: str, facts: Mapping[str, object]) -> Entry | None:
    query = sa.select(*ROW).where(ENTRY.c.event == event)
    for name, value in facts.items():
        fact = FACT.alias()
        same = sa.and_(fact.c.name == name, fact.c.value == sha256(canonical(value)))
        query = query.join(fact, sa.and_(fact.c.seq == ENTRY.c.seq, same))
    row = connection.execute(query.order_by(ENTRY.c.seq.desc()).limit(1)).first()
    if row is None:
        return None
    entry = entry_of(row)
    wanted = {"event": event, **{name: canonical(value) for name, value in facts.items()}}
    told = {name: canonical(entry.facts[name]) for name in facts if name in entry.facts}
    if {"event": entry.event, **told} != wanted:
        raise broken(entry.seq, "is indexed wrongly")
    return entry


def index_of(entry: Entry) -> list[dict[str, object]]:
    """What the search index holds on an entry: the digest of each fact's value."""
    return [
        {"name": name, "value": sha256(canonical(value)), "seq": entry.seq}
        for name, value in entry.facts.items()
    ]


def entry_of(row: Row) -> Entry:
    """A row as an entry, if its columns say what its body says."""
    body = bytes(row.body)
    if merkle.leaf(body).hex() != row.id:
        raise broken(int(row.seq), "was changed")
    entry, _ = read_entry(body)
    if (entry.seq, entry.event) != (row.seq, row.event):
        raise broken(int(row.seq), "was changed")
    return entry


def frontier_of(head: Row) -> merkle.Frontier:
    """The frontier in a head row; `IntegrityBroken` if it is not that of its size."""
    data = bytes(head.frontier)
    if len(data) != merkle.HASH_BYTES * int(head.size).bit_count():
        raise broken(max(int(head.size) - 1, 0), "does not fit the ledger's head")
    return merkle.split(data)


def broken(seq: int, how: str) -> IntegrityBroken:
    """The error for a ledger whose entry `seq` is the first that is wrong."""
    return IntegrityBroken(
        f"ledger entry {seq} {how}",
        remedy="stop using this ledger; restore a backup that fits a kept checkpoint",
    )
