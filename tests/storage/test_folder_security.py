"""Who has the folder and not the key learns nothing; who changes it is found out."""

from __future__ import annotations

import io
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet.encryption import create_encryption_properties

from burnish.core.errors import IntegrityBroken, NotAllowed, UsageError
from burnish.storage.folder import FolderStore
from burnish.storage.keys import EnvKeyProvider, FileKeyProvider
from burnish.storage.sealed import sealing

PLANTED = "Jane Citizen 0412 345 678"
TABLE = pa.table({"subject_name": [PLANTED, None], "n": [1, 2]})
OTHER = pa.table({"subject_name": ["John Smith"], "n": [3]})


def _path(store: FolderStore, digest: str) -> Path:
    (path,) = (store.root / "objects" / digest[:2]).glob(f"{digest[2:]}.*")
    return path


def _files(store: FolderStore) -> dict[str, bytes]:
    return {
        str(path.relative_to(store.root)): path.read_bytes()
        for path in sorted(store.root.rglob("*"))
        if path.is_file()
    }


def _flip(path: Path, where: int) -> None:
    data = bytearray(path.read_bytes())
    data[where] ^= 4
    path.write_bytes(data)


def _swap(one: Path, two: Path) -> None:
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def test_nothing_is_readable_under_the_root(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text(PLANTED * 1000)
    store.put_table(TABLE)
    store.put_bytes(PLANTED.encode())
    store.put_file(tmp_path / "weights")
    store.remember(f"recipe {PLANTED}", PLANTED.encode())
    store.scratch("train").save("step-1", {PLANTED: PLANTED.encode()})

    files = _files(store)

    assert len(files) == 6
    key = (tmp_path / "keys" / "store.key").read_bytes()
    for name, data in files.items():
        for secret in (PLANTED.encode(), b"Jane", b"subject_name", b"recipe", key):
            assert secret not in data, name
            assert secret not in name.encode()


def test_every_flipped_byte_of_a_table_is_noticed(store: FolderStore) -> None:
    digest = store.put_table(TABLE)
    path = _path(store, digest)
    whole = path.read_bytes()

    for where in range(len(whole)):
        _flip(path, where)
        with pytest.raises(IntegrityBroken, match=digest):
            store.get_table(digest)
        path.write_bytes(whole)
    assert store.get_table(digest).equals(TABLE)


def test_every_flipped_byte_of_a_file_a_memo_and_a_slot_is_noticed(store: FolderStore) -> None:
    digest = store.put_bytes(b"model card")
    store.remember("recipe", b"value")
    scratch = store.scratch("train")
    scratch.save("step-1", {"a": b"1"})
    readers: dict[Path, Callable[[], object]] = {
        _path(store, digest): lambda: store.get_bytes(digest),
        next((store.root / "memo").rglob("*.sealed")): lambda: store.recall("recipe"),
        store.root / "scratch" / "train" / "step-1.sealed": lambda: scratch.load("step-1"),
    }

    for path, read in readers.items():
        for where in range(path.stat().st_size):
            _flip(path, where)
            with pytest.raises(IntegrityBroken):
                read()
            _flip(path, where)
        assert read()


def test_the_remedy_names_the_file_to_move_and_no_content(store: FolderStore) -> None:
    digest = store.put_bytes(PLANTED.encode())
    _flip(_path(store, digest), -1)

    with pytest.raises(IntegrityBroken) as caught:
        store.get_bytes(digest)

    assert f"objects/{digest[:2]}/{digest[2:]}.sealed" in caught.value.remedy
    assert digest in caught.value.problem
    assert PLANTED not in str(caught.value)


def test_an_object_set_aside_is_made_again_and_kept_in_quarantine(store: FolderStore) -> None:
    digest = store.put_bytes(b"x")
    _flip(_path(store, digest), -1)

    (moved,) = store.set_aside(digest)

    assert not store.has(digest)
    assert moved.startswith("quarantine/")
    assert (store.root / moved).exists()
    store.put_bytes(b"x")
    assert store.get_bytes(digest) == b"x"


def test_exchanged_objects_are_refused(store: FolderStore) -> None:
    tables = store.put_table(TABLE), store.put_table(OTHER)
    blobs = store.put_bytes(b"one"), store.put_bytes(b"two")
    _swap(*(_path(store, digest) for digest in tables))
    _swap(*(_path(store, digest) for digest in blobs))

    for digest in tables:
        with pytest.raises(IntegrityBroken, match="written for another digest"):
            store.get_table(digest)
    for digest in blobs:
        with pytest.raises(IntegrityBroken):
            store.get_bytes(digest)


def test_exchanged_memos_and_slots_are_refused(store: FolderStore) -> None:
    store.remember("one", b"1")
    store.remember("two", b"2")
    scratch = store.scratch("train")
    scratch.save("step-1", {"a": b"1"})
    scratch.save("step-2", {"a": b"2"})
    store.scratch("other").save("step-1", {"a": b"3"})
    folder = store.root / "scratch"
    _swap(*(store.root / "memo").rglob("*.sealed"))
    _swap(folder / "train" / "step-1.sealed", folder / "train" / "step-2.sealed")
    shutil.copy(folder / "other" / "step-1.sealed", folder / "train" / "step-3.sealed")

    for recipe in ("one", "two"):
        with pytest.raises(IntegrityBroken, match="a remembered result"):
            store.recall(recipe)
    for slot in ("step-1", "step-2", "step-3"):
        with pytest.raises(IntegrityBroken, match=slot):
            scratch.load(slot)


def test_a_sealed_file_of_one_kind_cannot_stand_in_for_another(store: FolderStore) -> None:
    digest = store.put_bytes(b"x")
    store.remember(digest, b"value")
    memo = next((store.root / "memo").rglob("*.sealed"))
    _swap(memo, _path(store, digest))

    with pytest.raises(IntegrityBroken):
        store.recall(digest)
    with pytest.raises(IntegrityBroken):
        store.get_bytes(digest)


def test_a_plaintext_table_is_refused_in_place_of_an_encrypted_one(store: FolderStore) -> None:
    digest = store.put_table(TABLE)
    pq.write_table(TABLE, _path(store, digest))

    with pytest.raises(IntegrityBroken, match="not an encrypted"):
        store.get_table(digest)


def test_plain_bytes_are_refused_in_place_of_sealed_ones(store: FolderStore) -> None:
    digest = store.put_bytes(b"x" * 300)
    _path(store, digest).write_bytes(b"x" * 300)

    with pytest.raises(IntegrityBroken):
        store.get_bytes(digest)


@pytest.mark.parametrize("mode", ["AES_GCM_V1", "AES_GCM_CTR_V1"])
def test_another_table_sealed_with_the_right_key_is_refused_by_its_digest(
    store: FolderStore, mode: str
) -> None:
    digest = store.put_table(TABLE)
    properties = create_encryption_properties(
        store._vault.table_key(digest),
        aad_prefix=digest.encode(),
        store_aad_prefix=False,
        encryption_algorithm=mode,
    )
    pq.write_table(OTHER, _path(store, digest), encryption_properties=properties)

    with pytest.raises(IntegrityBroken, match="another digest"):
        store.get_table(digest)


def test_other_bytes_sealed_with_the_right_key_are_refused_by_their_digest(
    store: FolderStore,
) -> None:
    digest = store.put_bytes(b"x")
    other = sealing(io.BytesIO(b"y"), store._vault, f"object {digest}".encode())
    _path(store, digest).write_bytes(b"".join(other))

    with pytest.raises(IntegrityBroken, match="another digest"):
        store.get_bytes(digest)


def test_truncated_files_are_refused(store: FolderStore) -> None:
    table, blob = store.put_table(TABLE), store.put_bytes(b"x" * 3_000_000)
    for digest in (table, blob):
        path = _path(store, digest)
        whole = path.read_bytes()
        for size in (0, 3, 4, 11, 100, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:size])
            with pytest.raises(IntegrityBroken):
                store.get_table(digest) if digest == table else store.get_bytes(digest)


