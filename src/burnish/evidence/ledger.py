"""The ledger: what happened, in order, in a table that nobody can change unnoticed.

Each entry's body names the root of the Merkle tree (RFC 6962) of all entries before it and
is itself the next leaf. Row and head are written in one transaction, together with the state
change the entry tells about, so a kill at any instant leaves both or neither.

`verify` finds what was changed without care. A history rewritten from some entry to the end,
or cut off, agrees with itself: only `verify_checkpoint` with a checkpoint kept elsewhere
finds that. Entries carry digests, ids and counts, never personal data: they cannot be erased.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa

from burnish.core.errors import BurnishError, InputError, IntegrityBroken
from burnish.evidence import merkle
from burnish.evidence.canonical import canonical, sha256
from burnish.evidence.checkpoint import (
    Checkpoint,
    Entry,
    Proof,
    open_checkpoint,
    read_entry,
    sign_checkpoint,
)
from burnish.evidence.database import (
    ENTRY,
    FACT,
    HEAD,
    METADATA,
    WRITES,
    create_tables,
    open_database,
    plainly,
)
from burnish.evidence.keys import Signer, Verifier

Row: TypeAlias = "sa.Row[*tuple[Any, ...]]"

PAGE = 500
_ROW = (ENTRY.c.seq, ENTRY.c.id, ENTRY.c.event, ENTRY.c.body)


class Transaction:
    """Entries and state changes that become true together, or not at all."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        head = connection.execute(
            sa.select(HEAD.c.size, HEAD.c.frontier).where(HEAD.c.id == 1).with_for_update()
        ).one()
        self._size = int(head.size)
        self._frontier = merkle.split(bytes(head.frontier))

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
        if index := _index(entry):
            self._connection.execute(FACT.insert(), index)
        self._frontier = merkle.push(self._frontier, self._size, bytes.fromhex(entry.id))
        self._size += 1
        head = {"size": self._size, "frontier": b"".join(self._frontier)}
        self._connection.execute(HEAD.update().where(HEAD.c.id == 1).values(head))
        return entry

    def find(self, event: str, **facts: object) -> Entry | None:
        """As `SqlLedger.find`, seeing what this transaction has done."""
        return _find(self._connection, event, facts)

    def execute(
        self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]] | None = None
    ) -> sa.Result[Any]:
        """Run an SQL statement inside the transaction."""
        return self._connection.execute(statement, rows)


