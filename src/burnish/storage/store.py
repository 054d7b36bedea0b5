"""The sealed store, wherever its bytes lie: every object under its digest, none readable.

    store.json                        the store's key, sealed by the key provider
    objects/ab/cdef….parquet          tables, encrypted Parquet
    objects/ab/cdef….sealed           bytes and files, sealed containers
    memo/ab/cdef….sealed              remembered results, under the digest of the recipe
    scratch/NAME/SLOT.sealed          work in progress
    quarantine/                       what was swept or set aside; never deleted

Any number of processes may use one store at once: what is written appears whole or not at all,
and two writers of one digest write the same content.
"""

from __future__ import annotations

import hashlib
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, TypeVar

import pyarrow as pa

from burnish.core.errors import IntegrityBroken, UsageError
from burnish.storage import atomic
from burnish.storage.digest import (
    HashingSource,
    bytes_digest,
    checked_digest,
    file_digest,
    missing,
    table_digest,
)
from burnish.storage.keys import KeyProvider
from burnish.storage.scratch import SealedScratch, checked_name
from burnish.storage.sealed import Source, sealing, unsealing
from burnish.storage.shelf import Shelf
from burnish.storage.tables import opened_columns, opened_table, plain_layout, sealed_table
from burnish.storage.vault import Vault, rewrap

T = TypeVar("T")

_TABLE, _SEALED = ".parquet", ".sealed"


