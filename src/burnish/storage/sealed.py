"""An authenticated container for files that are not tables.

Layout: a header, then chunks of 1 MiB, each sealed with AES-256-GCM under a data key of the
file's own. The nonce of a chunk is the file's random prefix, the chunk's number and a flag
that marks the last one (the STREAM construction: Hoang, Reyhanitabar, Rogaway and Vizar,
"Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015), so
chunks cannot be cut off, added, repeated, exchanged or brought in from another file. The
wrapped data key is authenticated together with the header and a context given by the caller,
such as the name under which the file is kept, so one file cannot stand in for another.

Header, big-endian: magic (8 bytes), version (1), chunk size (4), nonce prefix (7), length of
the wrapped key (2), wrapped key.

Not hidden: the file's size and the time of writing. Not noticed: an older version of the same
file put back under the same context.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from burnish.core.errors import IntegrityBroken
from burnish.storage.keys import KEY_BYTES, KeyWrapper

CHUNK = 1 << 20
_MAGIC = b"BRNSEAL\0"
_VERSION = 1
_FIXED = struct.Struct(">8sBI7s")
_LENGTH = struct.Struct(">H")
_TAG = 16
_PREFIX = 7


class Source(Protocol):
    """Anything bytes are read from: at most so many, none at the end, all with -1."""

    def read(self, size: int, /) -> bytes: ...


def sealing(source: Source, keys: KeyWrapper, context: bytes) -> Iterator[bytes]:
    """All of `source`, sealed for `context`, piece by piece."""
    dek = os.urandom(KEY_BYTES)
    fixed = _FIXED.pack(_MAGIC, _VERSION, CHUNK, os.urandom(_PREFIX))
    wrapped = keys.wrap(dek, fixed + context)
    yield fixed + _LENGTH.pack(len(wrapped)) + wrapped
    cipher = _Chunks(AESGCM(dek), fixed)
    block, number = _read(source, CHUNK), 0
    while following := _read(source, CHUNK):
        yield cipher.close(block, number, last=False)
        block, number = following, number + 1
    yield cipher.close(block, number, last=True)


def unsealing(source: Source, keys: KeyWrapper, context: bytes) -> Iterator[bytes]:
    """The content of a sealed file, piece by piece.

    Raises `IntegrityBroken` at the first piece that does not verify. What came before it is
    genuine but not whole: the caller must not use it until the last piece has come.
    """
    cipher = _open(source, keys, context)
    size = CHUNK + _TAG
    block, number = _read(source, size), 0
    while following := _read(source, size):
        yield cipher.open(block, number, last=False)
        block, number = following, number + 1
    yield cipher.open(block, number, last=True)


@dataclass(frozen=True)
class _Chunks:
    """The cipher of one file: closes and opens its chunks."""

    key: AESGCM
    fixed: bytes

    def close(self, block: bytes, number: int, *, last: bool) -> bytes:
        return self.key.encrypt(self._nonce(number, last), block, self.fixed)

    def open(self, block: bytes, number: int, *, last: bool) -> bytes:
        try:
            return self.key.decrypt(self._nonce(number, last), block, self.fixed)
        except InvalidTag:
            _broken(f"its part {number} was changed, moved or cut off")

    def _nonce(self, number: int, last: bool) -> bytes:
        return self.fixed[-_PREFIX:] + struct.pack(">I?", number, last)


def _open(source: Source, keys: KeyWrapper, context: bytes) -> _Chunks:
    fixed = _read(source, _FIXED.size)
    length = _read(source, _LENGTH.size)
    if len(fixed) != _FIXED.size or len(length) != _LENGTH.size:
        _broken("its header is cut off")
    magic, version, chunk, _ = _FIXED.unpack(fixed)
    if magic != _MAGIC or version != _VERSION or chunk != CHUNK:
        _broken("it does not begin like one")
    dek = keys.unwrap(_read(source, _LENGTH.unpack(length)[0]), fixed + context)
    return _Chunks(AESGCM(dek), fixed)


def _read(source: Source, size: int) -> bytes:
    """Exactly `size` bytes, fewer only at the end of the file."""
    block = source.read(size)
    while len(block) < size and (more := source.read(size - len(block))):
        block += more
    return block


def _broken(why: str) -> NoReturn:
    raise IntegrityBroken(
        f"a sealed file does not verify: {why}",
        remedy="restore the file from its backup, or make it again",
    )
