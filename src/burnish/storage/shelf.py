"""Where a store's bytes lie: the few things that a folder and an object storage both do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from burnish.storage.sealed import Source


class Shelf(Protocol):
    """Named bytes that are there whole or not at all. Names are relative, with slashes.

    Picklable, so that workers open it themselves. What is put without `replace` never changes
    afterwards: a second writer of a name keeps what the first one wrote.
    """

    def put(self, name: str, chunks: Iterable[bytes], *, replace: bool = False) -> None:
        """Keep the pieces as one. Readers see nothing of it, or all of it."""
        ...

    def open(self, name: str) -> AbstractContextManager[Source]:
        """The bytes from their beginning; raises `FileNotFoundError`."""
        ...

    def exists(self, *names: str) -> bool:
        """Whether at least one of the names is there."""
        ...

    def names(self, folder: str) -> Iterator[str]:
        """The names below a folder, in any order."""
        ...

    def set_aside(self, name: str) -> str:
        """Move a name into `quarantine`; returns its name there. Raises `FileNotFoundError`."""
        ...

    def remove(self, name: str) -> None:
        """Delete a name for good, if it is there."""
        ...

    def sweep(self) -> list[str]:
        """Move what killed writers left into `quarantine`; returns the names there."""
        ...

    def forget(self, name: str) -> bool:
        """Give up a local copy, so that the next read is from the source; says if there was one."""
        ...

    @property
    def where(self) -> str:
        """What people call the place: a folder or a URL."""
        ...
