"""Keys of persons and of releases: a person signs with Ed25519, a bundle is signed with P-256.

Private keys are PKCS 8 PEM or OpenSSH files, readable by their owner only; public keys are
PEM or the one line of an OpenSSH `.pub` file. A key's name (`keyid`) is the SHA-256 of its
DER SubjectPublicKeyInfo, so it does not depend on the file format.

Not covered: keys in an ssh-agent, on a FIDO token or in a key service.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.evidence.canonical import sha256

Kind = Literal["ed25519", "p256"]
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
LARGEST_KEY_FILE = 65536


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key: its name, its PEM text, and the check of a signature."""

    keyid: str
    public: str
    kind: Kind
    _key: PublicKey = field(repr=False, compare=False)

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raise `IntegrityBroken` unless this key signed `data`."""
        try:
            if isinstance(self._key, Ed25519PublicKey):
                self._key.verify(signature, data)
            else:
                self._key.verify(signature, data, ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise IntegrityBroken(
                f"the signature of key {self.keyid[:12]} does not fit these bytes",
                remedy="take the original again; if it is the original, it was altered",
            ) from None

    @property
    def line(self) -> str:
        """The key as the one line of an OpenSSH `.pub` file, for the plan's `people`."""
        return self._key.public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).decode()

    @property
    def raw(self) -> bytes:
        """The public key's bytes: 32 for Ed25519, an uncompressed X9.62 point for P-256."""
        if isinstance(self._key, Ed25519PublicKey):
            return self._key.public_bytes_raw()
        return self._key.public_bytes(form.Encoding.X962, form.PublicFormat.UncompressedPoint)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs: its name and its public half."""

    keyid: str
    public: str
    verifier: Verifier
    _key: PrivateKey = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """Ed25519 (RFC 8032), or deterministic ECDSA P-256 with SHA-256 (RFC 6979, DER)."""
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(data)
        return self._key.sign(data, ECDSA(hashes.SHA256(), deterministic_signing=True))


def new_key(path: Path, kind: Kind, *, passphrase: str | None = None) -> Signer:
    """Make a key pair: `path` (mode 0600) and `path`.pub. Neither may exist.

    The public file holds one OpenSSH line for Ed25519 and PEM for P-256. `passphrase` is a
    reference (`env:NAME` or `file:PATH`), never the secret itself.
    """
    public_path = path.with_name(path.name + ".pub")
    for taken in (path, public_path):
        if taken.exists() or taken.is_symlink():
            raise _would_overwrite(taken)
    key: PrivateKey = (
        Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(SECP256R1())
    )
    lock: form.KeySerializationEncryption = form.NoEncryption()
    if passphrase is not None:
        lock = form.BestAvailableEncryption(_secret(passphrase))
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, lock)
    signer = _signer(key)
    _write_new(path, private, 0o600)
    text = signer.verifier.line + "\n" if kind == "ed25519" else signer.public
    _write_new(public_path, text.encode(), 0o644)
    return signer


def load_signer(path: Path, *, passphrase: str | None = None) -> Signer:
    """Read a private key; `passphrase` is a reference (`env:NAME` or `file:PATH`).

    Raises `NotAllowed` if others may read the file, `InputError` if it holds no key burnish
    can sign with or does not open.
    """
    data = _read_private(path)
    load: Callable[[bytes, bytes | None], object] = form.load_pem_private_key
    if data.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----"):
        load = form.load_ssh_private_key
    try:
        key = load(data, None)
    except TypeError:
        key = _unlock(path, lambda: load(data, _secret(passphrase)), passphrase)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise _no_key(f"'{path}'", "private key")
    return _signer(key)


def load_public(source: str | Path) -> Verifier:
    """Read a public key from PEM text, an OpenSSH line, or the path of a file with either."""
    text = str(source).strip() if isinstance(source, str) else ""
    where = "this text"
    if not text.startswith(("-----BEGIN", "ssh-", "ecdsa-", "sk-")):
        where = f"'{source}'"
        text = _read_public(Path(source)).strip()
    try:
        key = _parse_public(text)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
        raise _no_key(where, "public key")
    return _verifier(key)


def _parse_public(text: str) -> object:
    if text.startswith("-----BEGIN"):
        return form.load_pem_public_key(text.encode())
    if text.startswith(("ssh-ed25519 ", "ecdsa-sha2-nistp256 ")) and "\n" not in text:
        return form.load_ssh_public_key(text.encode())
    return None


def _verifier(key: PublicKey) -> Verifier:
    if isinstance(key, EllipticCurvePublicKey) and not isinstance(key.curve, SECP256R1):
        raise _no_key(f"a key on curve {key.curve.name}", "key")
    der = key.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    kind: Kind = "ed25519" if isinstance(key, Ed25519PublicKey) else "p256"
    return Verifier(sha256(der), pem.decode(), kind, key)


def _signer(key: PrivateKey) -> Signer:
    verifier = _verifier(key.public_key())
    return Signer(verifier.keyid, verifier.public, verifier, key)


def _unlock(path: Path, load: Callable[[], object], passphrase: str | None) -> object:
    if passphrase is None:
        raise InputError(
            f"the key '{path}' is locked with a passphrase",
            remedy="say where the passphrase is: env:NAME or file:PATH",
        )
    try:
        return load()
    except ValueError:
        raise InputError(
            f"the passphrase does not open the key '{path}'",
            remedy="check what the reference points to",
        ) from None
    except UnsupportedAlgorithm:
        raise InputError(
            f"the locked OpenSSH key '{path}' needs the package bcrypt",
            remedy="pip install bcrypt, or make a key of your own: burnish key new",
        ) from None


def _secret(reference: str | None) -> bytes:
    """The bytes a passphrase reference points to, without a final line break."""
    scheme, _, rest = (reference or "").partition(":")
    if scheme == "env" and rest in os.environ:
        secret = os.environ[rest].encode()
    elif scheme == "file" and Path(rest).is_file():
        secret = _read_private(Path(rest)).rstrip(b"\r\n")
    else:
        secret = b""
    if not secret:
        raise InputError(
            "the passphrase reference leads to nothing",
            remedy="use env:NAME of a set variable or file:PATH of a file with mode 0600",
        )
    return secret


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            data = stream.read(LARGEST_KEY_FILE)
    except OSError as problem:
        raise _unreadable(path, problem) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotAllowed(
            f"the secret in '{path}' can be read by others (mode {stat.S_IMODE(mode):04o})",
            remedy=f"chmod 600 {path}",
        )
    return data


def _read_public(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST_KEY_FILE).decode()
    except OSError as problem:
        raise _unreadable(path, problem) from None
    except UnicodeDecodeError:
        raise _no_key(f"'{path}'", "public key") from None


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise _would_overwrite(path) from None
    except OSError as problem:
        raise _unreadable(path, problem) from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(handle)


def _would_overwrite(path: Path) -> NotAllowed:
    return NotAllowed(
        f"'{path}' is already there, and a key is never overwritten",
        remedy="choose another path, or move the old key away yourself",
    )


def _unreadable(path: Path, problem: OSError) -> InputError:
    return InputError(
        f"cannot open '{path}': {problem.strerror}", remedy="check the path and its permissions"
    )


def _no_key(where: str, what: str) -> InputError:
    return InputError(
        f"{where} is not a {what} burnish can use",
        remedy="use Ed25519 (PEM or OpenSSH) for persons and ECDSA P-256 for releases",
    )