class SealedStore(ABC):
    """Sealed objects on a shelf. A subclass says which, and how a worker opens it anew."""

    keys: KeyProvider

    @property
    @abstractmethod
    def shelf(self) -> Shelf:
        """Where the bytes lie."""

    @abstractmethod
    def with_keys(self, keys: KeyProvider) -> SealedStore:
        """The same place, opened with another provider's key."""

    @cached_property
    def _vault(self) -> Vault:
        return Vault(self.shelf, self.keys).open()

    def put_table(self, table: pa.Table) -> str:
        """Keep a table; returns its logical digest. Raises `InputError` for a type not kept."""
        table = plain_layout(table)
        digest = table_digest(table)
        name = _object(digest, _TABLE)
        if not self.shelf.exists(name):
            sealed = sealed_table(table, self._vault.table_key(digest), digest)
            self.shelf.put(name, [sealed])
        return digest

    def get_table(self, digest: str) -> pa.Table:
        """A table in plain layout, without metadata; raises `IntegrityBroken`."""

        def read(source: Source) -> pa.Table:
            key = self._vault.table_key(digest)
            return opened_table(source.read(-1), key, digest)

        return self._read(_object(digest, _TABLE), digest, read)

    def get_columns(self, digest: str, names: Collection[str]) -> pa.Table:
        """Those of the columns that a table has, authenticated; the rest is not decrypted."""

        def read(source: Source) -> pa.Table:
            key = self._vault.table_key(digest)
            return opened_columns(source.read(-1), key, digest, names)

        return self._read(_object(digest, _TABLE), digest, read)

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes; returns their SHA-256."""
        digest = bytes_digest(data)
        name = _object(digest, _SEALED)
        if not self.shelf.exists(name):
            self._put(name, io.BytesIO(data), _object_context(digest))
        return digest

    def get_bytes(self, digest: str) -> bytes:
        """The bytes of a digest; raises `IntegrityBroken`."""

        def read(source: Source) -> bytes:
            data = b"".join(unsealing(source, self._vault, _object_context(digest)))
            _refuse_other(bytes_digest(data), digest)
            return data

        return self._read(_object(digest, _SEALED), digest, read)

    def put_file(self, path: Path) -> str:
        """Keep a file's bytes, streamed; returns their SHA-256.

        Raises `UsageError` if the file changes while it is read.
        """
        digest = file_digest(path)
        name = _object(digest, _SEALED)
        if not self.shelf.exists(name):
            with path.open("rb") as content:
                self.shelf.put(name, self._sealed_file(content, digest, path.name))
        return digest

    def get_file(self, digest: str, path: Path) -> None:
        """Write the bytes of a digest to `path`, in the clear, mode 0600, whole or not at all.

        A process killed meanwhile leaves a part in the clear beside `path`, named `.tmp-…`.
        """

        def read(source: Source) -> None:
            content = unsealing(source, self._vault, _object_context(digest))
            with atomic.replacing(path) as file:
                _refuse_other(_written(content, file), digest)

        self._read(_object(digest, _SEALED), digest, read)

    def has(self, digest: str) -> bool:
        """Whether a table or bytes of this digest are kept. Does not read them."""
        return self.shelf.exists(_object(digest, _TABLE), _object(digest, _SEALED))

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The bytes of a digest piece by piece; raises `IntegrityBroken` at one that is wrong."""
        with self.shelf.open(_object(digest, _SEALED)) as source:
            yield from unsealing(source, self._vault, _object_context(digest))

    def drop(self, digest: str) -> None:
        """Delete a table or bytes for good, if they are there.

        Who still names the digest finds nothing: the caller writes down what is gone.
        """
        for suffix in (_TABLE, _SEALED):
            self.shelf.remove(_object(digest, suffix))

    def kept_tables(self) -> Iterator[str]:
        """The digests of all tables, in any order."""
        return self._kept(_TABLE)

    def kept_bytes(self) -> Iterator[str]:
        """The digests of all bytes and files, in any order."""
        return self._kept(_SEALED)

    def _kept(self, suffix: str) -> Iterator[str]:
        for name in self.shelf.names("objects"):
            if name.endswith(suffix):
                yield "".join(name.removesuffix(suffix).split("/")[-2:])

    def remember(self, recipe: str, value: bytes) -> None:
        """Keep the result of a recipe, in place of an earlier one."""
        self._put(_memo(recipe), io.BytesIO(value), _memo_context(recipe), replace=True)

    def recall(self, recipe: str) -> bytes | None:
        """The remembered result of a recipe; raises `IntegrityBroken` if it does not verify."""

        def read(source: Source) -> bytes:
            return b"".join(unsealing(source, self._vault, _memo_context(recipe)))

        try:
            return self._verified(_memo(recipe), "a remembered result", read)
        except FileNotFoundError:
            return None

    def scratch(self, name: str) -> SealedScratch:
        """The slots of one piece of work."""
        return SealedScratch(self.shelf, checked_name(name), self._vault)

    def rotate(self, keys: KeyProvider) -> SealedStore:
        """The same store under another provider's key; no table or file is rewritten.

        Who had the old key could have read the store's own key with it: rotation guards what
        is copied from now on, not what was copied before.
        """
        store = self.with_keys(keys)
        rewrap(self.shelf, self.keys, keys)
        return store

    def sweep(self) -> list[str]:
        """Move what killed writers left into quarantine; returns the names there."""
        return self.shelf.sweep()

    def set_aside(self, digest: str) -> list[str]:
        """Move an object into quarantine, so that it is made again; returns the names there."""
        names = [_object(digest, suffix) for suffix in (_TABLE, _SEALED)]
        return [self.shelf.set_aside(name) for name in names if self.shelf.exists(name)]

    def _put(self, name: str, source: Source, context: bytes, *, replace: bool = False) -> None:
        self.shelf.put(name, sealing(source, self._vault, context), replace=replace)

    def _sealed_file(self, content: Source, digest: str, name: str) -> Iterator[bytes]:
        """The sealed pieces of a file; fails at the last if the file is not what was digested."""
        reading = HashingSource(content)
        yield from sealing(reading, self._vault, _object_context(digest))
        if reading.digest() != digest:
            raise UsageError(
                f"the file {name} changed while it was read",
                remedy="let its writer finish, and run again",
            )

    def _read(self, name: str, digest: str, read: Callable[[Source], T]) -> T:
        try:
            return self._verified(name, digest, read)
        except FileNotFoundError:
            raise missing(digest) from None

    def _verified(self, name: str, what: str, read: Callable[[Source], T]) -> T:
        """Read a name; a local copy that does not verify is given up and read anew once.

        What still does not verify is named, with how to mend it.
        """
        try:
            return self._opened(name, read)
        except IntegrityBroken as error:
            broken = error
        if self.shelf.forget(name):
            try:
                return self._opened(name, read)
            except IntegrityBroken as error:
                broken = error
                self.shelf.forget(name)
        raise IntegrityBroken(
            f"{what}: {broken.problem}",
            remedy=f"move {name} out of {self.shelf.where} and run again: "
            "the step that made it makes it anew",
        ) from broken

    def _opened(self, name: str, read: Callable[[Source], T]) -> T:
        with self.shelf.open(name) as source:
            return read(source)


def _written(content: Iterator[bytes], file: BinaryIO) -> str:
    """Write the pieces; returns their SHA-256."""
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
        file.write(piece)
    return digest.hexdigest()


def _refuse_other(found: str, digest: str) -> None:
    if found != digest:
        raise IntegrityBroken("its content has another digest", remedy="make it again")


def _object(digest: str, suffix: str) -> str:
    checked_digest(digest)
    return f"objects/{digest[:2]}/{digest[2:]}{suffix}"


def _memo(recipe: str) -> str:
    name = bytes_digest(recipe.encode())
    return f"memo/{name[:2]}/{name[2:]}{_SEALED}"


def _object_context(digest: str) -> bytes:
    return f"object {digest}".encode()


def _memo_context(recipe: str) -> bytes:
    return f"memo {recipe}".encode()
