"""Rows of real databases: SQLite and PostgreSQL."""

import json
import pickle
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql

from burnish.connectors.database import checked
from burnish.connectors.sql import SqlConnector
from burnish.connectors.values import line_of, pack, unpack
from burnish.core.errors import InputError
from burnish.core.sources import Connector, Piece
from burnish.methods.formats.read import BadRecord, Record, read_records

QUERY = "SELECT id, made, question, answer FROM ticket"
Execute = Callable[..., None]


class Tickets:
    """A table of tickets in a real database, and a connector to it."""

    def __init__(self, url: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TICKETS_URL", url)
        self.url, self.root = url, root
        self.engine = sa.create_engine(url)
        self.execute(
            "CREATE TABLE ticket (id INTEGER PRIMARY KEY, made INTEGER, question TEXT, answer TEXT)"
        )

    def execute(self, statement: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def add(self, first: int, last: int, made: int | None = 0) -> None:
        with self.engine.begin() as connection:
            rows = [{"id": n, "made": made, "q": f"q {n}"} for n in range(first, last + 1)]
            connection.execute(sa.text("INSERT INTO ticket VALUES (:id, :made, :q, 'a')"), rows)

    def source(self, **changes: Any) -> SqlConnector:
        plain = SqlConnector(self.root, "env:TICKETS_URL", QUERY, "id", page=10)
        return replace(plain, **changes)


@pytest.fixture(params=["sqlite", "postgresql"])
def tickets(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tickets]:
    new = f"sqlite:///{tmp_path}/tickets.db"
    url = new if request.param == "sqlite" else request.getfixturevalue("new_database")()
    made = Tickets(url, tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


@pytest.fixture
def postgresql_tickets(
    new_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tickets]:
    made = Tickets(new_database(), tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


def fetched(source: Connector, piece: Piece, folder: Path) -> list[dict[str, object]]:
    folder.mkdir(exist_ok=True)
    read = list(read_records(source.fetch(piece, folder)))
    assert all(isinstance(record, Record) for record in read)
    return [record.fields for record in read if isinstance(record, Record)]


def everything(source: Connector, folder: Path, known: list[Piece] | None = None) -> list[Any]:
    """The ids of all rows of the pieces after the known ones."""
    return [
        row["id"] for piece in source.pieces(known or []) for row in fetched(source, piece, folder)
    ]


def test_every_row_comes_once_in_the_order_of_its_key(tickets: Tickets, tmp_path: Path) -> None:
    tickets.add(1, 34)
    source = tickets.source()

    pieces = list(source.pieces())

    names = ["rows 1-10.jsonl", "rows 11-20.jsonl", "rows 21-30.jsonl", "rows 31-34.jsonl"]
    assert [piece.name for piece in pieces] == names
    assert everything(source, tmp_path / "f") == list(range(1, 35))


def test_an_empty_query_has_no_pieces(tickets: Tickets) -> None:
    assert list(tickets.source().pieces()) == []


@pytest.mark.parametrize("cut", [0, 1, 3, 4])
@pytest.mark.parametrize("since", [None, "made"])
def test_a_listing_goes_on_where_it_was_broken_off(
    tickets: Tickets, cut: int, since: str | None
) -> None:
    tickets.add(1, 34)
    source = tickets.source(since=since)
    whole = list(source.pieces())

    assert whole[:cut] + list(source.pieces(whole[:cut])) == whole


def test_a_refresh_takes_what_came_since(tickets: Tickets, tmp_path: Path) -> None:
    tickets.add(101, 125, made=1)
    source = tickets.source(since="made")
    known = list(source.pieces())

    tickets.add(126, 126, made=1)  # of the same moment, beyond the last key
    tickets.add(1, 12, made=2)  # lower keys, later rows
    later = list(source.pieces(known))

    assert source.grows
    rows = [row["id"] for piece in later for row in fetched(source, piece, tmp_path / "f")]
    assert rows == [126, *range(1, 13)]
    assert {piece.name for piece in later}.isdisjoint(piece.name for piece in known)
    assert list(source.pieces([*known, *later])) == []


def test_without_since_a_refresh_reads_everything_again(tickets: Tickets) -> None:
    tickets.add(1, 5)
    source = tickets.source()

    assert not source.grows
    assert [piece.version for piece in source.pieces()] == [""]


@pytest.mark.parametrize("change", ["DELETE", "INSERT", "UPDATE"])
@pytest.mark.parametrize(("since", "remedy"), [(None, "--refresh"), ("made", "another name")])
def test_rows_that_are_not_those_listed_are_an_error(
    tickets: Tickets, tmp_path: Path, change: str, since: str | None, remedy: str
) -> None:
    tickets.add(1, 11)
    tickets.add(13, 25)
    tickets.execute("DELETE FROM ticket WHERE id = 15")
    source = tickets.source(since=since)
    pieces = list(source.pieces())

    if change == "INSERT":
        tickets.add(15, 15)
    elif change == "UPDATE":
        column = since or "id"
        tickets.execute(f"UPDATE ticket SET {column} = 100 WHERE id = 14")
    else:
        tickets.execute("DELETE FROM ticket WHERE id = 14")

    assert fetched(source, pieces[0], tmp_path / "f")
    with pytest.raises(InputError, match=f"(?s)10 rows were listed.*{remedy}"):
        source.fetch(pieces[1], tmp_path)


def test_with_since_the_rows_are_those_of_the_listing(
    tickets: Tickets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tickets.engine.dialect.name == "sqlite":  # else its writer would wait for the reader
        tickets.execute("PRAGMA journal_mode = WAL")
    tickets.add(1, 25)
    source = tickets.source(since="made")

    found: list[Any] = []
    for piece in source.pieces():
        tickets.execute("UPDATE ticket SET made = made + 1, question = 'changed'")
        found += fetched(source, piece, tmp_path / "f")

    assert source.at_once
    assert [row["question"] for row in found] == [f"q {n}" for n in range(1, 26)]
    elsewhere: SqlConnector = pickle.loads(pickle.dumps(source))  # noqa: S301
    with pytest.raises(InputError, match="another name"):
        elsewhere.fetch(piece, tmp_path)


def test_rows_that_come_with_the_listing_are_cut_by_size(tickets: Tickets, tmp_path: Path) -> None:
    tickets.add(1, 25)
    tickets.execute("UPDATE ticket SET answer = :long", long="x" * 1_000_000)

    sizes = [piece.size for piece in tickets.source(since="made", page=1_000).pieces()]

    assert len(sizes) == 4
    assert max(sizes) < 9_100_000


def test_one_row_swapped_for_another_is_noticed(tickets: Tickets, tmp_path: Path) -> None:
    tickets.add(1, 4)
    tickets.add(6, 9)
    source = tickets.source()
    [piece] = source.pieces()

    tickets.execute("DELETE FROM ticket WHERE id = 3")
    tickets.add(5, 5)

    with pytest.raises(InputError, match="not the same ones"):
        source.fetch(piece, tmp_path)


def test_a_listing_sees_one_moment(postgresql_tickets: Tickets, tmp_path: Path) -> None:
    postgresql_tickets.add(1, 2_000)
    source = postgresql_tickets.source(page=100)

    listing = source.pieces()
    first = next(listing)
    postgresql_tickets.add(2_001, 3_000)
    pieces = [first, *listing]

    assert len(pieces) == 20


def test_null_in_key_or_since_is_refused_also_by_a_refresh(tickets: Tickets) -> None:
    tickets.add(1, 3, made=1)
    source = tickets.source(since="made")
    known = list(source.pieces())
    tickets.add(4, 4, made=None)

    for before in ([], known):
        with pytest.raises(InputError, match="'made' is null"):
            list(source.pieces(before))


def test_a_key_that_is_not_unique_is_refused(tickets: Tickets) -> None:
    tickets.add(1, 30)

    with pytest.raises(InputError, match="'made' is not unique"):
        list(tickets.source(key="made").pieces())


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("DELETE FROM ticket", "does not begin with SELECT"),
        ("SELECT 1; DROP TABLE ticket", "semicolon"),
        ("-- SELECT\nDROP TABLE ticket", "does not begin with SELECT"),
        ("SELECT 1) AS q; DROP TABLE ticket --", "semicolon"),
        ("WITH gone AS (DELETE FROM ticket RETURNING id, made) SELECT * FROM gone", "database"),
        ("SELECT id, made FROM ticket) AS q FOR UPDATE --", "database"),
        ("SELECT id, nothing FROM ticket", "nothing"),
        ("SELECT made FROM ticket", r"\bid\b"),
    ],
)
def test_anything_but_one_reading_select_is_refused(
    tickets: Tickets, query: str, told: str
) -> None:
    tickets.add(1, 3)

    with pytest.raises(InputError, match=told):
        list(tickets.source(query=query).pieces())

    with tickets.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ticket")) == 3


def test_a_function_that_writes_is_stopped_by_the_database(postgresql_tickets: Tickets) -> None:
    postgresql_tickets.execute(
        "CREATE FUNCTION spoil() RETURNS integer LANGUAGE sql AS 'DELETE FROM ticket RETURNING id'"
    )
    postgresql_tickets.add(1, 3)

    with pytest.raises(InputError, match=r"25006|read.only"):
        list(postgresql_tickets.source(query="SELECT spoil() AS id").pieces())


@pytest.mark.parametrize(
    "query",
    [
        " select id, made FROM ticket ;  ",
        "/* all */ -- of them\nSELECT id, made FROM ticket -- done",
        "WITH t AS (SELECT * FROM ticket) SELECT * FROM t WHERE question <> ':id 100%'",
        "SELECT id, CAST(made AS INTEGER) AS made FROM ticket WHERE question LIKE 'q%'",
    ],
)
def test_a_select_may_be_written_in_many_ways(tickets: Tickets, query: str, tmp_path: Path) -> None:
    tickets.add(1, 12)

    assert everything(tickets.source(query=query), tmp_path / "f") == list(range(1, 13))


def test_postgresql_casts_stay_casts(postgresql_tickets: Tickets, tmp_path: Path) -> None:
    postgresql_tickets.add(1, 3)
    query = "SELECT id::bigint, made::text AS made, '12:30'::time AS t FROM ticket"

    assert everything(postgresql_tickets.source(query=query), tmp_path / "f") == [1, 2, 3]


@pytest.mark.parametrize("name", ["Order", 'sel"ect', "a b", "Größe", "o'clock"])
def test_names_are_quoted_by_the_database_library(
    tickets: Tickets, name: str, tmp_path: Path
) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    tickets.add(1, 12)
    source = tickets.source(query=f"SELECT id AS {quoted}, id FROM ticket", key=name)

    assert everything(source, tmp_path / "f") == list(range(1, 13))


@pytest.mark.parametrize("since", [None, "made"])
def test_a_range_is_found_by_an_index(
    postgresql_tickets: Tickets, tmp_path: Path, since: str | None
) -> None:
    postgresql_tickets.execute(
        "INSERT INTO ticket SELECT n, n / 7, 'q', 'a' FROM generate_series(1, 20000) AS n"
    )
    postgresql_tickets.execute("CREATE INDEX ON ticket (made, id)")
    source = postgresql_tickets.source(since=since, page=100)
    piece = list(source.pieces())[150]
    asked = source.statement(piece).compile(dialect=postgresql_tickets.engine.dialect)

    with postgresql_tickets.engine.begin() as connection:
        connection.execute(sa.text("ANALYZE ticket"))
        told = connection.exec_driver_sql(f"EXPLAIN {asked}", asked.params).scalars()
        plan = "\n".join(told)

    column = since or "id"
    assert "Seq Scan" not in plan
    assert re.search(rf"Index Cond: \(\({column} <= \S+ AND \({column} >=? \S+\)", plan), plan


def test_names_and_values_are_written_as_the_database_wants(tmp_path: Path) -> None:
    """No server of that kind is at hand; what is sent is SQLAlchemy's own."""
    source = SqlConnector(tmp_path, "env:X", "SELECT `the key` FROM t", "the key")
    mark = json.dumps(["", None, [["text", "o'clock; DROP"]], 1, ""])

    asked = source.statement(Piece("rows", "", mark=mark)).compile(dialect=mysql.dialect())

    assert "q.`the key` <= %s ORDER BY q.`the key`" in re.sub(r"\s+", " ", str(asked))
    assert list(asked.params.values()) == ["o'clock; DROP"]


def test_a_missing_quoted_column_is_not_taken_for_a_text(tickets: Tickets) -> None:
    tickets.add(1, 1)

    with pytest.raises(InputError, match="No Such"):
        list(tickets.source(key="No Such").pieces())


def test_a_column_named_twice_is_refused(tickets: Tickets, tmp_path: Path) -> None:
    tickets.add(1, 1)
    query = "SELECT id, question AS x, answer AS x FROM ticket"
    source = tickets.source(query=query)

    if tickets.engine.dialect.name == "postgresql":
        with pytest.raises(InputError, match="'x' more than once"):
            everything(source, tmp_path / "f")
    else:  # SQLite gives the second one a name of its own
        [piece] = source.pieces()
        assert len(fetched(source, piece, tmp_path / "f")[0]) == 3


TYPES = """
SELECT 1 AS id, 12345678901234567890.10::numeric AS price, 'NaN'::float8 AS odd,
  DATE '2026-02-28' AS day, 'infinity'::date AS never, TIMESTAMP '2026-02-28 10:00' AS local,
  TIMESTAMPTZ '2026-02-28 10:00+11' AS moment, '-infinity'::timestamptz AS ever,
  '0044-03-15 BC'::date AS ides, TIME '24:00' AS midnight, INTERVAL '1 day 0.5 seconds' AS took,
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS uuid, '\\x00ff'::bytea AS raw,
  ARRAY[ARRAY['a', NULL]] AS tags, '{"b": [1, {"c": null}]}'::jsonb AS doc, TRUE AS yes,
  NULL::text AS nothing, '10.0.0.0/8'::inet AS net, int4range(1, 5) AS span, 'é☃𝄞' AS text,
  9223372036854775807 AS big
"""


def test_postgresql_types_become_json(postgresql_tickets: Tickets, tmp_path: Path) -> None:
    source = postgresql_tickets.source(query=TYPES)
    [piece] = source.pieces()

    [row] = fetched(source, piece, tmp_path)

    assert row == {
        "id": 1, "price": "12345678901234567890.10", "odd": "NaN", "day": "2026-02-28",
        "never": "infinity", "local": "2026-02-28T10:00:00",
        "moment": "2026-02-27T23:00:00+00:00", "ever": "-infinity", "ides": "0044-03-15 BC",
        "midnight": "24:00:00", "took": "P1DT0.5S",
        "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "raw": "AP8=", "tags": [["a", None]],
        "doc": {"b": [1, {"c": None}]}, "yes": True, "nothing": None, "net": "10.0.0.0/8",
        "span": "[1,5)", "text": "é☃𝄞", "big": 9223372036854775807,
    }  # fmt: skip


KEYS = {
    "uuid": "gen_random_uuid()",
    "text": "chr(64 + n) || 'x'",
    "numeric": "n::numeric / 3",
    "timestamptz": "TIMESTAMPTZ '2026-04-05 01:00+11' + n * INTERVAL '20 minutes'",
    "timestamp": "TIMESTAMP '2026-04-05 02:50' + n * INTERVAL '1 microsecond'",
    "date": "DATE '2026-01-01' + n",
    "bytea": "decode(lpad(n::text, 4, '0'), 'hex')",
    "float8": "n / 7.0",
    "bigint": "9223372036854775000 + n",
}


@pytest.mark.parametrize("kind", KEYS)
def test_any_type_that_sorts_can_be_the_key(
    postgresql_tickets: Tickets, kind: str, tmp_path: Path
) -> None:
    # In Sydney two o'clock comes twice that night: a time without its zone would lose rows.
    database = sa.make_url(postgresql_tickets.url).database
    postgresql_tickets.execute(f"ALTER DATABASE {database} SET timezone TO 'Australia/Sydney'")
    postgresql_tickets.execute(
        f"CREATE TABLE t AS SELECT n AS id, ({KEYS[kind]})::{kind} AS k "
        "FROM generate_series(1, 23) AS n"
    )
    source = postgresql_tickets.source(query="SELECT k, id FROM t", key="k", page=4)

    assert sorted(everything(source, tmp_path / "f")) == list(range(1, 24))


def test_text_that_is_no_utf_8_is_a_bad_record_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = Tickets(f"sqlite:///{tmp_path}/t.db", tmp_path, monkeypatch)
    tickets.add(1, 3)
    tickets.execute("UPDATE ticket SET question = CAST(x'61ff' AS TEXT) WHERE id = 2")
    [piece] = tickets.source().pieces()

    read = list(read_records(tickets.source().fetch(piece, tmp_path)))

    assert [type(record) for record in read] == [Record, BadRecord, Record]
    assert isinstance(read[1], BadRecord)
    assert read[1].reason.startswith("line 2: byte")
    assert read[1].reason.endswith("is not UTF-8")
    tickets.engine.dispose()


def test_only_sqlite_files_that_exist_are_opened_and_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SqlConnector(tmp_path, "env:TICKETS_URL", QUERY, "id")

    for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///gone.db"):
        monkeypatch.setenv("TICKETS_URL", url)
        with pytest.raises(InputError, match=r"SQLite file|names no file"):
            list(source.pieces())

    assert list(tmp_path.iterdir()) == []
    with closing(sqlite3.connect(tmp_path / "is.db")) as made:
        made.execute("CREATE TABLE ticket (id, made, question, answer)")
    monkeypatch.setenv("TICKETS_URL", "sqlite:///is.db")
    assert list(source.pieces()) == []


def test_nothing_tells_the_url(
    postgresql_tickets: Tickets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql_tickets.add(1, 2)
    source = postgresql_tickets.source()
    [piece] = source.pieces()
    secret = "hunter2hunter2"
    urls = [
        f"postgresql://dana:{secret}@127.0.0.1:1/none?connect_timeout=2",
        f"oracle://dana:{secret}@db/x",
        f"{secret}://",
        secret,
        f"sqlite:///{secret}",
    ]
    told = [repr(source), pickle.dumps(source).decode("latin-1"), repr(piece), source.where]
    for url in urls:
        monkeypatch.setenv("TICKETS_URL", url)
        with pytest.raises(InputError) as wrong:
            list(source.pieces())
        told.append(f"{wrong.value!r} {wrong.value} {wrong.value.__context__!r}")
        with pytest.raises(InputError) as wrong:
            source.fetch(piece, tmp_path)
        told.append(f"{wrong.value!r} {wrong.value}")

    assert not [text for text in told if secret in text or "dana" in text]


def test_an_error_of_the_database_tells_no_value(
    postgresql_tickets: Tickets, tmp_path: Path
) -> None:
    postgresql_tickets.add(1, 2)
    query = "SELECT id, CAST(question AS integer) AS made FROM ticket"
    source = postgresql_tickets.source(query=query)

    with pytest.raises(InputError, match="SQLSTATE 22P02") as wrong:
        everything(source, tmp_path / "f")

    assert "q 1" not in str(wrong.value)


def test_a_missing_driver_is_named_with_its_extra(
    postgresql_tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "burnish.connectors.postgresql", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(InputError, match=r"(?s)psycopg.*burnish\[postgresql\]"):
        list(postgresql_tickets.source().pieces())


def test_a_statement_that_takes_too_long_is_broken_off(postgresql_tickets: Tickets) -> None:
    query = "SELECT 1 AS id, pg_sleep(60)"
    source = postgresql_tickets.source(query=query, timeout_seconds=0.05)

    with pytest.raises(InputError, match="query canceled"):
        list(source.pieces())


def test_another_database_behind_the_reference_is_noticed(
    tickets: Tickets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets.add(1, 3)
    [piece] = tickets.source().pieces()
    monkeypatch.setenv("TICKETS_URL", f"sqlite:///{tmp_path}/other.db")

    with pytest.raises(InputError, match="another database"):
        tickets.source().fetch(piece, tmp_path)
    with pytest.raises(InputError, match="another database"):
        list(tickets.source().pieces([piece]))


def test_the_definition_follows_what_is_selected_only(tickets: Tickets) -> None:
    plain = tickets.source()

    assert plain.definition == tickets.source(page=3, timeout_seconds=1.0).definition
    for change in ({"query": "SELECT 1 AS id"}, {"key": "made"}, {"since": "made"}):
        assert plain.definition != tickets.source(**change).definition


def _not_json(name: str) -> None:
    raise AssertionError(name)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.binary()
    | st.decimals() | st.dates() | st.datetimes() | st.timedeltas() | st.uuids() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(row=st.dictionaries(st.text(), VALUES, max_size=4))
@settings(max_examples=100, deadline=None)
def test_every_value_is_one_line_of_strict_json(row: dict[str, Any]) -> None:
    line = line_of(row)

    assert line.count(b"\n") == 1
    told = json.loads(line, parse_constant=_not_json)
    assert list(told) == list(row)
    assert line == line_of(row)


@given(
    value=st.integers() | st.text() | st.decimals(allow_nan=False) | st.dates() | st.datetimes()
    | st.uuids() | st.binary() | st.floats(allow_nan=False)
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_packed_key_comes_back_the_same(value: object) -> None:
    back = unpack(json.loads(json.dumps(pack(value))))

    assert type(back) is type(value)
    assert back == value


def test_a_query_is_checked_without_a_database() -> None:
    assert checked("SELECT 1;") == "SELECT 1"
    with pytest.raises(InputError, match="SELECT"):
        checked("SELECTED")


def test_psycopg_is_what_the_url_means_by_postgresql(
    postgresql_tickets: Tickets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    postgresql_tickets.add(1, 2)
    plain = postgresql_tickets.url.replace("postgresql+psycopg:", "postgresql:")
    monkeypatch.setenv("TICKETS_URL", plain)

    assert everything(postgresql_tickets.source(), tmp_path / "f") == [1, 2]
    assert psycopg.paramstyle == "pyformat"
