"""Files that are whole or not there.

A file is written under a temporary name in its own folder, flushed to the disk, and renamed;
then the folder is flushed. While it writes, the writer holds a lock on the temporary file; the
kernel drops the lock when the process dies, which is how `sweep` tells leftovers of killed
writers from files still being written, whatever their process ids.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from burnish.core.errors import DiskFull

PREFIX = ".tmp-"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A file that takes `target`'s place when the block ends well, and leaves nothing if not.

    Raises `DiskFull` when there is no room.
    """
    with _temporary(target) as (temporary, file):
        yield file
        _flush(file)
        temporary.replace(target)


def create_once(target: Path, chunks: Iterable[bytes]) -> bool:
    """Make `target` unless it exists already; says whether it was made. Never half of it."""
    with _temporary(target) as (temporary, file):
        file.writelines(chunks)
        _flush(file)
        try:
            os.link(temporary, target)
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
    return True


def remove(target: Path) -> None:
    """Delete a file for good, if it is there."""
    target.unlink(missing_ok=True)
    if target.parent.is_dir():
        sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each flushed to the disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(root: Path, into: Path) -> list[Path]:
    """Move what killed writers left under `root` to the folder `into`; returns where it is now."""
    moved = (_sweep_one(path, into) for path in sorted(root.rglob(f"{PREFIX}*")))
    return [path for path in moved if path is not None]


def set_aside(path: Path, into: Path) -> Path:
    """Move a file into a folder under a name that is free there; returns its new path."""
    make_folder(into)
    target = into / f"{path.name.removeprefix(PREFIX)}.{secrets.token_hex(4)}"
    path.rename(target)
    sync_folder(into)
    sync_folder(path.parent)
    return target


def _sweep_one(path: Path, into: Path) -> Path | None:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return set_aside(path, into)
    except (BlockingIOError, FileNotFoundError):  # being written, or just finished
        return None


@contextmanager
def _temporary(target: Path) -> Iterator[tuple[Path, BinaryIO]]:
    temporary: Path | None = None
    try:
        make_folder(target.parent)
        temporary, file = _open_locked(target.parent)
        with file:
            yield temporary, file
        sync_folder(target.parent)
    except OSError as error:
        _discard(temporary)
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"no room left on the disk to write {target.name}; nothing half done was kept",
            remedy="free some space, or move the folder to a larger disk, and run again",
        ) from error
    except BaseException:
        _discard(temporary)
        raise


def _open_locked(folder: Path) -> tuple[Path, BinaryIO]:
    """A new file, locked; made again if a sweep took it before the lock was on."""
    while True:
        path = folder / f"{PREFIX}{secrets.token_hex(8)}"
        file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():
            return path, file
        file.close()


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _discard(temporary: Path | None) -> None:
    if temporary is not None:
        temporary.unlink(missing_ok=True)
