"""A store in a bucket: who has the bucket and not the key learns nothing; faults are told."""

from __future__ import annotations

import multiprocessing
import pickle
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from burnish.core.errors import (
    BurnishError,
    InputError,
    IntegrityBroken,
    Interrupted,
    NotAllowed,
    UsageError,
)
from burnish.core.remote import ObjectPlace
from burnish.storage.keys import EnvKeyProvider, FileKeyProvider
from burnish.storage.object_shelf import ObjectShelf, Requests
from burnish.storage.objects import ObjectStore

if TYPE_CHECKING:
    from tests.storage.conftest import Bucket, Troubled

PLANTED = "Jane Citizen 0412 345 678"
TABLE = pa.table({"subject_name": [PLANTED, None], "n": [1, 2]})
OTHER = pa.table({"subject_name": ["John Smith"], "n": [3]})
QUICK = Requests(retries=2, seconds=5)
PART = 5 << 20  # the least that S3 takes as a part
SMALL = Requests(retries=2, seconds=5, whole=PART, part=PART)


@pytest.fixture
def behind(bucket: Bucket, troubled: Troubled, key: FileKeyProvider) -> ObjectStore:
    """A store whose bucket is behind the troubled server, and whose requests are small."""
    return ObjectStore(bucket.place(troubled.endpoint), key, requests=SMALL)


def test_nothing_in_the_bucket_is_readable(
    remote: ObjectStore, bucket: Bucket, key: FileKeyProvider, tmp_path: Path
) -> None:
    (tmp_path / "weights").write_text(PLANTED * 1000)
    remote.put_table(TABLE)
    remote.put_bytes(PLANTED.encode())
    remote.put_file(tmp_path / "weights")
    remote.remember(f"recipe {PLANTED}", PLANTED.encode())
    remote.scratch("train").save("step-1", {PLANTED: PLANTED.encode()})

    names = bucket.names()

    assert len(names) == 6
    for name in names:
        for secret in (
            PLANTED.encode(),
            b"Jane",
            b"subject_name",
            b"recipe",
            key.path.read_bytes(),
        ):
            assert secret not in bucket.read(name), name
            assert secret not in name.encode()


