"""Rows of a database, in ranges of a unique key.

One listing sees one moment of the database (PostgreSQL: REPEATABLE READ; SQLite: one statement), in
which every row of the query lies in exactly one range. With `since` the rows come with the listing,
so they are all of that moment; a refresh takes the rows beyond the highest `since` seen. Without
it, keys are listed and each range is fetched by a worker in a transaction of its own; that the
same keys are still in it is checked, and a difference is an error. Not guaranteed: that other
columns were not changed between listing and fetching; that a refresh sees a row which was
committed late, with a `since` below the highest one seen.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from burnish.connectors.database import Database, checked
from burnish.connectors.values import NotJson, Seal, line_of, pack, unpack
from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.sources import Piece

ROWS, KEYS = 100, 2_000
"""Whole rows, or places only, that the driver holds at once."""
PIECE_BYTES = 8_000_000
"""Rows that come with the listing are handed out in pieces of this size at the most."""
Place = list[list[object]]
"""Where a row stands in the order: its `since` (if any) and its key, packed."""


@dataclass
class SqlConnector:
    """A query of a database. Holds the rows of one piece, and not when it is pickled."""

    root: Path
    url: str
    query: str
    key: str
    since: str | None = None
    page: int = 5_000
    timeout_seconds: float = 600.0
    _held: tuple[str, bytes] = field(default=("", b""), init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        settings = (self.url, self.query, self.key, self.since, self.page, self.timeout_seconds)
        return (type(self), (self.root, *settings))

    @property
    def live(self) -> bool:
        """A database is listed once."""
        return False

    @property
    def grows(self) -> bool:
        """With `since` a refresh only adds; without it everything is read again."""
        return self.since is not None

    @property
    def at_once(self) -> bool:
        """With `since` the rows come with the listing; without it only their keys."""
        return self.grows

    @property
    def definition(self) -> str:
        """What is selected, and in which order."""
        return fingerprint("sql", self.url, self.query, self.key, self.since)

    @property
    def where(self) -> str:
        """The reference to the database; its address may be confidential."""
        return f"database {self.url}"

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """Ranges of rows after the known ones; raises `InputError`."""
        database = self._database()
        identity = database.identity()
        marks = [_Mark.read(piece) for piece in known]
        for mark in marks:
            self._refuse_another(mark, identity)
        after = marks[-1].to if marks else None
        before = sum(mark.rows for mark in marks)
        with (
            database.reading() as connection,
            closing(self._ranges(connection, after)) as ranges,
        ):
            for range_ in ranges:
                mark = _Mark(identity, after, range_.to, range_.seal.rows, range_.seal.digest())
                name = f"rows {before + 1}-{before + mark.rows}.jsonl"
                self._held = (name, b"".join(range_.lines))
                yield Piece(name, mark.seal if self.grows else "", range_.size, mark.write())
                after, before = mark.to, before + mark.rows

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """The range's rows as JSON lines; raises `InputError` if they are not those listed."""
        path = folder / "rows.jsonl"
        name, content = self._held
        if self.at_once and name == piece.name:
            path.write_bytes(content)
            return path
        database = self._database()
        mark = _Mark.read(piece)
        self._refuse_another(mark, database.identity())
        seal = Seal()
        with (
            database.reading() as connection,
            closing(self._rows(connection, self._range(mark))) as rows,
            path.open("wb") as file,
        ):
            for place, row in rows:
                seal.add(place)
                file.write(_line(row))
        if seal.digest() != mark.seal:
            raise self._changed(piece, mark, seal)
        return path

    def _changed(self, piece: Piece, mark: _Mark, seal: Seal) -> InputError:
        remedy = "list it anew: burnish run --refresh SOURCE"
        if self.grows:
            remedy = "what was read is not kept any more: give the source another name in the plan"
        return InputError(
            f"{piece.name}: {mark.rows} rows were listed, {seal.rows} are there, and not the same "
            "ones: rows were added, removed or changed since the listing",
            remedy=remedy,
        )

    def statement(self, piece: Piece) -> sa.Select[Any]:
        """What is asked of the database to fetch a piece; its values are bound, not written."""
        return self._range(_Mark.read(piece))

    def _range(self, mark: _Mark) -> sa.Select[Any]:
        view = self._view()
        columns = [view.c[name] for name in self._order]
        chosen = _in_order(sa.select(sa.literal_column("q.*")).select_from(view), columns, ROWS)
        chosen = chosen.where(_up_to(columns, mark.to))
        return chosen if mark.low is None else chosen.where(_beyond(columns, mark.low))

    def _database(self) -> Database:
        return Database(self.url, self.root, self.timeout_seconds)

    @property
    def _order(self) -> list[str]:
        return [self.since, self.key] if self.since is not None else [self.key]

    def _view(self) -> sa.Subquery:
        # A colon would begin a parameter; the query has none.
        text = sa.text(checked(self.query).replace(":", "\\:") + "\n")
        return text.columns(*(sa.column(name) for name in self._order)).subquery("q")

    def _ranges(
        self, connection: sa.Connection, after: Place | None
    ) -> Generator[_Range, None, None]:
        """Ranges of `page` rows from all rows beyond a place, streamed once."""
        view = self._view()
        columns = [view.c[name] for name in self._order]
        wanted = [sa.literal_column("q.*")] if self.grows else columns
        batch = ROWS if self.grows else KEYS
        chosen = _in_order(sa.select(*wanted).select_from(view), columns, batch)
        if after is not None:  # nulls come along, to be seen and refused
            nulls = [column.is_(None) for column in columns]
            chosen = chosen.where(sa.or_(_beyond(columns, after), *nulls))
        range_ = _Range()
        with closing(self._rows(connection, chosen, after)) as rows:
            for place, row in rows:
                range_.add(place, _line(row) if self.grows else b"")
                if range_.seal.rows == self.page or range_.size >= PIECE_BYTES:
                    yield range_
                    range_ = _Range()
        if range_.seal.rows:
            yield range_

    def _rows(
        self, connection: sa.Connection, chosen: sa.Select[Any], last: Place | None = None
    ) -> Generator[tuple[Place, Mapping[str, object]], None, None]:
        with closing(connection.execute(chosen)) as rows:
            names = list(rows.keys())
            self._refuse_repeated(names)
            where = [names.index(name) for name in self._order]
            for row in rows:
                last = self._place([row[index] for index in where], last)
                yield last, dict(zip(names, row, strict=True))

    def _place(self, values: Sequence[object], last: Place | None) -> Place:
        for name, value in zip(self._order, values, strict=True):
            if value is None:
                raise InputError(
                    f"column '{name}' is null in a row, which would never be read",
                    remedy=f"leave such rows out of the query: WHERE {name} IS NOT NULL",
                )
        try:
            place = [pack(value) for value in values]
        except NotJson as wrong:
            raise InputError(
                f"{' or '.join(self._order)}: {wrong}", remedy="cast it in the query"
            ) from None
        if last is not None and place[-1] == last[-1]:
            raise InputError(
                f"column '{self.key}' is not unique in the query",
                remedy="name a column as `key` that has each value once",
            )
        return place

    def _refuse_repeated(self, names: Sequence[str]) -> None:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(
                f"the query gives column '{twice[0]}' more than once",
                remedy="name the columns it selects, each once, with AS",
            )

    def _refuse_another(self, mark: _Mark, identity: str) -> None:
        if mark.identity != identity:
            raise InputError(
                f"what is behind {self.url} is another database than the one that was listed",
                remedy="set it back, or give the source another name in the plan",
            )


