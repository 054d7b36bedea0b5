"""A store in a folder: every object under its digest, and nothing in it readable without the key.

    store.json                        the store's key, sealed by the key provider
    objects/ab/cdef….parquet          tables, encrypted Parquet
    objects/ab/cdef….sealed           bytes and files, sealed containers
    memo/ab/cdef….sealed              remembered results, under the digest of the recipe
    scratch/NAME/SLOT.sealed          work in progress
    quarantine/                       what was swept or set aside; never deleted

Any number of processes may use one folder at once: files appear by rename, whole or not at
all, and two writers of one digest write the same content. It needs a POSIX file system.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from burnish.core.errors import IntegrityBroken, UsageError
from burnish.storage import atomic
from burnish.storage.digest import (
    HashingSink,
    HashingSource,
    bytes_digest,
    checked_digest,
    file_digest,
    missing,
    table_digest,
)
from burnish.storage.keys import FileKeyProvider, KeyProvider
from burnish.storage.scratch import FolderScratch, checked_name
from burnish.storage.sealed import Sink, Source, seal, unseal
from burnish.storage.tables import plain_layout, read_sealed, write_sealed
from burnish.storage.vault import Vault, rewrap

_TABLE, _SEALED = ".parquet", ".sealed"


@dataclass(frozen=True)
class FolderStore:
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
    def _vault(self) -> Vault:
        return Vault(self.root, self.keys).open()

    def put_table(self, table: pa.Table) -> str:
        """Keep a table; returns its logical digest. Raises `InputError` for a type not kept."""
        table = plain_layout(table)
        digest = table_digest(table)
        path = self._object(digest, _TABLE)
        if not path.exists():
            key = self._vault.table_key(digest)
            with atomic.replacing(path) as file:
                write_sealed(table, file, key, digest)
        return digest

    def get_table(self, digest: str) -> pa.Table:
        """A table in plain layout, without metadata; raises `IntegrityBroken`."""
        path = self._existing(digest, _TABLE)
        key = self._vault.table_key(digest)
        with self._naming(path, digest):
            return read_sealed(path, key, digest)

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes; returns their SHA-256."""
        digest = bytes_digest(data)
        path = self._object(digest, _SEALED)
        if not path.exists():
            self._seal(io.BytesIO(data), path, _object_context(digest))
        return digest

    def get_bytes(self, digest: str) -> bytes:
        """The bytes of a digest; raises `IntegrityBroken`."""
        content = io.BytesIO()
        self._unseal_object(digest, content)
        return content.getvalue()

    def put_file(self, path: Path) -> str:
        """Keep a file's bytes, streamed; returns their SHA-256.

        Raises `UsageError` if the file changes while it is read.
        """
        digest = file_digest(path)
        target = self._object(digest, _SEALED)
        if not target.exists():
            self._seal_file(path, target, digest)
        return digest

    def get_file(self, digest: str, path: Path) -> None:
        """Write the bytes of a digest to `path`, in the clear, mode 0600, whole or not at all.

        A process killed meanwhile leaves a part in the clear beside `path`, named `.tmp-…`.
        """
        with atomic.replacing(path) as file:
            self._unseal_object(digest, file)

    def has(self, digest: str) -> bool:
        """Whether a table or bytes of this digest are kept. Does not read them."""
        return any(self._object(digest, suffix).exists() for suffix in (_TABLE, _SEALED))

    def remember(self, recipe: str, value: bytes) -> None:
        """Keep the result of a recipe, in place of an earlier one."""
        self._seal(io.BytesIO(value), self._memo(recipe), _memo_context(recipe))

    def recall(self, recipe: str) -> bytes | None:
        """The remembered result of a recipe; raises `IntegrityBroken` if it does not verify."""
        path = self._memo(recipe)
        if not path.exists():
            return None
        vault, content = self._vault, io.BytesIO()
        with path.open("rb") as file, self._naming(path, "a remembered result"):
            unseal(file, content, vault, _memo_context(recipe))
        return content.getvalue()

    def scratch(self, name: str) -> FolderScratch:
        """The slots of one piece of work."""
        return FolderScratch(self.root / "scratch" / checked_name(name), self._vault)

    def rotate(self, keys: KeyProvider) -> FolderStore:
        """The same store under another provider's key; no table or file is rewritten.

        Who had the old key could have read the store's own key with it: rotation guards what
        is copied from now on, not what was copied before.
        """
        store = FolderStore(self.root, keys)
        rewrap(self.root, self.keys, keys)
        return store

    def sweep(self) -> list[Path]:
        """Move what killed writers left into quarantine; returns where it is now."""
        return atomic.sweep(self.root, self.root / "quarantine")

    def set_aside(self, digest: str) -> list[Path]:
        """Move an object into quarantine, so that it is made again; returns where it is now."""
        paths = [self._object(digest, suffix) for suffix in (_TABLE, _SEALED)]
        into = self.root / "quarantine"
        return [atomic.set_aside(path, into) for path in paths if path.exists()]

    def _object(self, digest: str, suffix: str) -> Path:
        checked_digest(digest)
        return self.root / "objects" / digest[:2] / f"{digest[2:]}{suffix}"

    def _memo(self, recipe: str) -> Path:
        name = bytes_digest(recipe.encode())
        return self.root / "memo" / name[:2] / f"{name[2:]}{_SEALED}"

    def _existing(self, digest: str, suffix: str) -> Path:
        path = self._object(digest, suffix)
        if not path.exists():
            raise missing(digest)
        return path

    def _seal(self, source: Source, path: Path, context: bytes) -> None:
        vault = self._vault
        with atomic.replacing(path) as file:
            seal(source, file, vault, context)

    def _seal_file(self, source: Path, path: Path, digest: str) -> None:
        vault = self._vault
        with source.open("rb") as content, atomic.replacing(path) as file:
            reading = HashingSource(content)
            seal(reading, file, vault, _object_context(digest))
            if reading.digest() != digest:
                raise UsageError(
                    f"the file {source.name} changed while it was read",
                    remedy="let its writer finish, and run again",
                )

    def _unseal_object(self, digest: str, target: Sink) -> None:
        path, vault = self._existing(digest, _SEALED), self._vault
        writing = HashingSink(target)
        with path.open("rb") as file, self._naming(path, digest):
            unseal(file, writing, vault, _object_context(digest))
            if writing.digest() != digest:
                raise IntegrityBroken("its content has another digest", remedy="make it again")

    @contextmanager
    def _naming(self, path: Path, what: str) -> Iterator[None]:
        """Say of which object it is that it does not verify, and how to mend it."""
        try:
            yield
        except IntegrityBroken as error:
            raise IntegrityBroken(
                f"{what}: {error.problem}",
                remedy=f"move {path.relative_to(self.root)} out of the store folder and run again: "
                "the step that made it makes it anew",
            ) from error


def _object_context(digest: str) -> bytes:
    return f"object {digest}".encode()


def _memo_context(recipe: str) -> bytes:
    return f"memo {recipe}".encode()
