"""A database that can only be read: one SELECT in a transaction that may write nothing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.secrets import resolve

CONNECT_SECONDS = 30
_START = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(?:SELECT|WITH)\b", re.I | re.S)


def checked(query: str) -> str:
    """The query, when it is one statement that reads; raises `InputError`.

    Without a semicolon there is no second statement; that the one statement writes nothing is
    the database's own check, in a transaction that is read-only.
    """
    query = query.strip()
    query = query[:-1] if query.endswith(";") else query
    if ";" in query:
        raise InputError(
            "the query has a semicolon; only one SELECT is run",
            remedy="leave it out; in a text write it as chr(59) (char(59) in SQLite)",
        )
    if not _START.match(query):
        raise InputError(
            "the query does not begin with SELECT or WITH", remedy="write one SELECT as `query`"
        )
    return query


@dataclass(frozen=True, slots=True)
class Database:
    """Where a database is, by the reference to its URL; opened anew for each piece of work."""

    url: str
    root: Path
    timeout_seconds: float

    def identity(self) -> str:
        """Fingerprint of which database it is: the same with other credentials."""
        url = self._url()
        return fingerprint(url.get_backend_name(), url.host, url.port, url.database)[:16]

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection in a read-only transaction that sees one moment; raises `InputError`."""
        url = self._url()
        opened = _OPEN.get(url.get_backend_name())
        if opened is None:
            raise InputError(
                f"the URL behind {self.url} is of a kind of database burnish cannot open read-only",
                remedy=f"use one of {', '.join(sorted(_OPEN))}, or export the rows to files",
            )
        try:
            with opened(self, url) as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, sqlite3.Error) as wrong:
            if _abandoned(wrong):
                return
            problem = f"the database behind {self.url}: {_told(wrong)}"
        except ModuleNotFoundError as wrong:
            raise InputError(
                f"the driver for the database behind {self.url} is not installed: {wrong.name}",
                remedy="pip install 'burnish[postgresql]'",
            ) from None
        else:
            return
        # Raised out here, so that no statement with its values hangs on the error.
        raise InputError(problem, remedy="mend `query`, `key` or `since`, or what it says")

    def _url(self) -> sa.URL:
        try:
            url = sa.make_url(resolve(self.url, self.root))
        except (sa.exc.ArgumentError, ValueError):
            url = None
        if url is None:
            raise InputError(
                f"what is behind {self.url} is no SQLAlchemy URL",
                remedy="write it as postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:///PATH",
            )
        return url


@contextmanager
def _sqlite(database: Database, url: sa.URL) -> Iterator[sa.Connection]:
    if not url.database or url.database == ":memory:":
        raise InputError(
            f"the URL behind {database.url} names no file", remedy="write sqlite:///PATH"
        )
    path = (database.root / url.database).absolute()
    if not path.is_file():
        raise InputError(
            f"the SQLite file behind {database.url} is not there", remedy="mend the URL"
        )

    def connect() -> sqlite3.Connection:
        made = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=CONNECT_SECONDS
        )
        made.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        return made

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@contextmanager
def _postgresql(database: Database, url: sa.URL) -> Iterator[sa.Connection]:
    from burnish.connectors.postgresql import SESSION, tolerant

    url = url.set(drivername="postgresql+psycopg")
    known: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": "burnish"}
    # No prepared statements: a pooler between would not keep them.
    options = {**known, "prepare_threshold": None}
    options = {name: value for name, value in options.items() if name not in url.query}
    engine = sa.create_engine(url, poolclass=NullPool, connect_args=options, hide_parameters=True)
    sa.event.listen(engine, "connect", tolerant)
    with engine.connect() as plain:
        connection = plain.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        limit = f"{max(1, round(database.timeout_seconds * 1000))}"
        for name, value in {**SESSION, "statement_timeout": limit}.items():
            connection.scalar(sa.select(sa.func.set_config(name, value, True)))
        yield connection


_OPEN = {"sqlite": _sqlite, "postgresql": _postgresql}


def _abandoned(wrong: BaseException | None) -> bool:
    """Whether it came up while a reader was cleared away, for whom nobody waits any more."""
    while wrong is not None and not isinstance(wrong, GeneratorExit):
        wrong = wrong.__context__
    return wrong is not None


def _told(wrong: Exception) -> str:
    """What went wrong, in words that quote the query at most, never a value or an address."""
    cause: Any = getattr(wrong, "orig", None) or wrong
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    state = getattr(cause, "sqlstate", None)
    if state and state.startswith("42"):  # syntax error or access rule violation
        return str(cause.diag.message_primary)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(cause).__name__).lower()
    return f"{name} (SQLSTATE {state})" if state else f"{name}, no answer or no admission"