class SqlLedger:
    """A ledger in SQLite (`where` is a path) or any database of an SQLAlchemy URL.

    The first opening creates the tables. Several processes may append at once.
    """

    def __init__(self, where: str | Path) -> None:
        self._thread = threading.local()
        self._engine = open_database(where)
        self._writer = self._engine.execution_options(**{WRITES: True})
        with plainly(self._engine):
            if not sa.inspect(self._engine).has_table(HEAD.name):
                self.provide(METADATA)
            self._origin = self._found()

    def append(self, event: str, facts: Mapping[str, object]) -> Entry:
        """Add one entry in a transaction of its own; durable when this returns."""
        with self.transaction() as transaction:
            return transaction.append(event, facts)

    def find(self, event: str, **facts: object) -> Entry | None:
        """The newest entry of `event` with these facts among its own, each equal as JSON."""
        with plainly(self._engine), self._turn(), self._engine.connect() as connection:
            return _find(connection, event, facts)

    def entries(self, event: str | None = None) -> Iterator[Entry]:
        """All entries, or those of `event`, oldest first; appending meanwhile is allowed."""
        query = sa.select(*_ROW).order_by(ENTRY.c.seq).limit(PAGE)
        if event is not None:
            query = query.where(ENTRY.c.event == event)
        return self._paged(query)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction: all of it is kept if the block ends well, none if it raises."""
        with plainly(self._engine), self._turn(), self._writer.begin() as connection:
            self._thread.writing = True
            try:
                yield Transaction(connection)
            finally:
                self._thread.writing = False

    @contextmanager
    def reading(self) -> Iterator[Callable[[sa.Executable], sa.Result[Any]]]:
        """Run SELECTs on one snapshot without waiting for writers."""
        with plainly(self._engine), self._turn(), self._engine.connect() as connection:
            yield connection.execute

    def provide(self, metadata: sa.MetaData) -> None:
        """Create the tables of `metadata` beside the ledger's, where they are missing."""
        with plainly(self._engine), self._turn(), self._writer.begin() as connection:
            create_tables(connection, metadata)
            if metadata is METADATA and connection.execute(sa.select(HEAD)).first() is None:
                origin = f"burnish/ledger/{uuid.uuid4()}"
                head = {"id": 1, "origin": origin, "size": 0, "frontier": b""}
                connection.execute(HEAD.insert(), head)

    def verify(self) -> None:
        """Read every entry and raise `IntegrityBroken` naming the first one that is wrong."""
        head = self._head()
        if head.rows != head.size:
            raise _broken(min(head.rows, head.size), "is missing, or the head is")
        frontier: merkle.Frontier = ()
        size = 0
        for row in self._rows(sa.select(*_ROW).order_by(ENTRY.c.seq).limit(PAGE)):
            if size == head.size:
                break  # appended since the head was read
            entry = _checked(row, size, merkle.root(frontier))
            frontier = merkle.push(frontier, size, bytes.fromhex(entry.id))
            size += 1
        if size != head.size:
            raise _broken(size, "is missing")
        if frontier != merkle.split(bytes(head.frontier)):
            raise _broken(max(size - 1, 0), "does not fit the ledger's head")
        self._verify_index(size)

    def checkpoint(self, signer: Signer) -> str:
        """A signed note of the ledger's head (C2SP tlog-checkpoint); keep it elsewhere."""
        head = self._head()
        root = merkle.root(merkle.split(bytes(head.frontier)))
        return sign_checkpoint(Checkpoint(self._origin, int(head.size), root), signer)

    def verify_checkpoint(self, text: str, verifier: Verifier) -> Checkpoint:
        """The checkpoint, if `verifier` signed it and this ledger still begins with it.

        Raises `IntegrityBroken` for a bad signature, another ledger, a history cut off
        before the checkpoint, or one rewritten.
        """
        then = open_checkpoint(text, verifier)
        if then.origin != self._origin:
            raise _differs(f"the checkpoint is of another ledger ({then.origin})")
        leaves = self._leaves(then.size)
        if len(leaves) < then.size:
            raise _differs(f"history was cut off: {len(leaves)} of {then.size} entries are left")
        if merkle.root_of(leaves) != then.root:
            raise _differs(f"history was rewritten within its first {then.size} entries")
        return then

    def prove(self, entry_id: str, *, size: int | None = None) -> Proof:
        """The inclusion proof of an entry in the first `size` entries (all, if not given)."""
        with self.reading() as read:
            row = read(sa.select(*_ROW).where(ENTRY.c.id == entry_id)).first()
        size = int(self._head().size) if size is None else size
        if row is None or not row.seq < size:
            raise InputError(
                f"no entry '{entry_id[:12]}' among the first {size} of the ledger",
                remedy="burnish show lists the entries",
            )
        leaves = self._leaves(size)
        steps = merkle.path(int(row.seq), leaves)
        return Proof(bytes(row.body).decode(), len(leaves), tuple(step.hex() for step in steps))

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One use of the database by this thread; a second inside a transaction is a defect.

        It would wait for itself, or read what was true before the transaction.
        """
        if getattr(self._thread, "writing", False):
            raise BurnishError(
                "the ledger was used inside one of its own transactions",
                remedy="use the methods of the transaction there",
            )
        with self._hold():
            yield

    def _hold(self) -> AbstractContextManager[object]:
        """What a use must hold; where each thread has its own connection, nothing."""
        return nullcontext()

    def _found(self) -> str:
        with self.reading() as read:
            return str(read(sa.select(HEAD.c.origin)).scalar_one())

    def _head(self) -> Row:
        with self.reading() as read:
            rows = sa.select(sa.func.count()).select_from(ENTRY).scalar_subquery()
            return read(sa.select(HEAD.c.size, HEAD.c.frontier, rows.label("rows"))).one()

    def _paged(self, query: sa.Select[Any]) -> Iterator[Entry]:
        for row in self._rows(query):
            yield _entry(row)

    def _rows(self, query: sa.Select[Any]) -> Iterator[Row]:
        """Rows page by page, so that no read transaction stays open between them."""
        after = -1
        while True:
            with self.reading() as read:
                page = read(query.where(ENTRY.c.seq > after)).all()
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].seq

    def _leaves(self, size: int) -> list[bytes]:
        """The leaf hashes of the first `size` bodies, hashed anew."""
        query = sa.select(*_ROW).where(ENTRY.c.seq < size).order_by(ENTRY.c.seq).limit(PAGE)
        return [merkle.leaf(bytes(row.body)) for row in self._rows(query)]

    def _verify_index(self, size: int) -> None:
        """The search index must say what the entries say, or `find` would miss some."""
        query = sa.select(*_ROW).where(ENTRY.c.seq < size).order_by(ENTRY.c.seq).limit(PAGE)
        page: list[Entry] = []
        for row in self._rows(query):
            page.append(_entry(row))
            if len(page) == PAGE or page[-1].seq == size - 1:
                self._verify_index_of(page)
                page = []

    def _verify_index_of(self, page: list[Entry]) -> None:
        span = FACT.c.seq.between(page[0].seq, page[-1].seq)
        with self.reading() as read:
            rows = read(sa.select(FACT.c.seq, FACT.c.name, FACT.c.value).where(span)).all()
        there = {(int(seq), name, value) for seq, name, value in rows}
        wanted = {(e.seq, row["name"], row["value"]) for e in page for row in _index(e)}
        if wrong := there ^ wanted:
            raise _broken(min(seq for seq, *_ in wrong), "is indexed wrongly")


class MemoryLedger(SqlLedger):
    """The same ledger in this process's memory, gone when it ends; for tests and trials."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        super().__init__("sqlite://")

    def _hold(self) -> AbstractContextManager[object]:
        return self._lock


