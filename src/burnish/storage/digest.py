"""Names for bytes and tables.

A table's digest is logical: it depends on the column names, their order and types, the nulls
and the values, and on nothing else. How the table is chunked, sliced or dictionary-encoded,
whether strings have 32- or 64-bit offsets or lists a fixed size, what lies under a null, and
schema metadata make no difference. So a table has one name wherever and with whichever library
version it was made.

The construction is a tree of SHA-256 digests. Each column has a stream of null positions, one
of lengths (of strings and lists) and one of value bytes; a column's digest covers its type
label, row count, the three stream digests and its children's; a table's covers its columns'.
Every part has a fixed size or a length in front, so two tables that differ feed the hash
different bytes. Integers and floats are hashed as little-endian machine words.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from burnish.core.errors import InputError, IntegrityBroken, UsageError
from burnish.storage.sealed import Source

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAGIC = b"burnish.table.1"

_SIMPLE: dict[pa.DataType, str] = {
    pa.null(): "null",
    pa.bool_(): "bool",
    pa.int8(): "int8",
    pa.int16(): "int16",
    pa.int32(): "int32",
    pa.int64(): "int64",
    pa.uint8(): "uint8",
    pa.uint16(): "uint16",
    pa.uint32(): "uint32",
    pa.uint64(): "uint64",
    pa.float16(): "float16",
    pa.float32(): "float32",
    pa.float64(): "float64",
    pa.date32(): "date32",
    pa.date64(): "date64",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.string_view(): "string",
    pa.binary(): "binary",
    pa.large_binary(): "binary",
    pa.binary_view(): "binary",
}

_VIEWS = (pa.string_view(), pa.binary_view())
_PARAMETRISED: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], str]], ...] = (
    (pa.types.is_timestamp, lambda kind: f"timestamp[{kind.unit}]{kind.tz or ''}"),
    (pa.types.is_time, lambda kind: f"time[{kind.unit}]"),
    (pa.types.is_duration, lambda kind: f"duration[{kind.unit}]"),
    (
        pa.types.is_decimal,
        lambda kind: f"decimal{kind.bit_width}[{kind.precision},{kind.scale}]",
    ),
    (pa.types.is_fixed_size_binary, lambda kind: f"binary[{kind.byte_width}]"),
    (pa.types.is_fixed_size_list, lambda kind: "list"),
    (pa.types.is_list, lambda kind: "list"),
    (pa.types.is_large_list, lambda kind: "list"),
    (pa.types.is_struct, lambda kind: "struct"),
)


def bytes_digest(data: bytes) -> str:
    """SHA-256 of `data`, 64 hexadecimal characters."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, read as a stream."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked_digest(digest: str) -> str:
    """The digest, if it is one; raises `UsageError`, so that no other text becomes a path."""
    if _DIGEST.fullmatch(digest) is None:
        raise UsageError(
            "a digest is 64 hexadecimal characters in lower case, and this is none",
            remedy="give the whole digest as a manifest or the ledger shows it",
        )
    return digest


def missing(digest: str) -> IntegrityBroken:
    """The error for a digest that a store does not hold."""
    return IntegrityBroken(
        f"{digest} is not in the store",
        remedy="run again: the step that made it makes it anew",
    )


class HashingSource:
    """Reads through to a source and digests what passes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes of the source."""
        data = self._source.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        """SHA-256 of what was read, 64 hexadecimal characters."""
        return self._hash.hexdigest()


def table_digest(table: pa.Table) -> str:
    """Logical SHA-256 of an Arrow table, 64 hexadecimal characters.

    All NaNs are one value; 0.0 and -0.0 are two. Raises `InputError` for a type that has no
    digest (maps, unions, intervals, run-end encoding, list views, extension types).
    """
    whole = hashlib.sha256(_MAGIC + struct.pack("<QQ", table.num_rows, table.num_columns))
    for field, column in zip(table.schema, table.columns, strict=True):
        digest = _Column(field.type, field.name)
        for chunk in column.chunks:
            digest.feed(chunk)
        whole.update(_text(field.name) + digest.finish())
    return whole.hexdigest()


