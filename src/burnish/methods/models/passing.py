"""A folder for files in the clear, in memory where there is room, for as long as it is needed."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

MEMORY = Path("/dev/shm")
PREFIX = "burnish-passing-"
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
