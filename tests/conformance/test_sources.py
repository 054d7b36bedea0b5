"""Every kind of source keeps the same promises, held against a real server where it has one.

To add a kind, write a class like `Files` below and name it in `ORIGINS`. A test puts batches of
records into an origin; each batch must become a piece of its own.
"""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import obstore
import pytest
import sqlalchemy as sa
from obstore.store import S3Store
from tests.servers import Loopback, Reply, Request

from burnish.connectors.choose import connector_for
from burnish.core.errors import BurnishError, InputError
from burnish.core.reach import Reach
from burnish.core.sources import Connector, Piece
from burnish.methods.models.passing import passing_folder
from burnish.plan import Fields, Source
from burnish.plan_remote import Api, Header, Hub, Page, Since, Sql
from burnish.plan_sources import Credential, Objects
from burnish.stages.collect import collect
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

    from burnish.core.artifact import Collected

Record = dict[str, str]
SECRET = "s3cr3t-8d1f0a"
PADDING = "All work and no play makes a dull corpus. " * 200
"""Makes a batch of forty records large enough to be read by itself."""


class Origin(Protocol):
    """A place that records come from, with what a test does to it.

    `changes`: a batch can be replaced and removed behind burnish's back, and a piece that is
    not the one that was listed is noticed. `secret`: it is reached with `env:ORIGIN_SECRET`.
    """

    changes: ClassVar[bool]
    secret: ClassVar[bool]

    def __init__(self, root: Path) -> None: ...

    def put(self, name: str, records: Sequence[Record]) -> None:
        """Add a batch, or put it in place of the one of that name."""
        ...

    def remove(self, name: str) -> None: ...

    def place(self) -> dict[str, Any]:
        """What a `Source` says of the place."""
        ...


class Files:
    """Files of JSON lines in the project."""

    changes: ClassVar[bool] = True
    secret: ClassVar[bool] = False

    def __init__(self, root: Path) -> None:
        self.folder = root / "data"
        self.folder.mkdir()

    def put(self, name: str, records: Sequence[Record]) -> None:
        (self.folder / f"{name}.jsonl").write_bytes(lines(records))

    def remove(self, name: str) -> None:
        (self.folder / f"{name}.jsonl").unlink()

    def place(self) -> dict[str, Any]:
        return {"paths": ("data/*.jsonl",)}


class Bucket:
    """Objects on an S3 server of this machine."""

    changes: ClassVar[bool] = True
    secret: ClassVar[bool] = True
    endpoint: ClassVar[str] = ""
    made: ClassVar[int] = 0

    def __init__(self, root: Path) -> None:
        Bucket.made += 1
        self.prefix = f"exports-{Bucket.made}"
        self.store = S3Store(
            "evidence",
            prefix=self.prefix,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id="tester",
            secret_access_key=SECRET,
            client_options={"allow_http": True},
        )

    def put(self, name: str, records: Sequence[Record]) -> None:
        obstore.put(self.store, f"{name}.jsonl", lines(records))

    def remove(self, name: str) -> None:
        obstore.delete(self.store, f"{name}.jsonl")

    def place(self) -> dict[str, Any]:
        credentials = (
            Credential(key="access_key_id", secret="env:ORIGIN_USER"),
            Credential(key="secret_access_key", secret="env:ORIGIN_SECRET"),
        )
        url = f"s3://evidence/{self.prefix}"
        given = Objects(
            url=url, endpoint=self.endpoint, region="us-east-1", credentials=credentials
        )
        return {"objects": given, "paths": ()}


class Rows:
    """Rows of an SQLite file, a batch to a page."""

    changes: ClassVar[bool] = False
    secret: ClassVar[bool] = True

    def __init__(self, root: Path) -> None:
        self.engine = sa.create_engine(self.url(root), poolclass=sa.NullPool)
        self.made = 0
        self._run("CREATE TABLE ticket (id TEXT, made INTEGER, question TEXT, answer TEXT)")

    def url(self, root: Path) -> str:
        return f"sqlite:///{root}/{SECRET}.db"

    def put(self, name: str, records: Sequence[Record]) -> None:
        rows = []
        for told in records:
            self.made += 1
            record = told if isinstance(told, dict) else {"id": "odd", "question": None}
            rows.append({"answer": None, **record, "made": self.made})
        self._run("INSERT INTO ticket VALUES (:id, :made, :question, :answer)", rows)

    def remove(self, name: str) -> None:
        self._run("DELETE FROM ticket WHERE id LIKE :id", [{"id": f"{name}-%"}])

    def place(self) -> dict[str, Any]:
        query = "SELECT id, made, question, answer FROM ticket"
        given = Sql(url="env:ORIGIN_SECRET", query=query, key="id", since="made", page=40)
        return {"sql": given, "paths": ()}

    def _run(self, statement: str, rows: list[dict[str, Any]] | None = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), rows)


