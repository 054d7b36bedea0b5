"""A folder for files in the clear, in memory where there is room, for as long as it is needed."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

MEMORY = Path("/dev/shm")
PREFIX = "burnish-passing-"
WHOLE = ".whole"
WAIT_SECONDS = 0.05
YOUNG_SECONDS = 60
"""So long after it was made, a folder may still be on its way to its lock."""
BYTES_PER_NUMBER = 4
BESIDE = 64 * 2**20
"""Room for what lies beside the numbers: configuration, tokenizer, the record of the training."""


@contextmanager
def passing_folder(numbers: int, memory: Path = MEMORY) -> Iterator[Path]:
    """A folder of one's own that goes with the block, for files that hold so many numbers.

    It lies in `memory` (a file system in main memory) when that can be written and has the room,
    else where the system keeps temporary files. What a killed process left there goes first.
    """
    needed = numbers * BYTES_PER_NUMBER + BESIDE
    place = memory if _has_room(memory, needed) else Path(tempfile.gettempdir())
    _sweep_once(place)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place) as name:
        held = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(held)


@contextmanager
def shared_folder(name: str, make: Callable[[Path], None], memory: Path = MEMORY) -> Iterator[Path]:
    """A folder in memory that processes of one user with the same `name` share, made by the first.

    `make` fills it once, while the others wait; the last to leave deletes it, and what a killed
    process left goes with the next sweep. Raises OSError where `memory` cannot hold it, and
    PermissionError where the place is taken by somebody else.
    """
    _sweep_once(memory)
    folder = memory / f"{PREFIX}shared-{os.getuid()}-{sha256(name.encode()).hexdigest()[:32]}"
    held = _enter(folder, make)
    try:
        yield folder
    finally:
        with suppress(BlockingIOError):  # somebody is still in it
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _enter(folder: Path, make: Callable[[Path], None]) -> int:
    """The lock, shared with the others in it, of a folder that is whole.

    Who would make it does not wait for the lock alone: another may have made it, and holds it.
    """
    while True:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        with suppress(FileNotFoundError):  # the last one has just left
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if _made(folder, held, make):
                    return held
            except BaseException:
                os.close(held)
                raise
            os.close(held)
        time.sleep(WAIT_SECONDS)


def _made(folder: Path, held: int, make: Callable[[Path], None]) -> bool:
    """Whether the folder is whole now and the lock on it shared."""
    with suppress(BlockingIOError):  # somebody makes it, or is in it
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_mine(folder, held):
            _fill(folder, make)
    with suppress(BlockingIOError):
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return _is_mine(folder, held) and (folder / WHOLE).exists()
    return False


def _is_mine(folder: Path, held: int) -> bool:
    """Whether the open folder is still the one of that name; raises PermissionError for a trap."""
    told = os.fstat(held)
    if told.st_uid != os.getuid() or told.st_mode & 0o077:
        raise PermissionError(f"{folder} belongs to somebody else or is open to others; delete it")
    try:
        return folder.lstat().st_ino == told.st_ino
    except FileNotFoundError:
        return False


def _fill(folder: Path, make: Callable[[Path], None]) -> None:
    """Make what lies in the folder, unless it is whole; half of it never stays."""
    if (folder / WHOLE).exists():
        return
    try:
        for left in folder.iterdir():
            shutil.rmtree(left)
        make(folder)
        (folder / WHOLE).touch()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def sweep(place: Path) -> list[Path]:
    """Delete the folders of processes that were killed; returns those that went.

    A folder in use is locked by its process, and the lock goes with the process.
    """
    gone = [path for path in sorted(place.glob(f"{PREFIX}*")) if _is_left(path)]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return gone


@lru_cache(maxsize=8)
def _sweep_once(place: Path) -> None:
    sweep(place)


def _is_left(path: Path) -> bool:
    with suppress(OSError):
        told = path.lstat()
        if told.st_uid != os.getuid() or time.time() - told.st_mtime < YOUNG_SECONDS:
            return False
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(held)
        return True
    return False


def _has_room(memory: Path, needed: int) -> bool:
    writable = memory.is_dir() and os.access(memory, os.W_OK | os.X_OK)
    return writable and shutil.disk_usage(memory).free >= needed