class _Column:
    """The running digest of one column, or of one field inside it."""

    def __init__(self, kind: pa.DataType, name: str) -> None:
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        self._label = _label(kind, name)
        self._rows = 0
        self._nulls = hashlib.sha256()
        self._lengths = hashlib.sha256()
        self._values = hashlib.sha256()
        fields = _fields(kind)
        self._names = [field.name for field in fields] if pa.types.is_struct(kind) else []
        self._children = [_Column(field.type, f"{name}.{field.name}") for field in fields]

    def feed(self, array: pa.Array) -> None:
        """Take in the next rows."""
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if array.type in _VIEWS:
            array = array.cast(pa.large_binary())
        rows = self._rows
        self._rows += len(array)
        if array.null_count:
            where = np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))
            self._nulls.update((where + rows).astype("<u8").tobytes())
            array = array.drop_null()
        if len(array):
            self._feed_valid(array)

    def _feed_valid(self, array: pa.Array) -> None:
        kind = array.type
        if pa.types.is_struct(kind):
            for child, part in zip(self._children, array.flatten(), strict=True):
                child.feed(part)
        elif self._children:
            self._feed_lengths(array)
            self._children[0].feed(array.flatten())
        elif _is_text(kind):
            self._feed_text(array)
        else:
            self._values.update(_fixed_width(array))

    def _feed_text(self, array: pa.Array) -> None:
        offsets = self._feed_lengths(array)
        data = array.buffers()[2]
        if data is not None:
            self._values.update(memoryview(data)[int(offsets[0]) : int(offsets[-1])])

    def _feed_lengths(self, array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        offsets = _offsets(array)
        self._lengths.update(np.diff(offsets).astype("<u8").tobytes())
        return offsets

    def finish(self) -> bytes:
        """The digest of all rows fed, 32 bytes."""
        whole = hashlib.sha256(_text(self._label) + struct.pack("<Q", self._rows))
        for stream in (self._nulls, self._lengths, self._values):
            whole.update(stream.digest())
        whole.update(struct.pack("<Q", len(self._children)))
        for name in self._names:
            whole.update(_text(name))
        for child in self._children:
            whole.update(child.finish())
        return whole.digest()


def _label(kind: pa.DataType, name: str) -> str:
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    for fits, label in _PARAMETRISED:
        if fits(kind):
            return label(kind)
    raise InputError(
        f"column '{name}' has the type {kind}, which has no digest",
        remedy="cast the column to a plain type: number, text, binary, list, struct or timestamp",
    )


def _fields(kind: pa.DataType) -> list[pa.Field]:
    if not pa.types.is_nested(kind):
        return []
    return [kind.field(index) for index in range(kind.num_fields)]


def _is_text(kind: pa.DataType) -> bool:
    return _SIMPLE.get(kind) in ("string", "binary")


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _offsets(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if pa.types.is_fixed_size_list(array.type):
        size: int = array.type.list_size
        return np.arange(len(array) + 1, dtype=np.int64) * size
    wide = pa.types.is_large_list(array.type) or array.type in (
        pa.large_string(),
        pa.large_binary(),
    )
    word: type[np.signedinteger] = np.int64 if wide else np.int32
    start = array.offset * np.dtype(word).itemsize
    return np.frombuffer(array.buffers()[1], word, len(array) + 1, start).astype(np.int64)


def _fixed_width(array: pa.Array) -> bytes | memoryview:
    """The value bytes of a column without nulls, NaNs made one."""
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    width = array.type.bit_width // 8
    start = array.offset * width
    data = memoryview(array.buffers()[1])[start : start + len(array) * width]
    if not pa.types.is_floating(array.type):
        return data
    values = np.frombuffer(data, f"<f{width}")
    nans = np.isnan(values)
    if not nans.any():
        return data
    values = values.copy()
    values[nans] = np.nan
    return values.tobytes()