class PostgresqlRows(Rows):
    """Rows of a PostgreSQL server, a batch to a page."""

    given: ClassVar[str] = ""

    def url(self, root: Path) -> str:
        return f"{self.given}&application_name={SECRET}"


class Pages:
    """A service on loopback that pages through batches, and asks for a token."""

    changes: ClassVar[bool] = False
    secret: ClassVar[bool] = True
    service: ClassVar[Loopback]

    def __init__(self, root: Path) -> None:
        self.batches: list[list[Any]] = []
        self.made = 0
        self.service.answer = self._answer

    def put(self, name: str, records: Sequence[Record]) -> None:
        made = []
        for record in records:
            self.made += 1
            made.append({**record, "made": self.made} if isinstance(record, dict) else record)
        self.batches.append(made)

    def remove(self, name: str) -> None:
        raise AssertionError("a service that only adds")

    def place(self) -> dict[str, Any]:
        given = Api(
            url=f"{self.service.url}/tickets",
            records="tickets",
            page=Page(kind="cursor", parameter="after", next="next"),
            headers=(Header(name="Authorization", secret="env:ORIGIN_SECRET", scheme="bearer"),),
            since=Since(parameter="since", field="made"),
            key="id",
            requests_per_second=1000.0,
        )
        return {"api": given, "paths": ()}

    def _answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return Reply(status=401)
        since, here = int(request.parameters.get("since", 0)), request.parameters.get("after", 0)
        found = [
            [r for r in batch if not isinstance(r, dict) or r["made"] >= since]
            for batch in self.batches
        ]
        left = [batch for batch in found if batch][int(here) :]
        following = str(int(here) + 1) if len(left) > 1 else None
        return Reply({"tickets": left[0] if left else [], "next": following})


class Dataset(Files):
    """A folder of data files as the Hugging Face libraries lay them."""

    def place(self) -> dict[str, Any]:
        return {"hub": Hub(dataset="data", split=None), "paths": ()}


ORIGINS: dict[str, type[Origin]] = {
    "files": Files,
    "objects": Bucket,
    "sqlite": Rows,
    "postgresql": PostgresqlRows,
    "api": Pages,
    "hub": Dataset,
}


changing = pytest.mark.parametrize(
    "scene", [name for name, kind in ORIGINS.items() if kind.changes], indirect=True
)
secretive = pytest.mark.parametrize(
    "scene", [name for name, kind in ORIGINS.items() if kind.secret], indirect=True
)


class Killed(BaseException):
    """What ends a process without asking."""


