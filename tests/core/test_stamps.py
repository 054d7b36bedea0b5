"""A file is read again when it may have changed, and only then."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from burnish.core import stamps
from burnish.core.errors import InputError
from burnish.core.sources import Piece
from burnish.core.stamps import Hashed, hash_stamped, refuse_changed, stamped, with_digests
from burnish.storage.memory import MemoryStore


class Spread:
    """Work done here, and which files it read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, fn: Callable[[str], Hashed], marks: Iterable[str]) -> Iterator[Hashed]:
        for mark in marks:
            self.read.append(stamps.stamped_path(mark).name)
            yield fn(mark)


def aged(path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Piece:
    """A file that has lain still for a minute."""
    path.write_bytes(content)
    now = time.time_ns() + 60 * 10**9
    monkeypatch.setattr("burnish.core.stamps.time.time_ns", lambda: now)
    return stamped(path, path.name)


def test_a_file_that_lies_still_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, spread = MemoryStore(), Spread()
    piece = aged(tmp_path / "a", b"one", monkeypatch)
    for _ in range(3):
        (found,) = with_digests(store, "s", [piece], spread)
    assert spread.read == ["a"]
    assert found.version == hashlib.sha256(b"one").hexdigest()


def test_rehash_reads_what_looks_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, spread = MemoryStore(), Spread()
    piece = aged(tmp_path / "a", b"one", monkeypatch)
    with_digests(store, "s", [piece], spread)
    with_digests(store, "s", [piece], spread, rehash=True)
    assert spread.read == ["a", "a"]


def test_a_file_read_right_after_it_was_written_is_not_trusted_later(tmp_path: Path) -> None:
    """Within the grain of the clock it could change and keep its times."""
    store, spread = MemoryStore(), Spread()
    path = tmp_path / "a"
    path.write_bytes(b"one")
    piece = stamped(path, "a")
    with_digests(store, "s", [piece], spread)
    before = os.stat(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    (found,) = with_digests(store, "s", [stamped(path, "a")], spread)
    assert found.version == hashlib.sha256(b"two").hexdigest()


def test_a_file_with_its_old_times_put_back_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, spread = MemoryStore(), Spread()
    path = tmp_path / "a"
    piece = aged(path, b"one", monkeypatch)
    with_digests(store, "s", [piece], spread)
    before = os.stat(path)
    time.sleep(0.02)
    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    (found,) = with_digests(store, "s", [stamped(path, "a")], spread)
    assert found.version == hashlib.sha256(b"two").hexdigest()


def test_only_the_changed_file_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, spread = MemoryStore(), Spread()
    pieces = [aged(tmp_path / name, b"x", monkeypatch) for name in "abc"]
    with_digests(store, "s", pieces, spread)
    pieces[1] = aged(tmp_path / "b", b"longer", monkeypatch)
    with_digests(store, "s", pieces, spread)
    assert spread.read == ["a", "b", "c", "b"]


def test_a_file_that_is_gone_or_changes_meanwhile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    piece = stamped(path, "data/a")
    path.write_bytes(b"another")
    for check in (lambda: refuse_changed(piece), lambda: hash_stamped(piece.mark)):
        with pytest.raises(InputError, match=r"a: it changed while it was read"):
            check()
    path.unlink()
    for check in (lambda: refuse_changed(piece), lambda: hash_stamped(piece.mark)):
        with pytest.raises(InputError, match=r"a: No such file"):
            check()
    with pytest.raises(InputError, match=r"data/a: No such file"):
        stamped(path, "data/a")
