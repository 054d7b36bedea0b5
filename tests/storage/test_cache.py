"""Copies make reading near; they are sealed, bounded, and never believed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from burnish.core.errors import IntegrityBroken
from burnish.storage.cache import CachedShelf
from burnish.storage.folder import FolderShelf
from burnish.storage.keys import FileKeyProvider
from burnish.storage.object_shelf import Requests
from burnish.storage.objects import Cache, ObjectStore

if TYPE_CHECKING:
    from tests.storage.conftest import Bucket, Troubled

TABLE = pa.table({"text": ["Jane Citizen 0412 345 678"]})


@pytest.fixture
def cached(bucket: Bucket, troubled: Troubled, key: FileKeyProvider, tmp_path: Path) -> ObjectStore:
    cache = Cache(tmp_path / "cache", limit=1_000_000)
    return ObjectStore(bucket.place(troubled.endpoint), key, cache, Requests(retries=1, seconds=5))


def _copies(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_written_or_read_is_not_fetched_again(
    cached: ObjectStore, troubled: Troubled, tmp_path: Path
) -> None:
    table, blob = cached.put_table(TABLE), cached.put_bytes(b"x")
    _copies(tmp_path / "cache")[0].unlink()
    cached.get_table(table)
    cached.get_bytes(blob)
    troubled.seen.clear()

    assert cached.get_table(table).equals(TABLE)
    assert cached.get_bytes(blob) == b"x"

    assert troubled.seen == []


def test_copies_are_sealed_and_their_owners_only(cached: ObjectStore, tmp_path: Path) -> None:
    cached.put_table(TABLE)
    cached.put_bytes(b"Jane Citizen 0412 345 678")
    cached.remember("recipe", b"Jane")

    copies = _copies(tmp_path / "cache")

    assert len(copies) == 2
    assert not any(b"Jane" in path.read_bytes() for path in copies)
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


def test_a_spoiled_copy_is_given_up_and_fetched_anew(
    cached: ObjectStore, troubled: Troubled, tmp_path: Path
) -> None:
    table, blob = cached.put_table(TABLE), cached.put_bytes(b"x" * 3000)
    for copy in _copies(tmp_path / "cache"):
        copy.write_bytes(copy.read_bytes()[:-9] + b"corrupted")
    troubled.seen.clear()

    assert cached.get_table(table).equals(TABLE)
    cached.get_file(blob, tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == b"x" * 3000
    assert troubled.count("GET") >= 2


def test_a_spoiled_original_is_told_although_there_was_a_copy(
    cached: ObjectStore, bucket: Bucket, tmp_path: Path
) -> None:
    digest = cached.put_bytes(b"x")
    (copy,) = _copies(tmp_path / "cache")
    copy.unlink()
    bucket.flip(bucket.names("objects")[0], -1)

    for _ in range(2):
        with pytest.raises(IntegrityBroken, match=digest):
            cached.get_bytes(digest)


def test_a_copy_does_not_prove_that_the_object_is_kept(
    cached: ObjectStore, bucket: Bucket, key: FileKeyProvider
) -> None:
    digest = cached.put_bytes(b"x")
    bucket.client.delete(bucket.names("objects")[0])

    assert not cached.with_keys(key).has(digest)


def test_what_is_set_aside_has_no_copy(cached: ObjectStore, tmp_path: Path) -> None:
    digest = cached.put_bytes(b"x")

    cached.set_aside(digest)

    assert _copies(tmp_path / "cache") == []
    with pytest.raises(IntegrityBroken, match="not in the store"):
        cached.get_bytes(digest)


def test_the_folder_keeps_to_its_limit_and_lets_the_oldest_go(
    cached: ObjectStore, tmp_path: Path
) -> None:
    first = cached.put_bytes(os.urandom(200_000))
    digests = [cached.put_bytes(os.urandom(200_000)) for _ in range(3)]
    for age, path in enumerate(_copies(tmp_path / "cache")):
        used = 1_000_000_000 if first[2:] in path.name else 2_000_000_000 + age
        os.utime(path, (used, used))

    digests += [cached.put_bytes(os.urandom(200_000)) for _ in range(3)]

    kept = _copies(tmp_path / "cache")
    assert sum(path.stat().st_size for path in kept) <= 1_000_000
    assert not any(first[2:] in path.name for path in kept)
    assert any(digests[-1][2:] in path.name for path in kept)
    assert len(cached.get_bytes(first)) == 200_000


def test_what_a_dead_process_left_goes_like_any_copy(tmp_path: Path) -> None:
    shelf = CachedShelf(FolderShelf(tmp_path / "store"), tmp_path / "cache", limit=1000)
    left = tmp_path / "cache" / "ab" / ".tmp-1"
    left.parent.mkdir(parents=True)
    left.write_bytes(bytes(990))
    os.utime(left, (1, 1))

    shelf.put("objects/cd/new.sealed", [bytes(100)])

    assert [path.name for path in _copies(tmp_path / "cache")] == ["new.sealed"]


def test_a_broken_fetch_leaves_no_copy(tmp_path: Path) -> None:
    shelf = CachedShelf(FolderShelf(tmp_path / "store"), tmp_path / "cache", limit=1000)

    with pytest.raises(FileNotFoundError), shelf.open("objects/ab/none.sealed"):
        pass
    assert _copies(tmp_path / "cache") == []
    assert pickle.loads(pickle.dumps(shelf)) == shelf  # noqa: S301  # made on this line
