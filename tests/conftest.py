"""A bench: a run put together by hand from real parts, and short ways to see what it did."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pytest

from burnish.core.artifact import Artifact, Manifest, Shard
from burnish.core.gate import Look
from burnish.core.ports import Engine, Progress, Silent, Store
from burnish.core.rows import CORPUS, table_of
from burnish.core.run import Run
from burnish.core.stage import Place, Work
from burnish.engines.inline import InlineEngine
from burnish.evidence.ledger import MemoryLedger
from burnish.evidence.signoff import People, PlanNotary
from burnish.plan import Fields, LegalBasis, Source
from burnish.storage.memory import MemoryStore

A = TypeVar("A", bound=Artifact)
Row = dict[str, Any]
TODAY = date(2026, 11, 21)


class Bench:
    """A store and a ledger in memory, and runs by Dana in a folder of their own."""

    def __init__(self, root: Path, store: Store | None = None) -> None:
        self.root = root
        self.store: Store = store or MemoryStore()
        self.ledger = MemoryLedger()
        self.people: People = ()

    def run(
        self, engine: Engine | None = None, progress: Progress | None = None, **place: Any
    ) -> Run:
        where = {"today": TODAY, "by": "dana", "subject_key": b"k" * 32, **place}
        return Run(
            id="run-1",
            plan="plan-1",
            store=self.store,
            ledger=self.ledger,
            engine=engine or InlineEngine(),
            notary=PlanNotary(self.people),
            place=Place(self.root, **where),
            progress=progress or Silent(),
        )

    def look(self, today: date = TODAY) -> Look:
        return Look(self.store, self.ledger, PlanNotary(self.people), today)

    def work(self, engine: Engine | None = None, **place: Any) -> Work:
        run = self.run(engine, **place)
        return Work(self.store, run.engine, run.place, self.look())

    def given(self, kind: type[A], *shards: Iterable[Row]) -> A:
        """An artefact of these rows that no stage made, a shard for each list."""
        schema = CORPUS.append(pa.field("cluster", pa.string()))
        tables = [table_of(list(rows), schema) for rows in shards]
        return self.of_tables(kind, {"": tables})

    def of_tables(self, kind: type[A], parts: Mapping[str, list[pa.Table]], **files: bytes) -> A:
        shards = tuple(
            Shard(self.store.put_table(table), table.num_rows, part)
            for part, tables in parts.items()
            for table in tables
        )
        kept = {name: self.store.put_bytes(data) for name, data in files.items()}
        rows = sum(shard.rows for shard in shards)
        manifest = Manifest(kind.__name__, rows, shards, files=kept)
        return kind(self.store.put_bytes(manifest.to_bytes()), rows)

    def manifest(self, artifact: Artifact) -> Manifest:
        return Manifest.from_bytes(self.store.get_bytes(artifact.digest))

    def rows(self, artifact: Artifact, part: str | None = None) -> list[Row]:
        shards = self.manifest(artifact).shards
        return [r for s in shards if part in (None, s.part) for r in self._rows(s)]

    def gone(self, artifact: Artifact) -> list[Row]:
        return [row for shard in self.manifest(artifact).dropped for row in self._rows(shard)]

    def report(self, artifact: Artifact, name: str) -> Any:
        return json.loads(self.store.get_bytes(self.manifest(artifact).files[name]))

    def events(self) -> list[str]:
        return [entry.event for entry in self.ledger.entries()]

    def write(self, name: str, records: Iterable[Any]) -> Path:
        """A file of JSON lines; a record that is text is a line as it stands."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def _rows(self, shard: Shard) -> list[Row]:
        rows: list[Row] = self.store.get_table(shard.digest).to_pylist()
        return rows


def chat(name: str, question: str, answer: str = "It is done.", **more: Any) -> Row:
    turns = [("user", question), ("assistant", answer)]
    return row(name, turns, **more)


def document(name: str, text: str, **more: Any) -> Row:
    return row(name, [("document", text)], **more)


def row(name: str, turns: list[tuple[str, str]], **more: Any) -> Row:
    messages = [{"role": role, "content": content} for role, content in turns]
    blank = dict.fromkeys(("label", "subject", "meta", "cluster"))
    where = {"id": name, "source": "tickets", "origin": f"tickets.jsonl:{name}"}
    return {**where, "messages": messages, **blank, **more}


def source(name: str = "tickets", *paths: str, **changes: Any) -> Source:
    basis = LegalBasis(
        kind="consent", reference="C-1", purposes=("support",), expires=date(2027, 1, 1)
    )
    settled: dict[str, Any] = {
        "system": "desk",
        "owner": "it",
        "collected": date(2026, 1, 1),
        "classification": "INTERNAL",
        "licence": "own",
        "basis": basis,
        "fields": Fields(),
    }
    return Source(name=name, paths=paths or (f"{name}.jsonl",), **{**settled, **changes})


class Make:
    """Rows and sources, for tests that need some."""

    chat = staticmethod(chat)
    document = staticmethod(document)
    row = staticmethod(row)
    source = staticmethod(source)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def make() -> Make:
    return Make()
