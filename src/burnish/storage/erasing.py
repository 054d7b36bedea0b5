"""Objects of a store again, without the rows of one data subject.

Nothing is changed in place: an object that holds rows of the person gets a successor without
them, under its own digest, and the old one is dropped by whoever wrote down that it goes. What
says nothing of whose rows it was made from is not looked into: it goes as a whole.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc

from burnish.core.shards import REASON
from burnish.storage.store import SealedStore
from burnish.storage.subject_index import WORK

ID, SUBJECT = "id", "subject"
_ROW = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_OVERLAP = 64
_GONE = object()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The successor of an object ('' where nothing is left), its rows, and what was taken out."""

    digest: str
    rows: int = 0
    removed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def ids_in(store: SealedStore, tables: Iterable[str], subject: str) -> set[str]:
    """The ids of a person's rows; those of windows of one document begin alike."""
    found: set[str] = set()
    for digest in tables:
        columns = store.get_columns(digest, (ID, SUBJECT))
        if ID in columns.column_names:
            mine = columns.filter(pc.equal(columns.column(SUBJECT), subject))
            found.update(mine.column(ID).drop_null().to_pylist())
    return found


def table_without(store: SealedStore, digest: str, subject: str, *, keep: bool) -> Rewritten:
    """A table without a person's rows; with `keep` the successor is put into the store."""
    table = store.get_table(digest)
    mine = pc.fill_null(pc.equal(table.column(SUBJECT), subject), False)
    rest, gone = table.filter(pc.invert(mine)), table.filter(mine)
    reasons: Counter[str] = Counter()
    if REASON in table.column_names:
        reasons.update(str(reason) for reason in gone.column(REASON).to_pylist())
    made = store.put_table(rest) if keep and rest.num_rows else ""
    return Rewritten(made, rest.num_rows, gone.num_rows, reasons)


def mentions(store: SealedStore, digest: str, ids: Collection[str]) -> bool:
    """Whether kept bytes are a text that names one of these rows; weights and the like are not."""
    wanted = {name.partition(".")[0].encode() for name in ids}
    rest = b""
    for number, piece in enumerate(store.pieces(digest)):
        if number == 0 and not _is_text(piece):
            return False
        here = rest + piece
        if not wanted.isdisjoint(_ROW.findall(here)):
            return True
        rest = here[-_OVERLAP:]
    return False


def bytes_without(
    store: SealedStore, digest: str, ids: Collection[str], *, keep: bool
) -> Rewritten:
    """JSON, or lines of JSON, without what names one of these rows; of any other text nothing."""
    names = {name.partition(".")[0] for name in ids}
    data = store.get_bytes(digest)
    try:
        left, removed = _document(data, names)
    except ValueError:
        try:
            left, removed = _lines(data, names)
        except ValueError:
            left, removed = b"", 1
    return Rewritten(store.put_bytes(left) if keep and left else "", 0, removed)


def value_without(value: Any, ids: Collection[str]) -> Any:
    """A value of JSON without what names one of these rows; None where nothing is left."""
    left = _without(value, {name.partition(".")[0] for name in ids}, Counter())
    return None if left is _GONE else left


def scratch_names(store: SealedStore) -> list[str]:
    """Everything that is kept of work in progress, but for the index of subjects."""
    own = f"scratch/{WORK}/"
    return sorted(name for name in store.shelf.names("scratch") if not name.startswith(own))


def set_aside_names(store: SealedStore) -> list[str]:
    """Everything that was swept or set aside, unfinished files of killed writers with it."""
    store.sweep()
    return sorted(store.shelf.names("quarantine"))


def _is_text(piece: bytes) -> bool:
    if b"\0" in piece:
        return False
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return wrong.start >= len(piece) - 8  # the piece may end within a character
    return True


def _document(data: bytes, names: set[str]) -> tuple[bytes, int]:
    removed: Counter[str] = Counter()
    left = _without(json.loads(data), names, removed)
    if left is _GONE:
        return b"", removed.total()
    text = json.dumps(left, sort_keys=True, indent=1, ensure_ascii=False)
    return text.encode(), removed.total()


def _lines(data: bytes, names: set[str]) -> tuple[bytes, int]:
    lines = [line for line in data.split(b"\n") if line.strip()]
    for line in lines:
        json.loads(line)
    kept = [line for line in lines if not _named(line, names)]
    return b"\n".join(kept), len(lines) - len(kept)


def _named(line: bytes, names: set[str]) -> bool:
    return any(found.decode() in names for found in _ROW.findall(line))


def _without(value: Any, names: set[str], removed: Counter[str]) -> Any:
    """The value without the texts that name a row, and without the objects that hold such."""
    if isinstance(value, str):
        return _GONE if _named(value.encode(), names) else value
    if isinstance(value, dict):
        return _without_fields(value, names, removed)
    if isinstance(value, list):
        left = [_without(item, names, removed) for item in value]
        removed["items"] += sum(item is _GONE for item in left)
        return [item for item in left if item is not _GONE]
    return value


def _without_fields(value: dict[str, Any], names: set[str], removed: Counter[str]) -> Any:
    left: dict[str, Any] = {}
    for key, item in value.items():
        if _named(key.encode(), names):
            removed["items"] += 1
            continue
        kept = _without(item, names, removed)
        if kept is _GONE:  # an object that says a row's name is about that row
            return _GONE
        left[key] = kept
    return left
