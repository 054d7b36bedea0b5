"""Copies of sealed objects on this machine, so that what was just written is not fetched again.

Copies are as sealed as their originals, and the store checks every read by its digest; a copy
that does not verify is given up and fetched anew. Only objects are copied: their bytes never
change under their name. When the folder holds more than its limit, what was used longest ago goes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from burnish.storage.atomic import PREFIX
from burnish.storage.sealed import Source
from burnish.storage.shelf import Shelf

_KEPT = "objects/"
_SHARE = 16
"""The folder is looked through whenever this part of its limit was written anew."""


@dataclass(frozen=True)
class CachedShelf:
    """A shelf behind a folder of copies."""

    inner: Shelf
    folder: Path
    limit: int
    _written: list[int] = field(default_factory=list, compare=False, repr=False)

    def __reduce__(self) -> tuple[object, ...]:
        """The shelf and the folder."""
        return (type(self), (self.inner, self.folder, self.limit))

    @property
    def where(self) -> str:
        """The shelf's own place."""
        return self.inner.where

    def put(self, name: str, chunks: Iterable[bytes], *, replace: bool = False) -> None:
        """Keep the pieces, and a copy of them: the next step reads what this one wrote."""
        if replace or not _is_kept(name):
            self.inner.put(name, chunks, replace=replace)
            return
        with self._copying(name) as file:
            self.inner.put(name, _through(chunks, file))

    @contextmanager
    def open(self, name: str) -> Iterator[Source]:
        """The copy, made now if there is none."""
        if not _is_kept(name):
            with self.inner.open(name) as source:
                yield source
            return
        path = self._path(name)
        if not path.exists():
            self._fetch(name)
        try:
            file = path.open("rb")
        except FileNotFoundError:  # another process made room meanwhile
            with self.inner.open(name) as source:
                yield source
            return
        with file:
            os.utime(file.fileno())
            yield file

    def exists(self, *names: str) -> bool:
        """As the shelf says: a copy proves nothing."""
        return self.inner.exists(*names)

    def names(self, folder: str) -> Iterator[str]:
        """As the shelf says."""
        return self.inner.names(folder)

    def set_aside(self, name: str) -> str:
        """Move it on the shelf, and give up the copy."""
        self.forget(name)
        return self.inner.set_aside(name)

    def remove(self, name: str) -> None:
        """Delete it on the shelf, and the copy."""
        self.forget(name)
        self.inner.remove(name)

    def sweep(self) -> list[str]:
        """As the shelf; unfinished copies go with the oldest ones."""
        return self.inner.sweep()

    def forget(self, name: str) -> bool:
        """Delete the copy."""
        path = self._path(name)
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def _fetch(self, name: str) -> None:
        with self.inner.open(name) as source, self._copying(name) as file:
            for piece in iter(lambda: source.read(1 << 20), b""):
                file.write(piece)

    @contextmanager
    def _copying(self, name: str) -> Iterator[BinaryIO]:
        """A copy that appears when it is whole; not flushed, for it can always be fetched anew."""
        path = self._path(name)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_name(f"{PREFIX}{secrets.token_hex(8)}")
        try:
            with part.open("xb") as file:
                yield file
                size = file.tell()
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self._make_room(size)

    def _make_room(self, size: int) -> None:
        """At the first copy and whenever enough was written: let the oldest copies go."""
        self._written.append(size)
        if len(self._written) > 1 and sum(self._written) < self.limit // _SHARE:
            return
        self._written[:] = [0]
        copies = sorted(_copies(self.folder))
        excess = sum(size for _, _, size in copies) - self.limit
        for _, path, size in copies:
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= size

    def _path(self, name: str) -> Path:
        return self.folder / name.removeprefix(_KEPT)


def _is_kept(name: str) -> bool:
    return name.startswith(_KEPT)


def _through(chunks: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    """The pieces, written to `file` as they pass."""
    for chunk in chunks:
        file.write(chunk)
        yield chunk


def _copies(folder: Path) -> Iterator[tuple[int, Path, int]]:
    """When each copy was used last (nanoseconds), where it is, and its bytes."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # gone meanwhile: another process makes room too
            found = path.stat()
            if path.is_file():
                yield found.st_mtime_ns, path, found.st_size
