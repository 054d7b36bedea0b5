"""The key of a store, kept beside its data and sealed by the key provider.

`store.json` holds the store's own random key wrapped under the provider's key, and the public
name of that key. Every table and file is sealed under keys derived from the store's key, so
giving the store a new provider key rewrites this one small file and nothing else; and without
it, or without the provider's key, nothing in the store can be read.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from functools import cached_property

from burnish.core.errors import IntegrityBroken, NotAllowed
from burnish.storage.keys import KEY_BYTES, KeyProvider, derive, unwrap_key, wrap_key
from burnish.storage.shelf import Shelf

_NAME = "store.json"
_FORMAT = 1


@dataclass(frozen=True)
class Vault:
    """A store's key. Picklable: it carries where the key is, and each process opens it itself."""

    shelf: Shelf
    keys: KeyProvider

    def __reduce__(self) -> tuple[object, ...]:
        """Only where the key is, never the opened key."""
        return (type(self), (self.shelf, self.keys))

    def open(self) -> Vault:
        """Open the key, made at first use.

        Raises `NotAllowed` when the provider holds another key than the store was sealed with,
        and `IntegrityBroken` when `store.json` is gone or does not verify.
        """
        _ = self._secret
        return self

    def table_key(self, digest: str) -> bytes:
        """The key of one table: its own, so that no key seals many tables."""
        return derive(self._secret, b"burnish table 1 " + digest.encode())

    def wrap(self, dek: bytes, context: bytes) -> bytes:
        """Seal a file's data key."""
        return wrap_key(self._files_key, dek, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open a file's data key; raises `IntegrityBroken`."""
        return unwrap_key(self._files_key, wrapped, context)

    @cached_property
    def _secret(self) -> bytes:
        record = _found(self.shelf)
        if record is None:
            _refuse_orphan(self.shelf)
            made = _record(os.urandom(KEY_BYTES), os.urandom(16).hex(), self.keys)
            self.shelf.put(_NAME, [made])  # whoever is first decides
            record = _found(self.shelf) or made
        return _read(record, self.keys)[0]

    @cached_property
    def _files_key(self) -> bytes:
        return derive(self._secret, b"burnish files 1")


def rewrap(shelf: Shelf, old: KeyProvider, new: KeyProvider) -> None:
    """Seal the store's key under another provider key. No table or file is rewritten."""
    Vault(shelf, old).open()
    record = _found(shelf)
    if record is not None:
        shelf.put(_NAME, [_record(*_read(record, old), new)], replace=True)


def _found(shelf: Shelf) -> bytes | None:
    try:
        with shelf.open(_NAME) as source:
            return b"".join(iter(lambda: source.read(1 << 16), b""))
    except FileNotFoundError:
        return None


def _record(secret: bytes, store_id: str, keys: KeyProvider) -> bytes:
    wrapped = keys.wrap(secret, _context(store_id))
    body = {
        "format": _FORMAT,
        "store": store_id,
        "kek_id": keys.kek_id,
        "key": base64.b64encode(wrapped).decode(),
    }
    return json.dumps(body, indent=2).encode() + b"\n"


def _read(record: bytes, keys: KeyProvider) -> tuple[bytes, str]:
    try:
        body = json.loads(record)
        store_id, kek_id = str(body["store"]), str(body["kek_id"])
        wrapped = base64.b64decode(body["key"], validate=True)
        if body["format"] != _FORMAT:
            raise ValueError("unknown format")
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityBroken(
            "store.json is not a record of a store's key",
            remedy="restore store.json from its backup",
        ) from error
    if kek_id != keys.kek_id:
        raise NotAllowed(
            f"this store is sealed with the key {kek_id}, and the key given is {keys.kek_id}",
            remedy=f"give the key file or variable that holds the key {kek_id}",
        )
    return keys.unwrap(wrapped, _context(store_id)), store_id


def _context(store_id: str) -> bytes:
    return f"burnish store {_FORMAT} {store_id}".encode()


def _refuse_orphan(shelf: Shelf) -> None:
    """A new key beside old objects would hide that the old key is lost."""
    orphan = next(iter(shelf.names("objects")), None)
    if orphan is not None and not shelf.exists(_NAME):
        raise IntegrityBroken(
            "the store has objects but no store.json, which holds the key they are sealed with",
            remedy="restore store.json from its backup, or start a store in an empty folder",
        )
