"""What a reader hands out: a record, or the reason why there is none at a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LINE_LIMIT = 16 * 1024 * 1024
"""Bytes of the longest line, field, message or document's text that is read."""

FILE_FACTOR = 16
"""A PDF or DOCX may be so many times longer than the limit on its text: it holds pictures."""

MESSAGE_FACTOR = 4
"""A mail message may be so many times longer than the limit on its text, for its attachments."""


class FormatError(ValueError):
    """A file, a pattern or a folder that cannot be read at all; says where and how to mend it."""


class Record(NamedTuple):
    """One record of a file.

    `position` counts from 1: the line on which the record starts (JSONL, CSV, mbox), the row
    (Parquet), or 1 for a file that is one record.
    """

    position: int
    fields: dict[str, object]


class BadRecord(NamedTuple):
    """A place in a file from which no record could be made; `reason` never quotes the content."""

    position: int
    reason: str


def present(names: Sequence[str]) -> str:
    """Field names for a message: sorted, at most twelve, each cut at forty characters."""
    shown = [name[:40] for name in sorted(names)[:12]]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return (", ".join(shown) or "none") + more
