"""From the records of a file to the columns of rows, quickly and in bounded memory."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from burnish.methods.formats.messages import FieldMap, Mapped, settled, to_messages
from burnish.methods.formats.read import BadRecord, Record, partition_fields, read_records
from burnish.methods.sources.latest import NEVER, key_halves
from burnish.methods.sources.moments import iso, moment
from burnish.methods.sources.subjects import subject_hash

MOST_ROWS, MOST_CHARACTERS = 20_000, 16_000_000
"""A batch is handed on when it has so many rows, or its text so many characters."""
ERASED = "erased_subject"
"""Reason of a record whose data subject was erased: it is not read again."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Mend = Callable[[str], tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How the records of a source become rows.

    `key` names a record across its versions, `created` its time. `secret` hides data subjects
    and keys. `mend` gives a message's text mended, and the names of what was done to it. Records
    of the `erased` data subjects (keyed hashes) say nothing but that they were there.
    """

    source: str
    format: str | None = None
    fields: FieldMap = field(default_factory=FieldMap)
    key: str | None = None
    created: str | None = None
    secret: bytes = field(default=b"", repr=False)
    mend: Mend | None = None
    erased: frozenset[str] = frozenset()


@dataclass(slots=True)
class Batch:
    """Columns of rows, and of records that cannot be rows (`bad`: id, origin, reason, detail).

    Row i has the messages from `offsets[i]` to `offsets[i + 1]`. `high`, `low` and `times` are
    there when the shape has a key.
    """

    source: str
    ids: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=lambda: [0])
    roles: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    subjects: list[str | None] = field(default_factory=list)
    metas: list[str | None] = field(default_factory=list)
    created: list[str | None] = field(default_factory=list)
    normalised: list[tuple[str, ...]] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    bad: list[tuple[str, str, str, str]] = field(default_factory=list)
    characters: int = 0

    def is_full(self) -> bool:
        """Whether it is time to hand the batch on."""
        longest = max(len(self.ids), len(self.bad))
        return longest >= MOST_ROWS or self.characters >= MOST_CHARACTERS

    def columns(self) -> dict[str, pa.Array]:
        """The rows, column by column."""
        turns = [pa.array(self.roles, pa.string()), pa.array(self.contents, pa.string())]
        said = pa.StructArray.from_arrays(turns, names=["role", "content"])
        return {
            "id": pa.array(self.ids, pa.string()),
            "source": pa.array([self.source] * len(self.ids), pa.string()),
            "origin": pa.array(self.origins, pa.string()),
            "messages": pa.ListArray.from_arrays(pa.array(self.offsets, pa.int32()), said),
            "label": pa.array(self.labels, pa.string()),
            "subject": pa.array(self.subjects, pa.string()),
            "meta": pa.array(self.metas, pa.string()),
            "created": pa.array(self.created, pa.string()),
            "normalised": pa.array(self.normalised, pa.list_(pa.string())),
        }

    def refused(self) -> list[dict[str, object]]:
        """The records that cannot be rows, as rows that say nothing but why."""
        return [
            {"id": name, "source": self.source, "origin": origin, "messages": [],
             "normalised": [], "reason": reason, "detail": detail}
            for name, origin, reason, detail in self.bad
        ]  # fmt: skip

    def keys(self) -> dict[str, pa.Array]:
        """Hashed key and time of each row, and its id."""
        return {
            "high": pa.array(self.high, pa.uint64()),
            "low": pa.array(self.low, pa.uint64()),
            "created": pa.array(self.times, pa.int64()),
            "id": pa.array(self.ids, pa.string()),
        }


@dataclass(slots=True)
class Reader:
    """Reads file after file; a batch may hold the rows of several small ones.

    `tally` counts records (`records`, `bad`, `erased_subject`), times that could not be read
    (`created_unread`) and what was mended (`mended NAME`).
    """

    shape: Shape
    tally: Counter[str] = field(default_factory=Counter)
    batch: Batch = field(init=False)

    def __post_init__(self) -> None:
        self.batch = Batch(self.shape.source)

    def read(self, path: Path, name: str) -> Iterator[Batch]:
        """The full batches that come about by the file called `name`.

        Raises `ValueError` for a file of no known format, `OSError` for one that cannot be read.
        """
        inherited = partition_fields(name)
        prefix = f"{self.shape.source}\0"
        for record in read_records(path, format=self.shape.format):
            origin = f"{name}:{record.position}"
            row = hashlib.sha256(f"{prefix}{origin}".encode()).hexdigest()[:32]
            self._add(row, origin, record, inherited)
            if self.batch.is_full():
                yield self.rest()

    def rest(self) -> Batch:
        """What is in hand, which may be nothing; the next batch begins."""
        done, self.batch = self.batch, Batch(self.shape.source)
        return done

    def _add(
        self, row: str, origin: str, record: Record | BadRecord, inherited: Mapping[str, str | None]
    ) -> None:
        if isinstance(record, BadRecord):
            self._refuse(row, origin, "unreadable", record.reason)
            return
        fields = {**inherited, **record.fields} if inherited else record.fields
        mapped = self._mapped(fields)
        key = self._key(fields)
        if isinstance(mapped, str):
            self._refuse(row, origin, "unmapped", mapped)
            return
        subject = self._hidden(mapped.subject)
        if subject in self.shape.erased:
            self._pass_over(row, origin)
        elif self.shape.key is not None and key is None:
            self._refuse(row, origin, "unmapped", f"the key field `{self.shape.key}` is empty")
        else:
            self._keep(row, origin, mapped, subject)
            self._remember(key, self._moment(fields))

    def _mapped(self, fields: Mapping[str, object]) -> Mapped | str:
        chosen = _settled(tuple(fields), self.shape.fields)
        return chosen if isinstance(chosen, str) else to_messages(fields, chosen)

    def _refuse(self, row: str, origin: str, reason: str, detail: str) -> None:
        self.tally["bad"] += 1
        self.batch.bad.append((row, origin, reason, f"{origin}: {detail}"))

    def _pass_over(self, row: str, origin: str) -> None:
        self.tally[ERASED] += 1
        self.batch.bad.append((row, origin, ERASED, f"{origin}: its data subject was erased"))

    def _keep(self, row: str, origin: str, mapped: Mapped, subject: str | None) -> None:
        batch = self.batch
        self.tally["records"] += 1
        batch.ids.append(row)
        batch.origins.append(origin)
        mended: tuple[str, ...] = ()
        for message in mapped.messages:
            text, done = self._mended(message["content"])
            mended += done
            batch.roles.append(message["role"])
            batch.contents.append(text)
            batch.characters += len(text)
        batch.offsets.append(len(batch.roles))
        batch.normalised.append(tuple(dict.fromkeys(mended)))
        batch.labels.append(mapped.label)
        batch.subjects.append(subject)
        batch.metas.append(_JSON.encode(mapped.meta) if mapped.meta else None)

    def _mended(self, text: str) -> tuple[str, tuple[str, ...]]:
        if self.shape.mend is None:
            return text, ()
        made, done = self.shape.mend(text)
        for name in done:
            self.tally[f"mended {name}"] += 1
        return made, done

    def _hidden(self, subject: str | None) -> str | None:
        return None if subject is None else subject_hash(self.shape.secret, subject)

    def _key(self, fields: Mapping[str, object]) -> str | None:
        value = fields.get(self.shape.key) if self.shape.key is not None else None
        return None if value is None or value == "" else str(value)

    def _moment(self, fields: Mapping[str, object]) -> datetime | None:
        if self.shape.created is None:
            return None
        try:
            return moment(fields.get(self.shape.created))
        except ValueError:
            self.tally["created_unread"] += 1
            return None

    def _remember(self, key: str | None, at: datetime | None) -> None:
        batch = self.batch
        batch.created.append(iso(at))
        if key is not None:
            high, low = key_halves(key, self.shape.secret)
            batch.high.append(high)
            batch.low.append(low)
            batch.times.append(NEVER if at is None else (at - EPOCH) // timedelta(microseconds=1))


@lru_cache(maxsize=256)
def _settled(names: tuple[str, ...], given: FieldMap) -> FieldMap | str:
    """Records of one file have the same fields: what is what is found out once."""
    return settled(names, given)


def _as_text(value: Any) -> str:
    """A Parquet value that JSON does not know, as text that a detector can read."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=_as_text)
