"""The registry of what was masked: keyed hashes row by row, so that no value is kept.

HMAC-SHA-256 (RFC 2104) of category and value, cut to 16 bytes, under a key derived from the
project's: without it nobody can try out telephone numbers. A line names its row, so that erasing
a person takes out that person's lines and no others.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from burnish.methods.privacy.leaves import leaves
from burnish.methods.privacy.table import META, PLAIN, metadata
from burnish.methods.privacy.values import one_value

CONTROL = ("EMAIL", "registry.control@burnish.example")
"""Nobody's address: in every registry, so that a wrong key or another normal form shows."""

HASHED = pa.schema(
    [
        ("id", pa.string()),
        ("subject", pa.string()),
        ("category", pa.string()),
        ("digest", pa.binary(16)),
    ]
)
_PURPOSE = b"burnish personal data 1\0"
_ID = "id"


def registry_key(secret: bytes) -> bytes:
    """The registry's own key, from the secret that hashes data subjects."""
    return hmac.digest(secret, _PURPOSE, "sha256")


def value_digest(key: bytes, category: str, value: str) -> bytes:
    """16 bytes that stand for a value; case, blanks and separators do not tell values apart."""
    told = f"{category}\0{one_value(category, value)}"
    return hmac.digest(key, told.encode(), "sha256")[:16]


def hashed_values(table: pa.Table, spans: pa.ListArray, key: bytes) -> pa.Table:
    """What the spans of the unmasked rows cover, each value of a row once (`HASHED`).

    `table` and `spans` are what `mask_table` took and found. The column `subject` says whose rows
    they are, for an erasure.
    """
    counts = pc.list_value_length(spans).to_pylist()
    places = [place for place, count in enumerate(counts) if count]
    chosen = pa.array(places, pa.int64())
    rows = table.take(chosen).to_pylist()
    made: list[dict[str, Any]] = []
    for row, found in zip(rows, spans.take(chosen).to_pylist(), strict=True):
        digests = {
            (span["category"], value_digest(key, span["category"], value))
            for span, value in _values(row, found)
        }
        made += [
            {"id": row[_ID], "subject": row.get("subject"), "category": name, "digest": digest}
            for name, digest in sorted(digests)
        ]
    return pa.Table.from_pylist(made, HASHED)


def registry_lines(tables: Iterable[pa.Table], key: bytes) -> bytes:
    """The registry: a line of JSON for each row, with the digests of each category."""
    lines = [_line("control", [(CONTROL[0], value_digest(key, *CONTROL))])]
    for table in tables:
        by_row: dict[str, list[tuple[str, bytes]]] = {}
        columns = (table.column(name).to_pylist() for name in (_ID, "category", "digest"))
        for row, category, digest in zip(*columns, strict=True):
            by_row.setdefault(row, []).append((category, digest))
        lines += [_line(row, pairs) for row, pairs in by_row.items()]
    return "\n".join(lines).encode()


@dataclass(frozen=True)
class Registry:
    """The digests of each category, and the key that makes them."""

    known: dict[str, frozenset[bytes]]
    key: bytes

    @classmethod
    def read(cls, data: bytes, key: bytes) -> Registry:
        """What `registry_lines` wrote, or an erasure left of it."""
        known: dict[str, set[bytes]] = {}
        for line in data.split(b"\n"):
            if line.strip():
                for category, digests in json.loads(line).items():
                    if category != _ID:
                        known.setdefault(category, set()).update(map(_bytes, digests))
        return cls({name: frozenset(found) for name, found in sorted(known.items())}, key)

    def holds(self, category: str, value: str) -> bool:
        """Whether this value was masked, as this category or as any other."""
        names = (category, *(name for name in self.known if name != category))
        return any(
            value_digest(self.key, name, value) in self.known.get(name, frozenset())
            for name in names
        )

    @property
    def sound(self) -> bool:
        """Whether the control is found: the key and the normal form are those of the masking."""
        return self.holds(*CONTROL)

    @property
    def values(self) -> int:
        """How many different values it holds, without the control."""
        return sum(map(len, self.known.values())) - self.sound


def _line(row: str, pairs: Sequence[tuple[str, bytes]]) -> str:
    by_category: dict[str, list[str]] = {}
    for category, digest in pairs:
        by_category.setdefault(category, []).append(base64.b64encode(digest).decode())
    told = {name: sorted(digests) for name, digests in sorted(by_category.items())}
    return json.dumps({_ID: row, **told}, separators=(",", ":"))


def _bytes(digest: str) -> bytes:
    return base64.b64decode(digest, validate=True)


def _values(
    row: dict[str, Any], spans: Sequence[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Each span with the characters that it covers in the row as it was."""
    inside: list[str] | None = None
    for span in spans:
        if span["field"] in PLAIN:
            text = row[span["field"]]
        elif span["field"] == META:
            if inside is None:
                inside = [leaf.text for leaf in leaves(metadata(row[META]))]
            text = inside[span["index"]]
        else:
            text = row["messages"][span["index"]]["content"]
        yield span, text[span["start"] : span["end"]]
