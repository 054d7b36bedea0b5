"""A store in a folder. Files appear by name whole or not at all; it needs a POSIX file system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from burnish.core.errors import UsageError
from burnish.storage import atomic
from burnish.storage.keys import FileKeyProvider, KeyProvider
from burnish.storage.sealed import Source
from burnish.storage.store import SealedStore

_QUARANTINE = "quarantine"


@dataclass(frozen=True)
class FolderShelf:
    """Files below a folder."""

    root: Path

    @property
    def where(self) -> str:
        """The folder's role; its path is in the plan."""
        return "the store folder"

    def put(self, name: str, chunks: Iterable[bytes], *, replace: bool = False) -> None:
        """Write a file and let it appear when it is whole."""
        target = self.root / name
        if not replace:
            atomic.create_once(target, chunks)
            return
        with atomic.replacing(target) as file:
            file.writelines(chunks)

    def open(self, name: str) -> AbstractContextManager[Source]:
        """The file."""
        return (self.root / name).open("rb")

    def exists(self, *names: str) -> bool:
        """Whether one of the files is there."""
        return any((self.root / name).exists() for name in names)

    def names(self, folder: str) -> Iterator[str]:
        """The files below a folder that are whole."""
        for path in (self.root / folder).rglob("*"):
            if path.is_file() and not path.name.startswith(atomic.PREFIX):
                yield path.relative_to(self.root).as_posix()

    def set_aside(self, name: str) -> str:
        """Move a file into quarantine, under a name that is free there."""
        return self._name(atomic.set_aside(self.root / name, self.root / _QUARANTINE))

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        atomic.remove(self.root / name)

    def sweep(self) -> list[str]:
        """Move the unfinished files of dead writers into quarantine."""
        return [self._name(path) for path in atomic.sweep(self.root, self.root / _QUARANTINE)]

    def forget(self, name: str) -> bool:
        """There is no copy beside the file."""
        return False

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class FolderStore(SealedStore):
    """Sealed objects in a folder. Picklable: a worker opens the folder and the key itself."""

    root: Path
    keys: KeyProvider

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root).absolute())
        if isinstance(self.keys, FileKeyProvider) and self.keys.path.is_relative_to(self.root):
            raise UsageError(
                f"the key file {self.keys.path} lies inside the store that it seals",
                remedy=f"move it out of {self.root}: who copies the store must not get the key",
            )

    def __reduce__(self) -> tuple[object, ...]:
        """Only where the store and its key are; never the opened key."""
        return (type(self), (self.root, self.keys))

    @cached_property
    def shelf(self) -> FolderShelf:
        """The folder."""
        return FolderShelf(self.root)

    def with_keys(self, keys: KeyProvider) -> FolderStore:
        """The same folder, opened with another provider's key."""
        return FolderStore(self.root, keys)
