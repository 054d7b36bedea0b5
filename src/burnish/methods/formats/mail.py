"""Mail (RFC 5322, MIME): single messages and mailboxes, one record for each message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from burnish.methods.formats.compressed import BrokenStreamError, opened
from burnish.methods.formats.lines import Lines, LongLineError
from burnish.methods.formats.message import message_fields
from burnish.methods.formats.records import BadRecord, Record

_SEPARATOR = re.compile(rb"From \S{1,400}@\S{1,400}\s*$|From .{0,400}?\d\d:\d\d")


def read_eml(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """The message as one record; see `message_fields`."""
    try:
        with opened(path) as file:
            data = file.read(limit + 1)
    except BrokenStreamError as error:
        yield BadRecord(1, f"line 1: {error}")
        return
    if len(data) > limit:
        yield BadRecord(1, f"line 1: the message is longer than the limit of {limit} bytes")
    else:
        yield _record(data, 1)


def read_mbox(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """Messages of a mailbox in order, one in memory at a time; see `message_fields`.

    A message starts at a line `From `, with an address or a time, that begins the file or
    follows an empty line (RFC 4155); `>From ` within a message loses one `>` (mboxrd). The
    position is the line of `From `.
    """
    with opened(path) as file:
        for message in _messages(Lines(file, limit), limit):
            yield message.read()


class _Message:
    """The lines of one message, or why it is none."""

    def __init__(self, position: int, limit: int, bad: str = "") -> None:
        self._position = position
        self._left = limit
        self._limit = limit
        self._bad = bad
        self._lines: list[bytes] = []

    def add(self, line: bytes) -> None:
        self._left -= len(line)
        if self._left < 0:
            self.spoil(f"the message is longer than the limit of {self._limit} bytes")
        elif not self._bad:
            quoted = line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
            self._lines.append(line[1:] if quoted else line)

    def spoil(self, reason: str) -> None:
        self._bad = self._bad or reason
        self._lines.clear()

    def read(self) -> Record | BadRecord:
        if self._bad:
            return BadRecord(self._position, f"line {self._position}: {self._bad}")
        return _record(b"".join(self._lines), self._position)


def _messages(lines: Lines, limit: int) -> Iterator[_Message]:
    message: _Message | None = None
    blank = True
    for line in _each(lines):
        if isinstance(line, str):
            message = message or _Message(lines.number, limit)
            message.spoil(line)
            continue
        if blank and _SEPARATOR.match(line):
            if message is not None:
                yield message
            message = _Message(lines.number, limit)
        elif message is not None:
            message.add(line)
        elif line.strip():
            message = _Message(lines.number, limit, "text stands before the first line `From `")
        blank = not line.strip()
    if message is not None:
        yield message


def _each(lines: Lines) -> Iterator[bytes | str]:
    """Lines, and in the place of one that cannot be read the reason why."""
    while True:
        try:
            yield next(lines)
        except StopIteration:
            return
        except LongLineError as error:
            yield f"a line is {error}"
        except BrokenStreamError as error:
            yield str(error)


def _record(data: bytes, position: int) -> Record | BadRecord:
    fields = message_fields(data)
    if isinstance(fields, str):
        return BadRecord(position, f"line {position}: {fields}")
    return Record(position, fields)
