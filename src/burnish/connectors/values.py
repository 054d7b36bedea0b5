"""Values of a database as JSON, the same text on every day and machine."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import math
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


class NotJson(ValueError):
    """A type that has no place in JSON; names the type, never the value."""


def line_of(row: Mapping[str, object]) -> bytes:
    """One line of JSON; text that is no UTF-8 stays as its bytes, for the reader to refuse.

    Numbers are exact: decimals become text. Times with a zone are told in UTC, bytes in base64,
    NaN and infinities as the text that PostgreSQL's own JSON has for them. Raises `NotJson` for
    a type that is none of these, with the column's name.
    """
    fields = {}
    for name, value in row.items():
        try:
            fields[name] = plain(value)
        except NotJson as wrong:
            raise NotJson(f"column '{name}' holds {wrong}") from None
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8", "surrogateescape") + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, from an escape in a JSON column
        return text.encode("utf-8", "surrogatepass") + b"\n"


def plain(value: object) -> object:
    """The value with nothing in it that JSON does not know."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    for kinds, tell in _TEXTS:
        if isinstance(value, kinds):
            return tell(value)
    raise NotJson(f"a {type(value).__name__}, which JSON does not have")


def pack(value: object) -> list[object]:
    """A value of a key or mark, with its type, for `unpack`. Raises `NotJson`."""
    for name, kind in _KEYS.items():
        if type(value) is kind:
            return [name, plain(value) if not isinstance(value, datetime) else value.isoformat()]
    raise NotJson(f"a {type(value).__name__}, by which rows cannot be put in order")


def unpack(packed: list[Any]) -> object:
    """The value that was packed."""
    name, value = packed
    return _READ[name](value)


class Seal:
    """A digest over the places of rows: whether a range holds the rows that were listed."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, place: list[list[object]]) -> None:
        """Take in the next row's place, as packed values."""
        self.rows += 1
        self._hash.update(json.dumps(place).encode("utf-8", "surrogatepass") + b"\n")

    def digest(self) -> str:
        """The digest of all rows so far."""
        return self._hash.hexdigest()


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _moment(value: datetime) -> str:
    try:
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    except OverflowError:  # within a day of year 1 or 9999
        return value.isoformat()


def _base64(value: bytes | bytearray | memoryview) -> str:
    return base64.b64encode(value).decode("ascii")


def _duration(value: timedelta) -> str:
    return f"PT{value // timedelta(microseconds=1) / 1e6:.6f}".rstrip("0").rstrip(".") + "S"


_NETWORK = (
    ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Interface,
    ipaddress.IPv6Interface, ipaddress.IPv4Network, ipaddress.IPv6Network,
)  # fmt: skip
_TEXTS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (datetime, _moment),
    (date | time, lambda value: value.isoformat()),
    (timedelta, _duration),
    ((Decimal, uuid.UUID, *_NETWORK), str),
    ((bytes, bytearray, memoryview), _base64),
)
_KEYS: dict[str, type] = {
    "int": int, "text": str, "decimal": Decimal, "float": float, "moment": datetime, "date": date,
    "uuid": uuid.UUID, "bytes": bytes,
}  # fmt: skip
_READ: dict[str, Callable[[Any], object]] = {
    "int": int, "text": str, "decimal": Decimal, "float": float, "uuid": uuid.UUID,
    "moment": datetime.fromisoformat, "date": date.fromisoformat, "bytes": base64.b64decode,
}  # fmt: skip