@dataclass
class _Range:
    """Rows that follow each other."""

    to: Place = field(default_factory=list)
    seal: Seal = field(default_factory=Seal)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, place: Place, line: bytes) -> None:
        """Take in the next row; its line is empty where only places are listed."""
        self.to = place
        self.seal.add(place)
        self.lines.append(line)
        self.size += len(line)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A range: rows beyond the place `low` up to the place `to`, both packed."""

    identity: str
    low: Place | None
    to: Place
    rows: int
    seal: str

    @classmethod
    def read(cls, piece: Piece) -> _Mark:
        return cls(*json.loads(piece.mark))

    def write(self) -> str:
        return json.dumps([self.identity, self.low, self.to, self.rows, self.seal])


def _beyond(columns: Sequence[sa.ColumnElement[Any]], place: Place) -> sa.ColumnElement[bool]:
    """Rows after a place, in words that every database has (row values are not in all).

    The outer comparison alone lets an index find the rows.
    """
    *first, key = [(c, _bound(unpack(p))) for c, p in zip(columns, place, strict=True)]
    beyond = key[0] > key[1]
    for column, value in first:
        beyond = sa.and_(column >= value, sa.or_(column > value, beyond))
    return beyond


def _up_to(columns: Sequence[sa.ColumnElement[Any]], place: Place) -> sa.ColumnElement[bool]:
    """Rows up to a place, that place included."""
    *first, key = [(c, _bound(unpack(p))) for c, p in zip(columns, place, strict=True)]
    up_to = key[0] <= key[1]
    for column, value in first:
        up_to = sa.and_(column <= value, sa.or_(column < value, up_to))
    return up_to


def _bound(value: object) -> sa.BindParameter[Any]:
    # Without a type the driver sends the value as it came, with no cast that narrows it.
    return sa.bindparam(None, value, type_=sa.types.NullType(), unique=True)


def _in_order(
    chosen: sa.Select[Any], columns: Sequence[sa.ColumnElement[Any]], batch: int
) -> sa.Select[Any]:
    return chosen.order_by(*columns).execution_options(yield_per=batch)


def _line(row: Mapping[str, object]) -> bytes:
    try:
        return line_of(row)
    except NotJson as wrong:
        raise InputError(str(wrong), remedy="cast it to text in the query") from None
