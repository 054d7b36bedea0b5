"""Where the key that seals a store comes from.

A provider holds one key-encryption key (KEK) and does two things with it: wrap a data key and
unwrap it again, AES-256-GCM with a random nonce (NIST SP 800-38D). The context, such as which
store the data key belongs to, is authenticated with it, so that a wrapped key moved elsewhere
does not open. A provider is picklable by reference: it carries a path or the name of a
variable, never the key, and each process reads the key where it runs.
"""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from burnish.core.errors import IntegrityBroken, UsageError
from burnish.storage.atomic import create_once

KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyWrapper(Protocol):
    """Seals small keys under a larger secret."""

    def wrap(self, dek: bytes, context: bytes) -> bytes: ...
    def unwrap(self, wrapped: bytes, context: bytes) -> bytes: ...


class KeyProvider(KeyWrapper, Protocol):
    """A key wrapper that can be named, so that a store can say which key it needs."""

    @property
    def kek_id(self) -> str: ...


def derive(secret: bytes, purpose: bytes, size: int = KEY_BYTES) -> bytes:
    """A key of `size` bytes for one purpose, by HKDF-SHA256 (RFC 5869)."""
    return HKDF(hashes.SHA256(), size, salt=None, info=purpose).derive(secret)


def wrap_key(secret: bytes, dek: bytes, context: bytes) -> bytes:
    """Nonce, sealed key and tag; opens only with the same secret and context."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(secret).encrypt(nonce, dek, context)


def unwrap_key(secret: bytes, wrapped: bytes, context: bytes) -> bytes:
    """What `wrap_key` sealed; raises `IntegrityBroken` for another secret, context or byte."""
    try:
        return AESGCM(secret).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise IntegrityBroken(
            "a wrapped data key does not open: it was changed, moved or sealed with another key",
            remedy="restore the file from its backup, or give the key that it was sealed with",
        ) from error


class SecretKeyProvider(ABC):
    """A `KeyProvider` whose key is read anew for each use."""

    @property
    def kek_id(self) -> str:
        """A public name of the key, from which it cannot be computed."""
        return derive(self._secret(), b"burnish kek id 1", 8).hex()

    def wrap(self, dek: bytes, context: bytes) -> bytes:
        """Seal `dek` for `context`."""
        return wrap_key(self._secret(), dek, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open what `wrap` sealed; raises `IntegrityBroken`."""
        return unwrap_key(self._secret(), wrapped, context)

    @abstractmethod
    def _secret(self) -> bytes:
        """The key's bytes; raises `UsageError` when it cannot be had."""


@dataclass(frozen=True)
class FileKeyProvider(SecretKeyProvider):
    """A key in a file of 32 random bytes that only its owner may read."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path).expanduser().absolute())

    @classmethod
    def ensure(cls, path: Path) -> FileKeyProvider:
        """The key file at `path`, made (mode 0600) if there is none. Never replaces one."""
        provider = cls(path)
        provider.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not provider.path.exists():
            create_once(provider.path, [os.urandom(KEY_BYTES)])
        return provider

    def _secret(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                self._refuse_shared(os.fstat(file.fileno()).st_mode)
                secret = file.read(KEY_BYTES + 1)
        except OSError as error:
            raise UsageError(
                f"the key file {self.path} cannot be read: {error.strerror}",
                remedy="restore it from its backup; what was sealed with it opens with no other",
            ) from error
        if len(secret) != KEY_BYTES:
            raise UsageError(
                f"the key file {self.path} does not hold exactly {KEY_BYTES} bytes",
                remedy="restore it from its backup, or name another key file",
            )
        return secret

    def _refuse_shared(self, mode: int) -> None:
        if stat.S_IMODE(mode) & 0o077:
            raise UsageError(
                f"the key file {self.path} can be read or changed by others than its owner",
                remedy=f"chmod 600 {self.path}",
            )


@dataclass(frozen=True)
class EnvKeyProvider(SecretKeyProvider):
    """A key in an environment variable: 64 hexadecimal characters."""

    variable: str

    def _secret(self) -> bytes:
        try:
            secret = bytes.fromhex(os.environ.get(self.variable, ""))
        except ValueError:
            secret = b""
        if len(secret) != KEY_BYTES:
            raise UsageError(
                f"the variable {self.variable} does not hold a key of 64 hexadecimal characters",
                remedy=f'for a new store: export {self.variable}="$(openssl rand -hex 32)"',
            )
        return secret
