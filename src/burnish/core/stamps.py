"""Digests of files that are read again only when they may have changed.

A file's stamp is its path, size, times and inode. The digest under a stamp is trusted later only
if the file had lain still for a while when it was read: within the grain of the clock of a file
system, a file can change and keep its times (git calls such an entry racily clean).
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Store
from burnish.core.sources import Piece

STILL_NS = 2_000_000_000
Hashed = tuple[str, bool]
MapStamps = Callable[[Callable[[str], Hashed], Iterable[str]], Iterator[Hashed]]


def stamp(path: Path) -> tuple[str, int]:
    """The stamp of a file and its size; raises `OSError`."""
    found = os.stat(path)
    times = [found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns]
    return json.dumps([str(path), *times]), found.st_size


def stamped(path: Path, name: str) -> Piece:
    """A file as a piece whose mark is its stamp; raises `InputError` when it is gone."""
    try:
        mark, size = stamp(path)
    except OSError as wrong:
        raise _moved(name, wrong.strerror or "it cannot be read") from None
    return Piece(name, "", size, mark)


def stamped_path(mark: str) -> Path:
    """The path in a stamp."""
    return Path(json.loads(mark)[0])


def hash_stamped(mark: str) -> Hashed:
    """SHA-256 of the file, and whether its stamp vouches for it; `InputError` if it changed."""
    now = time.time_ns()
    path, _, modified, _, changed = json.loads(mark)
    try:
        with open(path, "rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        same = stamp(Path(path))[0] == mark
    except OSError as wrong:
        raise _moved(Path(path).name, wrong.strerror or "it cannot be read") from None
    if not same:
        raise _moved(Path(path).name, "it changed while it was read")
    return digest, now - max(modified, changed) >= STILL_NS


def refuse_changed(piece: Piece) -> None:
    """Raise `InputError` when the file is not the one that was listed any more."""
    path = stamped_path(piece.mark)
    try:
        same = stamp(path)[0] == piece.mark
    except OSError as wrong:
        raise _moved(piece.name, wrong.strerror or "it cannot be read") from None
    if not same:
        raise _moved(piece.name, "it changed while it was read")


def _moved(name: str, why: str) -> InputError:
    return InputError(f"file {name}: {why}", remedy="let its writer finish, and run again")


def with_digests(
    store: Store, name: str, pieces: Sequence[Piece], spread: MapStamps, *, rehash: bool = False
) -> list[Piece]:
    """The pieces with the SHA-256 of their file as version; `mark` is each file's stamp.

    Only files whose stamp is new are read (all with `rehash`), by the workers.
    """
    memo = fingerprint("stamps", name, socket.gethostname())
    known: Mapping[str, str] = {} if rehash else json.loads(store.recall(memo) or b"{}")
    found = {p.mark: known[p.mark] for p in pieces if p.mark in known}
    fresh = [p.mark for p in pieces if p.mark not in known]
    trusted = dict(found)
    for mark, (digest, still) in zip(fresh, spread(hash_stamped, fresh), strict=True):
        found[mark] = digest
        if still:
            trusted[mark] = digest
    if trusted != known:
        store.remember(memo, json.dumps(trusted).encode())
    return [replace(piece, version=found[piece.mark]) for piece in pieces]
