"""Sealed slots for work in progress, such as training checkpoints.

A slot is one sealed file: a table of names and sizes, then the files one after the other. So
a slot is replaced in one rename, and is there whole or not at all.
"""

from __future__ import annotations

import io
import json
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from burnish.core.errors import IntegrityBroken, UsageError
from burnish.storage.atomic import remove, replacing
from burnish.storage.keys import KeyWrapper
from burnish.storage.sealed import SealedReader, seal

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SUFFIX = ".sealed"
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True)
class FolderScratch:
    """The slots of one piece of work, a sealed file each in `folder`."""

    folder: Path
    keys: KeyWrapper

    def save(self, slot: str, files: Mapping[str, bytes]) -> None:
        """Keep files under `slot`, in place of what was there."""
        path = self._path(slot)
        index = json.dumps([[name, len(data)] for name, data in files.items()]).encode()
        joined = _Joined([_LENGTH.pack(len(index)), index, *files.values()])
        with replacing(path) as file:
            seal(joined, file, self.keys, self._context(slot))

    def load(self, slot: str) -> dict[str, bytes]:
        """The files of a slot; raises `UsageError` if there is none, `IntegrityBroken`."""
        path = self._path(slot)
        if not path.exists():
            raise no_slot(slot, self.slots())
        try:
            with path.open("rb") as file:
                return _parse(SealedReader(file, self.keys, self._context(slot)))
        except IntegrityBroken as error:
            raise IntegrityBroken(
                f"the saved slot '{slot}' does not verify: it was changed, moved or cut off",
                remedy=f"drop the slot '{slot}' and go on from an earlier one",
            ) from error

    def slots(self) -> list[str]:
        """The names of the slots that are whole, sorted."""
        files = self.folder.glob(f"*{_SUFFIX}")
        return sorted(path.name.removesuffix(_SUFFIX) for path in files if is_name(path.name))

    def drop(self, slot: str) -> None:
        """Delete a slot, if it is there."""
        remove(self._path(slot))

    def _path(self, slot: str) -> Path:
        return self.folder / f"{checked_name(slot)}{_SUFFIX}"

    def _context(self, slot: str) -> bytes:
        return f"scratch {self.folder.name} {slot}".encode()


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


def _parse(reader: SealedReader) -> dict[str, bytes]:
    file = io.BufferedReader(reader)
    (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
    return {name: file.read(size) for name, size in json.loads(file.read(length))}


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