def _find(connection: sa.Connection, event: str, facts: Mapping[str, object]) -> Entry | None:
    query = sa.select(*_ROW).where(ENTRY.c.event == event)
    for name, value in facts.items():
        fact = FACT.alias()
        same = sa.and_(fact.c.name == name, fact.c.value == sha256(canonical(value)))
        query = query.join(fact, sa.and_(fact.c.seq == ENTRY.c.seq, same))
    row = connection.execute(query.order_by(ENTRY.c.seq.desc()).limit(1)).first()
    if row is None:
        return None
    entry = _entry(row)
    wanted = {"event": event, **{name: canonical(value) for name, value in facts.items()}}
    told = {name: canonical(entry.facts[name]) for name in facts if name in entry.facts}
    if {"event": entry.event, **told} != wanted:
        raise _broken(entry.seq, "is indexed wrongly")
    return entry


def _index(entry: Entry) -> list[dict[str, object]]:
    return [
        {"name": name, "value": sha256(canonical(value)), "seq": entry.seq}
        for name, value in entry.facts.items()
    ]


def _entry(row: Row) -> Entry:
    """A row as an entry, if its columns say what its body says."""
    body = bytes(row.body)
    if merkle.leaf(body).hex() != row.id:
        raise _broken(int(row.seq), "was changed")
    entry, _ = read_entry(body)
    if (entry.seq, entry.event) != (row.seq, row.event):
        raise _broken(int(row.seq), "was changed")
    return entry


def _checked(row: Row, seq: int, before: bytes) -> Entry:
    """The entry of a row that must be number `seq` and continue the tree of root `before`."""
    if row.seq != seq:
        raise _broken(seq, "is missing")
    entry = _entry(row)
    if read_entry(bytes(row.body))[1] != before:
        raise _broken(max(seq - 1, 0), "was changed")
    return entry


def _broken(seq: int, how: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"ledger entry {seq} {how}",
        remedy="stop using this ledger; restore a backup that fits a kept checkpoint",
    )


def _differs(how: str) -> IntegrityBroken:
    return IntegrityBroken(
        how, remedy="restore the ledger from a backup that fits the checkpoint, and find out who"
    )
