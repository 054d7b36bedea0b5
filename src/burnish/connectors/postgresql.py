"""PostgreSQL's values: what Python cannot hold of times (infinity, years before 1) is text."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.types import datetime as times
from psycopg.types.string import TextLoader

SESSION = {
    "timezone": "UTC", "datestyle": "ISO, YMD", "intervalstyle": "iso_8601",
    "idle_in_transaction_session_timeout": "0",
}  # fmt: skip
"""The text of a value is the same on every server, and a reader may take its time."""
_AS_TEXT = (
    "interval", "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange",
    "int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange",
    "tstzmultirange",
)  # fmt: skip


class _Tolerant(Loader):
    """Reads a value as psycopg does, or as its text where there is no value for it."""

    strict: type[Loader]

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._strict = self.strict(oid, context)

    def load(self, data: Buffer) -> Any:
        try:
            return self._strict.load(data)
        except psycopg.DataError:
            return bytes(data).decode("ascii")


class _Date(_Tolerant):
    strict = times.DateLoader


class _Time(_Tolerant):
    strict = times.TimeLoader


class _Moment(_Tolerant):
    strict = times.TimestampLoader


class _ZonedMoment(_Tolerant):
    strict = times.TimestamptzLoader


def tolerant(connection: Any, _record: object) -> None:
    """Teach a new connection to go on where a time has no Python value (an engine's event)."""
    adapters = connection.adapters
    for name, loader in (
        ("date", _Date), ("time", _Time), ("timestamp", _Moment), ("timestamptz", _ZonedMoment),
    ):  # fmt: skip
        adapters.register_loader(name, loader)
    for name in _AS_TEXT:
        adapters.register_loader(name, TextLoader)