def test_a_changed_object_is_refused_by_name_and_made_again_when_set_aside(
    remote: ObjectStore, bucket: Bucket
) -> None:
    digests = remote.put_table(TABLE), remote.put_bytes(PLANTED.encode())
    for digest, read in zip(digests, (remote.get_table, remote.get_bytes), strict=True):
        (name,) = bucket.names(f"objects/{digest[:2]}")
        bucket.flip(name, len(bucket.read(name)) // 2)

        with pytest.raises(IntegrityBroken, match=digest) as caught:
            read(digest)

        assert name in caught.value.remedy
        assert PLANTED not in str(caught.value)
        (moved,) = remote.set_aside(digest)
        assert not remote.has(digest)
        assert moved in bucket.names("quarantine")
    assert remote.get_table(remote.put_table(TABLE)).equals(TABLE)


@pytest.mark.parametrize("size", [0, 3, 11, 100])
def test_a_truncated_object_is_refused(remote: ObjectStore, bucket: Bucket, size: int) -> None:
    table, blob = remote.put_table(TABLE), remote.put_bytes(b"x" * 3000)
    for name in bucket.names("objects"):
        bucket.write(name, bucket.read(name)[:size])

    with pytest.raises(IntegrityBroken):
        remote.get_table(table)
    with pytest.raises(IntegrityBroken):
        remote.get_bytes(blob)


def test_exchanged_objects_memos_and_slots_are_refused(remote: ObjectStore, bucket: Bucket) -> None:
    tables = remote.put_table(TABLE), remote.put_table(OTHER)
    remote.remember("one", b"1")
    remote.remember("two", b"2")
    scratch = remote.scratch("train")
    scratch.save("step-1", {"a": b"1"})
    scratch.save("step-2", {"a": b"2"})
    for folder in ("objects", "memo", "scratch"):
        first, second = bucket.names(folder)
        one, two = bucket.read(first), bucket.read(second)
        bucket.write(first, two)
        bucket.write(second, one)

    for read in (
        lambda: remote.get_table(tables[0]),
        lambda: remote.recall("one"),
        lambda: scratch.load("step-2"),
    ):
        with pytest.raises(IntegrityBroken):
            read()


def test_another_key_is_refused_by_name_and_a_lost_record_is_not_replaced(
    remote: ObjectStore, bucket: Bucket, key: FileKeyProvider, tmp_path: Path
) -> None:
    digest = remote.put_table(TABLE)
    stranger = FileKeyProvider.ensure(tmp_path / "keys" / "other.key")

    with pytest.raises(NotAllowed, match=key.kek_id):
        remote.with_keys(stranger).get_table(digest)
    bucket.client.delete("store.json")
    with pytest.raises(IntegrityBroken, match=r"store\.json"):
        remote.with_keys(key).put_bytes(b"y")
    assert "store.json" not in bucket.names()


def test_a_new_key_rewrites_only_the_record(
    remote: ObjectStore, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = remote.put_table(TABLE)
    remote.remember("r", b"v")
    before = {name: bucket.read(name) for name in bucket.names()}
    monkeypatch.setenv("BURNISH_TEST_KEY", "5a" * 32)

    turned = remote.rotate(EnvKeyProvider("BURNISH_TEST_KEY"))

    after = {name: bucket.read(name) for name in bucket.names()}
    assert [name for name in before if before[name] != after[name]] == ["store.json"]
    assert before.keys() == after.keys()
    assert turned.get_table(table).equals(TABLE)
    assert turned.recall("r") == b"v"
    with pytest.raises(NotAllowed):
        remote.with_keys(remote.keys).get_table(table)


def test_a_pickled_store_carries_no_secret_and_becomes_one_store_in_a_process(
    remote: ObjectStore, bucket: Bucket, key: FileKeyProvider
) -> None:
    digest = remote.put_table(TABLE)
    secret = (bucket.secrets / "secret").read_bytes().strip()

    data = pickle.dumps((remote, remote.scratch("train"), remote.shelf))
    again, scratch, shelf = pickle.loads(data)  # noqa: S301  # made one line above

    assert key.path.read_bytes() not in data
    assert remote._vault._secret not in data
    assert secret not in data
    assert again == remote
    assert again is pickle.loads(pickle.dumps(again))  # noqa: S301
    assert again.get_table(digest).equals(TABLE)
    assert scratch.slots() == []
    assert shelf.exists("store.json")


def test_another_process_opens_the_store_for_itself(remote: ObjectStore) -> None:
    digest = remote.put_table(TABLE)

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(remote.get_table, (digest,)).equals(TABLE)


def test_many_writers_of_the_same_and_of_a_new_store_are_all_right(
    bucket: Bucket, key: FileKeyProvider
) -> None:
    rivals = [ObjectStore(bucket.place(), key, requests=QUICK) for _ in range(8)]

    def write(store: ObjectStore) -> tuple[str, str]:
        return store.put_table(TABLE), store.put_bytes(b"x" * 70_000)

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(write, rivals))

    assert len(made) == 1
    table, blob = made.pop()
    assert all(store.get_table(table).equals(TABLE) for store in rivals)
    assert rivals[0].get_bytes(blob) == b"x" * 70_000
    assert len(bucket.names()) == 3


def test_what_is_there_is_never_replaced(remote: ObjectStore, bucket: Bucket) -> None:
    shelf = remote.shelf
    shelf.put("objects/ab/one.sealed", [b"first"])
    shelf.put("objects/ab/one.sealed", [b"second"])
    assert bucket.read("objects/ab/one.sealed") == b"first"

    shelf.put("memo/ab/one.sealed", [b"first"], replace=True)
    shelf.put("memo/ab/one.sealed", [b"second"], replace=True)
    assert bucket.read("memo/ab/one.sealed") == b"second"


def test_a_large_file_goes_up_in_parts_and_comes_down_in_ranges(
    behind: ObjectStore, troubled: Troubled, tmp_path: Path
) -> None:
    data = bytes(range(251)) * (3 * PART // 251)
    (tmp_path / "weights").write_bytes(data)

    digest = behind.put_file(tmp_path / "weights")
    parts = [path for method, path in troubled.seen if method == "PUT" and "partNumber" in path]
    behind.get_file(digest, tmp_path / "again")

    assert len(parts) >= 3
    assert (tmp_path / "again").read_bytes() == data
    assert sum(1 for method, path in troubled.seen if method == "GET" and digest[2:] in path) >= 3


def test_a_broken_upload_leaves_nothing_visible(behind: ObjectStore, bucket: Bucket) -> None:
    def torn(pieces: int) -> Iterator[bytes]:
        yield from [bytes(PART // 2)] * pieces
        raise InputError("the source broke off", remedy="none")

    for pieces in (1, 6):
        with pytest.raises(InputError, match="broke off"):
            behind.shelf.put("objects/ab/torn.sealed", torn(pieces))
    with pytest.raises(UsageError, match="changed while it was read"):
        behind.put_file(Path("/proc/sys/kernel/random/uuid"))

    assert bucket.names("objects") == []
    assert behind.sweep() == []


def test_a_passing_fault_is_tried_again_and_harms_nothing(
    behind: ObjectStore, troubled: Troubled
) -> None:
    faults = iter([503, 500, None] * 400)
    troubled.fault = lambda method, path: next(faults)

    table, blob = behind.put_table(TABLE), behind.put_bytes(b"x")
    behind.remember("r", b"v")

    assert behind.get_table(table).equals(TABLE)
    assert behind.get_bytes(blob) == b"x"
    assert behind.recall("r") == b"v"
    assert behind.has(table)


def test_an_answer_lost_after_the_write_is_no_conflict(
    behind: ObjectStore, troubled: Troubled, bucket: Bucket
) -> None:
    """The request is repeated, meets its own object, and finds that somebody was first: itself."""
    behind.put_bytes(b"opens the store")
    lost: list[str] = []

    def fault(method: str, path: str) -> int | None:
        if method == "PUT" and path not in lost:
            lost.append(path)
            bucket.write(path.split(f"{bucket.prefix}/")[1], b"what the lost request wrote")
            return 503
        return None

    troubled.fault = fault

    behind.shelf.put("objects/ab/one.sealed", [b"again"])

    assert bucket.read("objects/ab/one.sealed") == b"what the lost request wrote"


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (503, Interrupted, "503 Service Unavailable, after 2 retries"),
        (403, NotAllowed, "refuses to"),
        (401, NotAllowed, "refuses to"),
        (400, Interrupted, "400 Bad Request"),
    ],
)
def test_a_lasting_fault_is_told_in_our_words(
    behind: ObjectStore, troubled: Troubled, status: int, error: type[BurnishError], told: str
) -> None:
    digest = behind.put_bytes(b"x")
    behind.scratch("train").save("step-1", {"a": b"1"})
    troubled.fault = lambda method, path: status

    for use in _uses(behind, digest):
        with pytest.raises(error, match=told) as caught:
            use()

        assert behind.place.url in caught.value.problem
        assert caught.value.remedy
        assert "planted-secret" not in _all_of(caught.value)
        assert "AKIA" not in _all_of(caught.value)


def _uses(store: ObjectStore, digest: str) -> list[Callable[[], object]]:
    return [
        lambda: store.get_bytes(digest),
        lambda: store.put_bytes(b"other"),
        lambda: store.has("0" * 64),
        lambda: store.recall("r"),
        lambda: store.remember("r", b"v"),
        lambda: store.scratch("train").slots(),
        lambda: store.scratch("train").drop("step-1"),
        lambda: store.set_aside(digest),
    ]


def _all_of(error: BaseException) -> str:
    """All that a traceback would show."""
    shown = str(error)
    if error.__cause__ is not None:
        shown += _all_of(error.__cause__)
    if error.__context__ is not None and not error.__suppress_context__:
        shown += _all_of(error.__context__)
    return shown


def test_a_bucket_that_is_not_there_is_told(bucket: Bucket, key: FileKeyProvider) -> None:
    store = ObjectStore(bucket.place(bucket="nowhere"), key, requests=QUICK)

    for use in (lambda: store.put_bytes(b"x"), lambda: store.scratch("train").slots()):
        with pytest.raises(UsageError, match="no bucket or container 'nowhere'"):
            use()


def test_a_server_that_is_not_there_is_told(bucket: Bucket, key: FileKeyProvider) -> None:
    place = bucket.place("http://127.0.0.1:1")
    store = ObjectStore(place, key, requests=Requests(retries=1, seconds=1))

    with pytest.raises(Interrupted, match="no answer"):
        store.put_bytes(b"x")


def test_a_missing_secret_and_a_name_that_is_no_setting_are_told(
    bucket: Bucket, key: FileKeyProvider
) -> None:
    place = bucket.place()
    odd = ObjectPlace(place.url, place.endpoint, None, (("acces_key", "file:id"),), place.root)

    with pytest.raises(UsageError, match="cannot be opened"):
        ObjectStore(odd, key).put_bytes(b"x")
    (bucket.secrets / "secret").unlink()
    with pytest.raises(InputError, match="secret"):
        ObjectStore(place, key).put_bytes(b"x")


def test_an_object_replaced_while_it_is_read_is_not_mixed_with_its_successor(
    behind: ObjectStore, bucket: Bucket
) -> None:
    behind.shelf.put("scratch/a/s.sealed", [b"1" * (PART + 9)], replace=True)

    def read() -> bytes:
        with behind.shelf.open("scratch/a/s.sealed") as source:
            begun = source.read(5)
            bucket.write("scratch/a/s.sealed", b"2" * (PART + 9))
            return begun + source.read(-1)

    with pytest.raises(Interrupted, match="replaced while it was read"):
        read()


def test_many_questions_are_answered_by_few_requests(
    behind: ObjectStore, troubled: Troubled, bucket: Bucket, key: FileKeyProvider
) -> None:
    digests = [behind.put_bytes(b"%d" % n) for n in range(120)]
    fresh = ObjectStore(bucket.place(troubled.endpoint), key, requests=QUICK)
    troubled.seen.clear()

    assert all(map(fresh.has, digests))

    assert len(troubled.seen) < 60
    assert not fresh.has("0" * 64)
    bucket.write(f"objects/00/{'0' * 62}.sealed", b"made meanwhile")
    assert fresh.has("0" * 64)


def _peak_kilobytes(shelf: ObjectShelf, size: int) -> int:
    """How far a process's memory grows by passing that many bytes up and down."""
    shelf.put("objects/ab/small.sealed", [bytes(PART + 1)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shelf.put("objects/ab/large.sealed", (bytes(1 << 20) for _ in range(size >> 20)))
    with shelf.open("objects/ab/large.sealed") as source:
        assert sum(map(len, iter(lambda: source.read(1 << 20), b""))) == size
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def test_a_large_file_passes_in_bounded_memory(remote: ObjectStore) -> None:
    shelf, size = ObjectShelf(remote.place, SMALL), 12 * PART

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        grown = pool.apply(_peak_kilobytes, (shelf, size))

    assert grown < 0.7 * size / 1024
