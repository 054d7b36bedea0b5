"""A folder for weights in the clear, in memory where there is room, for as long as it is needed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
BYTES_PER_NUMBER = 4
BESIDE = 64 * 2**20
"""Room for what lies beside the numbers: configuration, tokenizer, the record of the training."""


@contextmanager
def passing_folder(numbers: int, memory: Path = MEMORY) -> Iterator[Path]:
    """A folder of one's own that goes with the block, for files that hold so many numbers.

    It lies in `memory` (a file system in main memory) when that can be written and has the room,
    else where the system keeps temporary files.
    """
    needed = numbers * BYTES_PER_NUMBER + BESIDE
    place = memory if _has_room(memory, needed) else None
    with tempfile.TemporaryDirectory(prefix="burnish-", dir=place) as folder:
        yield Path(folder)


def _has_room(memory: Path, needed: int) -> bool:
    writable = memory.is_dir() and os.access(memory, os.W_OK | os.X_OK)
    return writable and shutil.disk_usage(memory).free >= needed
