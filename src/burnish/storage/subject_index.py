"""Where in a store the rows of a data subject lie, without reading all rows each time.

Every table is looked at once, its column `subject` only, by whoever asks next; what was found is
kept in sealed segments of (keyed hash, table, rows). Tables never change under their digest, so a
segment never grows old, and a table that is gone is simply not answered with. All tables of the
store are looked at, not only those that an artefact names: also what a stage keeps for itself.

The index holds 16 bytes of a digest of each keyed hash, no identifier and no text.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from burnish.storage.store import SealedStore

WORK = "subjects"
TABLES_AT_ONCE, TABLES_A_SEGMENT, MOST_SEGMENTS = 16, 256, 8
COLUMN = "subject"
SCHEMA = pa.schema([("subject", pa.binary(16)), ("table", pa.int32()), ("rows", pa.int32())])
_SEEN, _WITH, _INDEX = "seen", "with", "index"


@dataclass(frozen=True, slots=True)
class Look:
    """Tables for a worker to look at, which opens the store itself."""

    store: SealedStore
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """What was found in some tables: all that were looked at, those with subjects, the index.

    `index.table` counts through `found`.
    """

    seen: tuple[str, ...]
    found: tuple[str, ...]
    index: pa.Table

    @classmethod
    def of(cls, parts: Iterable[Segment]) -> Segment:
        """Several segments as one."""
        seen: list[str] = []
        found: list[str] = []
        tables = [SCHEMA.empty_table()]
        for part in parts:
            moved = pc.add(part.index.column("table"), len(found)).cast(pa.int32())
            tables.append(part.index.set_column(1, SCHEMA.field(1), moved))
            seen += part.seen
            found += part.found
        return cls(tuple(seen), tuple(found), pa.concat_tables(tables).combine_chunks())

    def only(self, present: Collection[str]) -> Segment:
        """Without the tables that are gone."""
        stays = [at for at, name in enumerate(self.found) if name in present]
        index = pc.index_in(self.index.column("table"), pa.array(stays, pa.int32()))
        kept = self.index.set_column(1, SCHEMA.field(1), index).filter(pc.is_valid(index))
        return Segment(
            tuple(name for name in self.seen if name in present),
            tuple(self.found[at] for at in stays),
            kept,
        )


Spread = Callable[[Callable[[Look], Segment], Iterable[Look]], Iterator[Segment]]


@dataclass(frozen=True)
class SubjectIndex:
    """The index of one store. One process at a time refreshes it; any number may ask."""

    store: SealedStore

    def refresh(self, spread: Spread = map) -> int:
        """Look at the tables that are new, on the workers of `spread`; returns how many."""
        segments = len(self._segments())
        new = sorted(self.unseen())
        for start in range(0, len(new), TABLES_A_SEGMENT):
            here = new[start : start + TABLES_A_SEGMENT]
            looks = [
                Look(self.store, tuple(here[at : at + TABLES_AT_ONCE]))
                for at in range(0, len(here), TABLES_AT_ONCE)
            ]
            self._save(Segment.of(spread(look_at, looks)))
        if new and segments >= MOST_SEGMENTS:
            self.rebuild()
        return len(new)

    def unseen(self) -> set[str]:
        """The tables that nobody has looked at yet."""
        seen = (part.seen for part in self._segments().values())
        return set(self.store.kept_tables()).difference(*seen)

    def tables(self, subject: str) -> dict[str, int]:
        """The tables that hold rows of a subject (by keyed hash), and how many rows each."""
        wanted = pa.scalar(name_of(subject), pa.binary(16))
        counts: Counter[str] = Counter()
        for part in self._segments().values():
            mine = part.index.filter(pc.equal(part.index.column("subject"), wanted))
            for at, rows in zip(*(mine.column(n).to_pylist() for n in ("table", "rows")),
                                strict=True):  # fmt: skip
                counts[part.found[at]] = int(rows)  # a table of two segments counts once
        return {name: rows for name, rows in sorted(counts.items()) if self.store.has(name)}

    def without_subjects(self) -> set[str]:
        """The tables that have no column of subjects, so that nothing says whose they are."""
        segments = self._segments().values()
        found = {name for part in segments for name in part.found}
        return {name for part in segments for name in part.seen} - found

    def rebuild(self) -> None:
        """All segments as one, without the tables that are gone."""
        present = set(self.store.kept_tables())
        segments = self._segments()
        self._save(Segment.of(segments.values()).only(present))
        for slot in segments:
            self.store.scratch(WORK).drop(slot)

    def _segments(self) -> dict[str, Segment]:
        scratch = self.store.scratch(WORK)
        return {slot: _read(scratch.load(slot)) for slot in scratch.slots()}

    def _save(self, segment: Segment) -> None:
        self.store.scratch(WORK).save(f"segment-{secrets.token_hex(8)}", _written(segment))


def name_of(subject: str) -> bytes:
    """What stands for a keyed hash in the index."""
    return hashlib.sha256(subject.encode()).digest()[:16]


def look_at(look: Look) -> Segment:
    """The rows of each subject in some tables; on a worker."""
    found: list[str] = []
    tables = [SCHEMA.empty_table()]
    for name in look.tables:
        columns = look.store.get_columns(name, (COLUMN,))
        if columns.num_columns:
            tables.append(_counted(columns.column(COLUMN), len(found)))
            found.append(name)
    return Segment(look.tables, tuple(found), pa.concat_tables(tables).combine_chunks())


def _counted(subjects: pa.ChunkedArray, table: int) -> pa.Table:
    counts = pc.value_counts(subjects.drop_null())
    names = [name_of(subject) for subject in counts.field("values").to_pylist()]
    rows = counts.field("counts").cast(pa.int32())
    where = pa.array([table] * len(names), pa.int32())
    return pa.table([pa.array(names, pa.binary(16)), where, rows], schema=SCHEMA)


def _written(segment: Segment) -> dict[str, bytes]:
    index = pa.BufferOutputStream()
    with pa.ipc.new_stream(index, SCHEMA) as stream:
        stream.write_table(segment.index)
    return {
        _SEEN: json.dumps(segment.seen).encode(),
        _WITH: json.dumps(segment.found).encode(),
        _INDEX: index.getvalue().to_pybytes(),
    }


def _read(files: dict[str, bytes]) -> Segment:
    seen: Sequence[str] = json.loads(files[_SEEN])
    found: Sequence[str] = json.loads(files[_WITH])
    with pa.ipc.open_stream(files[_INDEX]) as stream:
        return Segment(tuple(seen), tuple(found), stream.read_all())