@dataclass
class Watched:
    """A connector that says what was asked of it, and can end at the n-th question."""

    inner: Connector
    listed: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    end_listing: int = 10**9
    end_fetching: int = 10**9
    before_fetch: Callable[[], None] = field(default=lambda: None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        for piece in self.inner.pieces(known):
            if len(self.listed) >= self.end_listing:
                raise Killed
            self.listed.append(piece.name)
            yield piece

    def fetch(self, piece: Piece, folder: Path) -> Path:
        if len(set(self.fetched)) >= self.end_fetching:
            raise Killed
        self.before_fetch()
        self.fetched.append(piece.name)
        return self.inner.fetch(piece, folder)


@dataclass
class Scene:
    """An origin, and runs that collect from it."""

    bench: Bench
    make: Make
    origin: Origin

    def source(self, **changes: Any) -> Source:
        stated = self.make.source("tickets").model_dump()
        fields = Fields(prompt="question", response="answer")
        return Source(**{**stated, "fields": fields, **self.origin.place(), **changes})

    def connector(self, source: Source | None = None) -> Connector:
        return connector_for(source or self.source(), self.bench.root)

    def collect(self, *, refresh: bool = False, **changes: Any) -> tuple[Collected, Watched]:
        source = self.source(**{k: v for k, v in changes.items() if k in Source.model_fields})
        spied = {k: v for k, v in changes.items() if k not in Source.model_fields}
        watched = Watched(self.connector(source), **spied)
        self.watched = watched
        reach = Reach(lambda source: watched, lambda name: refresh)
        run = self.bench.run(reach=reach)
        return run.do(collect, (source,), "support"), watched

    def questions(self, made: Collected) -> list[str]:
        rows = self.bench.rows(made)
        return sorted(row["messages"][0]["content"].split("\n")[0] for row in rows)

    def told(self, made: Collected) -> dict[str, Any]:
        (source,) = self.bench.manifest(made).facts["sources"]
        return dict(source)


def lines(records: Sequence[Record]) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def batch(name: str, count: int = 40) -> list[Record]:
    return [
        {"id": f"{name}-{n}", "question": f"{name} {n:03}\n{PADDING}", "answer": "Yes."}
        for n in range(count)
    ]


def asked(*names: str, count: int = 40) -> list[str]:
    return sorted(f"{name} {n:03}" for name in names for n in range(count))


@pytest.fixture(params=sorted(ORIGINS))
def scene(
    request: pytest.FixtureRequest, bench: Bench, make: Make, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    monkeypatch.setenv("ORIGIN_USER", "tester")
    monkeypatch.setenv("ORIGIN_SECRET", SECRET)
    if request.param == "objects":
        Bucket.endpoint = request.getfixturevalue("s3_server")
    if request.param == "postgresql":
        PostgresqlRows.given = request.getfixturevalue("new_database")()
    if request.param == "api":
        Pages.service = request.getfixturevalue("loopback")
    origin = ORIGINS[request.param](bench.root)
    if isinstance(origin, Rows):
        monkeypatch.setenv("ORIGIN_SECRET", origin.url(bench.root))
    return Scene(bench, make, origin)


def test_every_record_comes_once_and_is_counted(scene: Scene) -> None:
    for name in ("a", "b", "c"):
        scene.origin.put(name, batch(name))

    made, _ = scene.collect()

    assert scene.questions(made) == asked("a", "b", "c")
    told = scene.told(made)
    assert (told["records"], told["bad_records"]) == (120, 0)
    assert len({row["id"] for row in scene.bench.rows(made)}) == 120
    assert len({row["origin"] for row in scene.bench.rows(made)}) == 120
    assert all(len(file["sha256"]) == 64 and file["bytes"] > 0 for file in told["files"])


def test_a_listing_that_was_broken_off_goes_on(scene: Scene) -> None:
    for name in ("a", "b", "c", "d"):
        scene.origin.put(name, batch(name))

    with pytest.raises(Killed):
        scene.collect(end_listing=2)
    before = scene.watched
    made, after = scene.collect()

    assert scene.questions(made) == asked("a", "b", "c", "d")
    if not after.live:
        assert not set(before.listed) & set(after.listed)
        assert not set(before.fetched) & set(after.fetched)


def test_after_a_kill_only_what_is_missing_is_fetched(scene: Scene) -> None:
    for name in ("a", "b", "c", "d"):
        scene.origin.put(name, batch(name))

    with pytest.raises(Killed):
        scene.collect(end_fetching=2)
    before = scene.watched
    made, after = scene.collect()

    assert scene.questions(made) == asked("a", "b", "c", "d")
    whole = set(before.fetched[:-1]) if before.live else set(before.fetched)
    assert whole
    assert not whole & set(after.fetched)
    assert len(set(before.fetched) | set(after.fetched)) == 4


def test_without_a_refresh_a_remote_source_stays_what_was_signed(scene: Scene) -> None:
    scene.origin.put("a", batch("a"))
    before, _ = scene.collect()
    scene.origin.put("b", batch("b"))

    after, watched = scene.collect()

    if watched.live:
        assert scene.questions(after) == asked("a", "b")
    else:
        assert after == before
        assert (watched.listed, watched.fetched) == ([], [])


def test_a_refresh_takes_what_came_since_and_no_more(scene: Scene) -> None:
    for name in ("a", "b"):
        scene.origin.put(name, batch(name))
    scene.collect()
    scene.origin.put("c", batch("c"))

    made, watched = scene.collect(refresh=True)

    assert scene.questions(made) == asked("a", "b", "c")
    assert len(set(watched.fetched)) == 1


def test_a_refresh_without_news_changes_nothing(scene: Scene) -> None:
    scene.origin.put("a", batch("a"))
    before, _ = scene.collect()

    after, watched = scene.collect(refresh=True)

    assert after == before
    assert watched.fetched == []


@changing
def test_what_a_refresh_does_not_find_leaves_and_is_counted(scene: Scene) -> None:
    for name in ("a", "b", "c"):
        scene.origin.put(name, batch(name))
    scene.collect()
    scene.origin.remove("b")

    made, watched = scene.collect(refresh=True)

    assert scene.questions(made) == asked("a", "c")
    assert scene.told(made).get("removed") == (None if watched.live else 1)


@changing
@pytest.mark.parametrize("what", ["changes", "vanishes"])
def test_a_piece_that_is_not_the_listed_one_any_more_stops_and_says_so(
    scene: Scene, what: str
) -> None:
    scene.origin.put("a", batch("a"))

    def spoil() -> None:
        if what == "changes":
            scene.origin.put("a", batch("other"))
        elif not scene.watched.fetched:
            scene.origin.remove("a")

    with pytest.raises(InputError) as stopped:
        scene.collect(before_fetch=spoil)

    assert "source 'tickets'" in stopped.value.problem
    assert "a.jsonl" in stopped.value.problem
    assert stopped.value.remedy
    assert scene.bench.events() == []


def test_a_bad_record_is_kept_aside_with_piece_place_and_reason(scene: Scene) -> None:
    scene.origin.put("a", [*batch("a"), {"id": "bad", "question": "", "answer": "ada@x.org"}])

    made, _ = scene.collect(bad_records=0.1)

    (gone,) = scene.bench.gone(made)
    assert gone["dropped_because"] == "unmapped"
    assert gone["dropped_detail"].startswith(f"{gone['origin']}: the field `question`")
    assert "ada" not in gone["dropped_detail"]
    assert gone["origin"].rpartition(":")[2].isdigit()
    assert (scene.told(made)["records"], scene.told(made)["bad_records"]) == (40, 1)


def test_more_bad_records_than_stated_stop_the_run(scene: Scene) -> None:
    scene.origin.put("a", [*batch("a", 9), {"id": "bad", "question": "", "answer": "x"}])

    with pytest.raises(
        InputError, match="source 'tickets': 1 of 10 records cannot be read"
    ) as stopped:
        scene.collect(bad_records=0.09)
    assert ("--refresh tickets" in stopped.value.remedy) is not scene.watched.live

    assert scene.collect(bad_records=0.1)[0].rows == 9


def test_memory_does_not_grow_with_the_source(scene: Scene, tmp_path: Path) -> None:
    scene.bench.store = FolderStore(tmp_path / "s", FileKeyProvider.ensure(tmp_path / "k"))
    peaks = []
    for count in (3, 12):
        for n in range(count):
            scene.origin.put(f"p{count}-{n:02}", batch(f"p{count}-{n:02}"))
        tracemalloc.start()
        try:
            scene.collect(refresh=True)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()

    assert peaks[1] < peaks[0] + 3 * len(lines(batch("p"))), peaks


def test_a_secret_is_nowhere_but_where_it_is_used(scene: Scene, tmp_path: Path) -> None:
    scene.origin.put("a", batch("a"))
    store = FolderStore(tmp_path / "s", FileKeyProvider.ensure(tmp_path / "k"))
    scene.bench.store = store
    connector = scene.connector()
    assert list(connector.pieces())

    made, _ = scene.collect()

    entries = [dict(entry.facts) for entry in scene.bench.ledger.entries()]
    written = [repr(connector), repr(scene.source()), repr(entries), str(scene.told(made))]
    written += [repr(scene.bench.manifest(made)), repr(list(connector.pieces()))]
    assert not [text for text in written if SECRET in text]
    assert SECRET.encode() not in pickle.dumps(connector)


@secretive
def test_a_place_that_cannot_be_reached_says_so_without_its_secrets(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.origin.put("a", batch("a"))
    monkeypatch.delenv("ORIGIN_SECRET")

    with pytest.raises(BurnishError, match="ORIGIN_SECRET holds no secret") as stopped:
        scene.collect()

    assert "source 'tickets'" in str(stopped.value)
    assert "export ORIGIN_SECRET" in stopped.value.remedy


def test_no_copy_of_a_piece_stays_behind(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setattr(
        "burnish.intake.reading.passing_folder", partial(passing_folder, memory=passing)
    )
    scene.origin.put("a", batch("a"))
    scene.origin.put("b", [{"id": "bad", "question": "", "answer": "x"}])

    with pytest.raises(InputError):
        scene.collect()

    assert list(passing.iterdir()) == []