def test_a_refused_file_is_not_left_where_it_was_to_go(store: FolderStore, tmp_path: Path) -> None:
    digest = store.put_bytes(b"x" * 3_000_000)
    _flip(_path(store, digest), -1)
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(IntegrityBroken):
        store.get_file(digest, out / "weights")

    assert list(out.iterdir()) == []


def test_another_key_is_refused_by_name_and_writes_nothing(
    store: FolderStore, key: FileKeyProvider, tmp_path: Path
) -> None:
    digest = store.put_table(TABLE)
    store.remember("r", b"v")
    before = _files(store)
    other = FolderStore(store.root, FileKeyProvider.ensure(tmp_path / "keys" / "other.key"))

    for use in (
        lambda: other.get_table(digest),
        lambda: other.put_table(OTHER),
        lambda: other.recall("r"),
        lambda: other.remember("s", b"v"),
        lambda: other.scratch("train"),
    ):
        with pytest.raises(NotAllowed, match=key.kek_id):
            use()
    assert _files(store) == before


def test_a_lost_record_of_the_key_is_not_replaced_by_a_new_one(
    store: FolderStore, key: FileKeyProvider
) -> None:
    store.put_bytes(b"x")
    (store.root / "store.json").unlink()

    with pytest.raises(IntegrityBroken, match=r"store\.json"):
        FolderStore(store.root, key).put_bytes(b"y")
    assert not (store.root / "store.json").exists()


