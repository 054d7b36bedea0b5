"""What passes between driver and workers of a cluster, sealed so that the cluster reads none of it.

A cluster keeps what it carries in its own memory, may spill it to disk, and tells about it in its
logs and metadata; none of that is ours to guard. So work and results travel as AES-256-GCM
ciphertext (NIST SP 800-38D) under a key that is made for one engine and lies sealed in the store.
A worker gets it from the store, which proves that the store is shared and that the worker can
open it. Nothing is unpickled before it has been authenticated.
"""

from __future__ import annotations

import importlib.metadata
import os
import pickle
import platform
import secrets
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from burnish.core.errors import BurnishError, InputError, IntegrityBroken
from burnish.core.ports import Store

R = TypeVar("R")
SCRATCH = "engine"
NONCE_BYTES = 12
ITEM, RESULT = b"burnish item 1", b"burnish result 1"
WORD, ANSWER = b"burnish word 1", b"burnish answer 1"
DECIDES_ROWS = (
    "burnish", "beautifulsoup4", "numba", "numpy", "onnxruntime", "phonenumbers", "py3langid",
    "pyarrow", "python-stdnum", "scipy", "tokenizers",
)  # fmt: skip
"""Packages whose version may change what a worker makes of the same rows."""
DECIDES_WEIGHTS = (
    "burnish", "numpy", "peft", "pyarrow", "safetensors", "tokenizers", "torch", "transformers",
)  # fmt: skip
"""Packages whose version may change what a rank of a training makes of the same examples."""
SAME_PLACE = (
    "store and sources must lie on storage that every node mounts at the same path, and the "
    "store's key (its file or its variable) must be on every node"
)


def surroundings(packages: Iterable[str] = DECIDES_ROWS) -> dict[str, str]:
    """What must be alike on every node, so that it makes the same bytes of the same rows."""
    python = ".".join(platform.python_version_tuple()[:2])
    versions = {name: _version(name) for name in packages}
    return {"Python": python, "machine": platform.machine(), **versions}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


@dataclass(frozen=True, slots=True)
class Session:
    """What a worker is given in the clear: where the key lies, and what the driver runs on."""

    store: Store
    slot: str
    driver: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a worker cannot take part; it holds nothing of the data."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Channel:
    """Seals and opens under one key; what was changed or sealed for another purpose is refused."""

    key: bytes = field(repr=False)

    def seal(self, value: object, purpose: bytes) -> bytes:
        """Nonce, sealed pickle and tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, pickle.dumps(value), purpose)

    def open(self, data: bytes, purpose: bytes) -> Any:
        """What was sealed; raises `IntegrityBroken` before anything of it is unpickled."""
        try:
            plain = AESGCM(self.key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose)
        except (InvalidTag, ValueError) as wrong:
            raise IntegrityBroken(
                "what the cluster handed on was changed, or comes from another run",
                remedy="see who else can reach the cluster, then run again",
            ) from wrong
        return pickle.loads(plain)  # noqa: S301  # authenticated: sealed by this run


def begin(store: Store, packages: Iterable[str] = DECIDES_ROWS) -> tuple[Session, Channel]:
    """A session of one engine; its key goes into the store, sealed.

    Workers whose `packages` have other versions than here are refused.
    """
    slot, key = secrets.token_hex(16), secrets.token_bytes(32)
    store.scratch(SCRATCH).save(slot, {"key": key})
    return Session(store, slot, surroundings(packages)), Channel(key)


def end(session: Session) -> None:
    """Delete the key, and with it every worker's way in, and what nodes wrote to be let in."""
    scratch = session.store.scratch(SCRATCH)
    for slot in scratch.slots():
        if slot.startswith(session.slot):
            scratch.drop(slot)


def work(session: Session, sealed: bytes) -> bytes | Refused:
    """Do one sealed item on a worker; the result is sealed, also when it is an error."""
    with _left_alone():
        try:
            channel = admitted(session)
            fn, item = channel.open(sealed, ITEM)
        except BurnishError as error:
            return Refused(error.problem, error.remedy)
        return channel.seal(outcome(partial(fn, item)), RESULT)


def probe(mark: tuple[Store, str]) -> None:
    """The item that a node begins with: whoever does it can open the store, and write there."""
    store, slot = mark
    try:
        store.scratch(SCRATCH).save(slot, {"node": platform.node().encode()})
    except (BurnishError, OSError) as error:
        problem = f"node {platform.node()} cannot write into the store: {_why(error)}"
        raise InputError(problem, remedy=SAME_PLACE) from error


def confirm(mark: tuple[Store, str], node: str) -> None:
    """Find on the driver what a node wrote; raises `InputError` if it went somewhere else."""
    store, slot = mark
    try:
        store.scratch(SCRATCH).load(slot)
    except BurnishError as error:
        problem = f"node {node} writes into another store than the driver reads"
        raise InputError(problem, remedy=SAME_PLACE) from error
    store.scratch(SCRATCH).drop(slot)


def unwrap(channel: Channel, answer: bytes | Refused) -> Any:
    """The result of an item on the driver, or the error that it ended in, raised as itself."""
    if isinstance(answer, Refused):
        raise InputError(answer.problem, remedy=answer.remedy)
    value, error = channel.open(answer, RESULT)
    if error is not None:
        raise error
    return value


_CHANNELS: dict[str, Channel] = {}
"""What this worker process has opened, by slot: a session is checked once in each process."""


def admitted(session: Session) -> Channel:
    """The channel of a session; raises `InputError` when this process cannot take part."""
    if session.slot not in _CHANNELS:
        _refuse_other_versions(session.driver)
        _CHANNELS[session.slot] = Channel(_key_of(session))
    return _CHANNELS[session.slot]


def _key_of(session: Session) -> bytes:
    try:
        return session.store.scratch(SCRATCH).load(session.slot)["key"]
    except (BurnishError, OSError) as error:
        problem = f"node {platform.node()} cannot open the store: {_why(error)}"
        raise InputError(problem, remedy=SAME_PLACE) from error


def _why(error: Exception) -> str:
    return error.problem if isinstance(error, BurnishError) else type(error).__name__


def _refuse_other_versions(driver: Mapping[str, str]) -> None:
    here = surroundings(name for name in driver if name not in ("Python", "machine"))
    other = [
        f"{name} {here.get(name, 'none')} instead of {version}"
        for name, version in driver.items()
        if here.get(name) != version
    ]
    if other:
        raise InputError(
            f"node {platform.node()} has {', '.join(other)}: it may make other bytes",
            remedy="install on every node what the driver has, or take the node out",
        )


def outcome(fn: Callable[[], R]) -> tuple[R | None, Exception | None]:
    """The value, or the error that the driver shall see."""
    try:
        return fn(), None
    except FileNotFoundError:
        # The name may be a person's, so it is not told.
        problem = f"node {platform.node()} does not see a file that the driver sees"
        return None, InputError(problem, remedy=SAME_PLACE)
    except Exception as error:
        return None, _portable(error)


def _portable(error: Exception) -> Exception:
    """The error if it survives pickling, with the lines where it was raised; never their values."""
    where = "".join(traceback.format_tb(error.__traceback__))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # made here, a moment ago
    except Exception:
        error = RuntimeError(f"{type(error).__name__}, which cannot cross processes")
    error.add_note(f"raised on node {platform.node()}:\n{where}")
    return error


@contextmanager
def _left_alone() -> Iterator[None]:
    """An item that has begun is finished; a cancellation must not stop it halfway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
