"""Sealed slots for work in progress, such as training checkpoints.

A slot is one sealed file: a table of names and sizes, then the files one after the other. So
a slot is replaced at once, and is there whole or not at all.
"""

from __future__ import annotations

import json
import re
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from burnish.core.errors import IntegrityBroken, UsageError
from burnish.storage.keys import KeyWrapper
from burnish.storage.sealed import sealing, unsealing
from burnish.storage.shelf import Shelf

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SUFFIX = ".sealed"
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True)
class SealedScratch:
    """The slots of one piece of work, a sealed file each."""

    shelf: Shelf
    work: str
    keys: KeyWrapper

    def save(self, slot: str, files: Mapping[str, bytes]) -> None:
        """Keep files under `slot`, in place of what was there."""
        index = json.dumps([[name, len(data)] for name, data in files.items()]).encode()
        joined = _Joined([_LENGTH.pack(len(index)), index, *files.values()])
        pieces = sealing(joined, self.keys, self._context(checked_name(slot)))
        self.shelf.put(self._name(slot), pieces, replace=True)

    def load(self, slot: str) -> dict[str, bytes]:
        """The files of a slot; raises `UsageError` if there is none, `IntegrityBroken`."""
        try:
            with self.shelf.open(self._name(checked_name(slot))) as file:
                return _parse(unsealing(file, self.keys, self._context(slot)))
        except FileNotFoundError:
            raise no_slot(slot, self.slots()) from None
        except IntegrityBroken as error:
            raise IntegrityBroken(
                f"the saved slot '{slot}' does not verify: it was changed, moved or cut off",
                remedy=f"drop the slot '{slot}' and go on from an earlier one",
            ) from error

    def slots(self) -> list[str]:
        """The names of the slots that are whole, sorted."""
        names = (name.rpartition("/")[2] for name in self.shelf.names(self._folder))
        return sorted(name.removesuffix(_SUFFIX) for name in names if is_name(name))

    def drop(self, slot: str) -> None:
        """Delete a slot, if it is there."""
        self.shelf.remove(self._name(checked_name(slot)))

    def set_aside(self, slot: str) -> None:
        """Move a slot into quarantine, if it is there; it is not among the slots any more."""
        with suppress(FileNotFoundError):  # another process was faster
            self.shelf.set_aside(self._name(checked_name(slot)))

    @property
    def _folder(self) -> str:
        return f"scratch/{self.work}"

    def _name(self, slot: str) -> str:
        return f"{self._folder}/{slot}{_SUFFIX}"

    def _context(self, slot: str) -> bytes:
        return f"scratch {self.work} {slot}".encode()


def is_name(name: str) -> bool:
    """Whether a name is safe as a file name."""
    return _NAME.fullmatch(name) is not None


def checked_name(name: str) -> str:
    """The name, if it is safe as a file name; raises `UsageError`."""
    if not is_name(name):
        raise UsageError(
            f"{name!r} cannot name scratch work or a slot",
            remedy="use up to 128 letters, digits, '.', '_' or '-', beginning with none of these",
        )
    return name


def no_slot(slot: str, there: Iterable[str]) -> UsageError:
    """The error for a slot that is not there."""
    return UsageError(
        f"nothing is saved under the slot '{slot}'",
        remedy=f"choose one of: {', '.join(there) or 'none yet, save one first'}",
    )


def _parse(pieces: Iterator[bytes]) -> dict[str, bytes]:
    """The files of a slot; all pieces are taken, so that a slot cut short is noticed."""
    unread = _Unread(pieces)
    (length,) = _LENGTH.unpack(unread.take(_LENGTH.size))
    files = {name: unread.take(size) for name, size in json.loads(unread.take(length))}
    unread.finish()
    return files


class _Unread:
    """Pieces of bytes taken in other sizes, without joining them all."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        parts: list[memoryview] = []
        while size:
            if not self._rest:
                self._rest = memoryview(next(self._pieces))
            parts.append(self._rest[:size])
            self._rest = self._rest[size:]
            size -= len(parts[-1])
        return b"".join(parts)

    def finish(self) -> None:
        """Take what is left."""
        deque(self._pieces, maxlen=0)


class _Joined:
    """Several pieces of bytes read as one file, without copying them together."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = [memoryview(part) for part in reversed(list(parts)) if part]

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, from one piece; none at the end."""
        if not self._parts:
            return b""
        part = self._parts.pop()
        if size < len(part):
            self._parts.append(part[size:])
        return bytes(part[:size])
