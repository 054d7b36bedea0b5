"""Times as records give them, as one kind of text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

_NUMBER = re.compile(r"-?\d{9,19}(\.\d*)?")
_PLAIN_DAY = re.compile(r"\d{8}")
_SCALES = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6))
"""Below the first it is seconds since 1970; then milli- and microseconds; beyond, nanoseconds."""


def moment(value: object) -> datetime | None:
    """The time in UTC; None where there is no value.

    Read are ISO 8601, a count since 1970 (of seconds, or finer ones, told by their size), RFC 2822
    as in mail, and the dates of Parquet; a time without a zone is taken as UTC. Raises
    `ValueError`, which does not quote the value, for anything else.
    """
    if value is None or value == "":
        return None
    try:
        return _in_utc(_read(value))
    except (OverflowError, OSError, TypeError, ValueError, IndexError):
        raise ValueError("no time that can be read") from None


def iso(at: datetime | None) -> str | None:
    """ISO 8601 in UTC; texts sort as the times do."""
    return None if at is None else at.isoformat()


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _read(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, int | float):
        return _since_1970(value)
    if isinstance(value, str):
        return _read_text(value.strip())
    raise ValueError


def _read_text(text: str) -> datetime:
    if _NUMBER.fullmatch(text):
        return _since_1970(float(text) if "." in text else int(text))
    if text.isdigit() and not _PLAIN_DAY.fullmatch(text):
        raise ValueError
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)


def _since_1970(number: int | float) -> datetime:
    size = abs(number)
    scale = next((scale for limit, scale in _SCALES if size < limit), 1e9)
    return datetime.fromtimestamp(number / scale, UTC)