@pytest.mark.parametrize("field", ["store", "kek_id", "key", "format"])
def test_a_changed_record_of_the_key_is_refused(
    store: FolderStore, key: FileKeyProvider, field: str
) -> None:
    store.put_bytes(b"x")
    path = store.root / "store.json"
    body = json.loads(path.read_text())
    body[field] = "AAAA" + str(body[field])[4:]
    path.write_text(json.dumps(body))

    with pytest.raises((IntegrityBroken, NotAllowed)):
        FolderStore(store.root, key).put_bytes(b"y")


def test_the_record_of_another_store_under_the_same_key_opens_nothing(
    store: FolderStore, key: FileKeyProvider, tmp_path: Path
) -> None:
    table, blob = store.put_table(TABLE), store.put_bytes(b"x")
    second = FolderStore(tmp_path / "second", key)
    second.put_bytes(b"y")
    shutil.copy(second.root / "store.json", store.root / "store.json")
    store = FolderStore(store.root, key)

    with pytest.raises(IntegrityBroken):
        store.get_table(table)
    with pytest.raises(IntegrityBroken):
        store.get_bytes(blob)


def test_a_key_inside_the_store_is_refused(tmp_path: Path) -> None:
    key = FileKeyProvider.ensure(tmp_path / "store" / "store.key")

    with pytest.raises(UsageError, match="inside the store"):
        FolderStore(tmp_path / "store", key)


def test_a_pickled_store_carries_no_key_and_opens_elsewhere(
    store: FolderStore, key: FileKeyProvider
) -> None:
    digest = store.put_table(TABLE)
    scratch = store.scratch("train")
    scratch.save("step-1", {"a": b"1"})

    data = pickle.dumps((store, scratch))
    again, work = pickle.loads(data)  # noqa: S301  # made one line above

    assert key.path.read_bytes() not in data
    assert store._vault._secret not in data
    assert again == store
    assert again.get_table(digest).equals(TABLE)
    assert work.load("step-1") == {"a": b"1"}


def test_a_new_key_rewrites_only_the_record_and_shuts_the_old_one_out(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, blob = store.put_table(TABLE), store.put_bytes(b"x")
    store.remember("r", b"v")
    before = _files(store)
    monkeypatch.setenv("BURNISH_TEST_KEY", "5a" * 32)

    turned = store.rotate(EnvKeyProvider("BURNISH_TEST_KEY"))

    after = _files(store)
    assert [name for name in before if before[name] != after[name]] == ["store.json"]
    assert before.keys() == after.keys()
    assert turned.get_table(table).equals(TABLE)
    assert turned.get_bytes(blob) == b"x"
    assert turned.recall("r") == b"v"
    with pytest.raises(NotAllowed):
        FolderStore(store.root, store.keys).get_bytes(blob)


def test_rotating_with_the_wrong_old_key_changes_nothing(
    store: FolderStore, tmp_path: Path
) -> None:
    store.put_bytes(b"x")
    before = _files(store)
    stranger = FileKeyProvider.ensure(tmp_path / "keys" / "stranger.key")

    with pytest.raises(NotAllowed):
        FolderStore(store.root, stranger).rotate(stranger)
    assert _files(store) == before
