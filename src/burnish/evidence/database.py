"""How the ledger's database is opened: SQLite by default, PostgreSQL for teams.

SQLite: write-ahead log, synchronous=FULL, writers begin IMMEDIATE so that no lock is ever
upgraded; readers never wait. PostgreSQL: READ COMMITTED, writers lock the head row first.
Triggers refuse to change the past. They stop accidents, not an administrator: what an
administrator does is found by an older checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from burnish.core.errors import Busy, InputError, IntegrityBroken

WAIT_SECONDS = 60
CREATION_LOCK = 0x6275726E  # any number all burnish processes agree on
WRITES = "burnish_writes"

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")

METADATA = sa.MetaData()
ENTRY = sa.Table(
    "ledger_entry",
    METADATA,
    sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("ledger_entry_event", "event", "seq"),
)
FACT = sa.Table(
    "ledger_fact",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.String(64), primary_key=True),
    sa.Column("seq", SEQ, sa.ForeignKey(ENTRY.c.seq), primary_key=True, autoincrement=False),
    sa.Index("ledger_fact_seq", "seq"),
    sqlite_with_rowid=False,
)
HEAD = sa.Table(
    "ledger_head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("size", SEQ, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("id = 1"),
)


def open_database(where: str | Path) -> sa.Engine:
    """An engine for a path (SQLite) or an SQLAlchemy URL; `sqlite://` is in memory."""
    text = str(where)
    url = sa.make_url(text if "://" in text else f"sqlite:///{text}")
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    options: dict[str, Any] = {"connect_args": {"timeout": WAIT_SECONDS}}
    if not url.database:
        options = {"connect_args": {"check_same_thread": False}, "poolclass": StaticPool}
    engine = sa.create_engine(url, **options)
    sa.event.listen(engine, "connect", _tune_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def snapshots(engine: sa.Engine) -> sa.Engine:
    """The engine for reading: every statement of one connection sees one moment."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def create_tables(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Create missing tables inside a write transaction, one process at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CREATION_LOCK)))
    metadata.create_all(connection)


@contextmanager
def plainly(engine: sa.Engine) -> Iterator[None]:
    """Turn what the database says about itself into burnish's errors, without its secrets."""
    try:
        yield
    except sa.exc.DatabaseError as problem:
        if type(problem) not in (sa.exc.DatabaseError, sa.exc.OperationalError):
            raise
        where = engine.url.database or engine.url.get_backend_name()
        raise _explain(where, str(problem.orig)) from None


def _explain(where: str, said: str) -> Exception:
    if "locked" in said or "busy" in said:
        return Busy(
            f"another process holds the ledger '{where}' for over {WAIT_SECONDS} s",
            remedy="wait until it has finished, then run again",
        )
    if "not a database" in said or "malformed" in said:
        return IntegrityBroken(
            f"'{where}' is no ledger any more: its file is damaged",
            remedy="restore it from a backup and check that against a kept checkpoint",
        )
    return InputError(
        f"cannot use the ledger '{where}': {said.splitlines()[0] if said else 'no reason given'}",
        remedy="check that the folder exists, is writable, and the server can be reached",
    )


def _tune_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def refuse_change(table: sa.Table, *, verbs: tuple[str, ...] = ("UPDATE", "DELETE")) -> None:
    """Have the database refuse `verbs` on `table`, from its creation on."""
    for verb in verbs:
        name = f"{table.name}_no_{verb.lower()}"
        _after_creation(
            table,
            "sqlite",
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END",
        )
        _after_creation(
            table,
            "postgresql",
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table.name} is append-only'; END $$; "
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        )


def _after_creation(table: sa.Table, dialect: str, statement: str) -> None:
    def create(_: sa.Table, connection: sa.Connection, **__: object) -> None:
        if connection.dialect.name == dialect:
            connection.exec_driver_sql(statement)

    sa.event.listen(table, "after_create", create)


refuse_change(ENTRY)
refuse_change(FACT)
refuse_change(HEAD, verbs=("DELETE",))
# A REPLACE deletes without firing delete triggers, so an entry may only go in at the end,
# and the head may only move forward.
_after_creation(
    HEAD,
    "sqlite",
    "CREATE TRIGGER ledger_entry_at_end BEFORE INSERT ON ledger_entry "
    "WHEN NEW.seq <> (SELECT size FROM ledger_head WHERE id = 1) "
    "BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END",
)
_after_creation(
    HEAD,
    "sqlite",
    "CREATE TRIGGER ledger_head_forward BEFORE UPDATE ON ledger_head "
    "WHEN NEW.size <= OLD.size OR NEW.origin <> OLD.origin "
    "BEGIN SELECT RAISE(ABORT, 'ledger_head only moves forward'); END",
)
