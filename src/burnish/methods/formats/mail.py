"""Mail (RFC 5322, MIME): single messages and mailboxes, one record for each message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from burnish.methods.formats.compressed import BrokenStreamError, opened
from burnish.methods.formats.lines import Lines, LongLineError
from burnish.methods.formats.message import message_fields
from burnish.methods.formats.records import MESSAGE_FACTOR, BadRecord, Record

_SEPARATOR = re.compile(rb"From \S{1,400}@\S{1,400}\s*$|From .{0,400}?\d\d:\d\d")
_QUOTED = re.compile(rb">+From ")


def read_eml(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """The message as one record; see `message_fields`."""
    message = _Message(1, limit)
    try:
        with opened(path) as file:
            message.add(file.read(limit * MESSAGE_FACTOR + 1))
    except BrokenStreamError as error:
        message.spoil(str(error))
    yield message.read()


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
    """The bytes of one message, or why it is none."""

    def __init__(self, position: int, limit: int, bad: str = "") -> None:
        self._position = position
        self._limit = limit
        self._bad = bad
        self._data = bytearray()

    def add(self, data: bytes) -> None:
        """Add bytes, unless the message is bad already."""
        most = self._limit * MESSAGE_FACTOR
        if len(self._data) + len(data) > most:
            self.spoil(f"the message is longer than {most} bytes")
        elif not self._bad:
            self._data += data

    def spoil(self, reason: str) -> None:
        """Say why there is no message, and let go of its bytes."""
        self._bad = self._bad or reason
        self._data.clear()

    def read(self) -> Record | BadRecord:
        """The message as a record."""
        fields = self._bad or message_fields(bytes(self._data))
        if isinstance(fields, dict) and len(str(fields["text"]).encode()) > self._limit:
            fields = f"the text is longer than the limit of {self._limit} bytes"
        if isinstance(fields, str):
            return BadRecord(self._position, f"line {self._position}: {fields}")
        return Record(self._position, fields)


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
            message.add(line[1:] if _QUOTED.match(line) else line)
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
