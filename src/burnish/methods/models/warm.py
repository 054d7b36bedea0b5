"""Base models kept warm: fetched once into a folder named by their digest, used as they are after.

A hub model is named by the digest that it had when it was first fetched, so a run tomorrow tunes
the same bytes. Several runs, and several projects over one folder, may ask at once: one fetches,
the others wait. Delete `names/NAME.json` to take the hub's present version.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock

from burnish.methods.models.files import listing_digest, model_files

BLOBS, NAMES = "sha256", "names"
_BLOCK = 1 << 20
_LFS_NAME = re.compile(r"^[0-9a-f]{64}$")
_READ_ONLY = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


class Spoiled(ValueError):
    """A file was not what its name says when it was copied; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Warm:
    """A model that lies ready: its digest over all files, bytes, and what the fetch took."""

    name: str
    digest: str
    bytes: int
    seconds: float

    def folder(self, place: Path) -> Path:
        """Where its files are below `place`."""
        return place / BLOBS / self.digest


def warm(name: str, place: Path, fetch: Callable[[str], Path]) -> Warm:
    """The model of that name, fetched by `fetch` (which gives a folder) if it is not here yet.

    Raises Spoiled when a copied file is not the one that its content-addressed name promises,
    and whatever `fetch` raises; in both cases nothing is kept.
    """
    if ready := known(name, place):
        return ready
    place.mkdir(parents=True, exist_ok=True)
    with FileLock(place / f"{quote(name, safe='')}.lock"):
        if ready := known(name, place):
            return ready
        began = time.monotonic()
        with _arriving(place) as new:
            digest, size = _copy(fetch(name), new)
            _settle(new, place / BLOBS / digest)
        made = Warm(name, digest, size, round(time.monotonic() - began, 3))
        _note(made, place)
        return made


def known(name: str, place: Path) -> Warm | None:
    """The model if it lies ready."""
    try:
        facts = json.loads(_named(name, place).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    found = Warm(**facts)
    return found if found.folder(place).is_dir() else None


def promised(folder: Path) -> str | None:
    """The digest that a warm folder's name promises; None for a folder of another kind."""
    named = folder.parent.name == BLOBS and _LFS_NAME.match(folder.name)
    return folder.name if named else None


@contextmanager
def _arriving(place: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".arriving-", dir=place) as folder:
        yield Path(folder) / "model"


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy every file, reading it once: the digest of all, and their bytes."""
    digests: dict[str, str] = {}
    total = 0
    for name, path in model_files(source).items():
        there = target / name
        there.parent.mkdir(parents=True, exist_ok=True)
        digests[name] = _copy_one(path, there)
        total += there.stat().st_size
    if not digests:
        raise Spoiled(f"{source} holds no file of a model")
    return listing_digest(digests.items()), total


def _copy_one(path: Path, there: Path) -> str:
    """Copy a file and hash both what was read and what can be read back."""
    read = hashlib.sha256()
    with path.open("rb") as source, there.open("wb") as target:
        while block := source.read(_BLOCK):
            read.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    promised_by_name = path.resolve().name  # the hub's cache names large files by their SHA-256
    if _LFS_NAME.match(promised_by_name) and promised_by_name != read.hexdigest():
        raise Spoiled(f"{path.name} in the hub's cache is damaged; delete it and run again")
    with there.open("rb") as again:
        if hashlib.file_digest(again, "sha256").hexdigest() != read.hexdigest():
            raise Spoiled(f"{path.name} did not arrive whole; look at the disk and run again")
    there.chmod(_READ_ONLY)
    return read.hexdigest()


def _settle(new: Path, folder: Path) -> None:
    """Let the folder appear in one move; another name may have brought the same model."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        shutil.move(new, folder)


def _note(made: Warm, place: Path) -> None:
    path = _named(made.name, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.tmp")
    part.write_text(json.dumps(asdict(made), sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)


def _named(name: str, place: Path) -> Path:
    return place / NAMES / f"{quote(name, safe='')}.json"
