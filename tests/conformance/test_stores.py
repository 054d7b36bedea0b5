"""Every store keeps, returns and refuses the same things in the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from burnish.core.errors import InputError, IntegrityBroken, UsageError
from burnish.core.ports import Store
from burnish.core.remote import ObjectPlace
from burnish.storage.digest import table_digest
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider
from burnish.storage.memory import MemoryStore
from burnish.storage.objects import Cache, ObjectStore

ABSENT = "0" * 64


def _folder(tmp_path: Path, _: str) -> Store:
    return FolderStore(tmp_path / "store", _key(tmp_path))


def _memory(_: Path, __: str) -> Store:
    return MemoryStore()


def _objects(tmp_path: Path, endpoint: str) -> Store:
    return ObjectStore(_place(tmp_path, endpoint), _key(tmp_path))


def _cached(tmp_path: Path, endpoint: str) -> Store:
    cache = Cache(tmp_path / "cache", limit=3_000_000)
    return ObjectStore(_place(tmp_path, endpoint), _key(tmp_path), cache)


def _key(tmp_path: Path) -> FileKeyProvider:
    return FileKeyProvider.ensure(tmp_path / "keys" / "a.key")


def _place(tmp_path: Path, endpoint: str) -> ObjectPlace:
    (tmp_path / "secret").write_text("anything")
    return ObjectPlace(
        url=f"s3://evidence/conformance/{tmp_path.name}",
        endpoint=endpoint,
        region="us-east-1",
        credentials=(("access_key_id", "file:secret"), ("secret_access_key", "file:secret")),
        root=tmp_path,
    )


MAKE: dict[str, Callable[[Path, str], Store]] = {
    "folder": _folder,
    "memory": _memory,
    "objects": _objects,
    "cached": _cached,
}


@pytest.fixture(params=list(MAKE))
def store(request: pytest.FixtureRequest, tmp_path: Path, s3_server: str) -> Store:
    return MAKE[request.param](tmp_path, s3_server)


def _rows() -> pa.Table:
    messages = [[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None}], []]
    return pa.table(
        {
            "id": ["a", "b"],
            "messages": pa.array(
                messages,
                pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())])),
            ),
            "quality": pa.array([0.5, None], pa.float64()),
            "seen": pa.array([0, 1], pa.timestamp("us", "UTC")),
        }
    )


def test_a_table_comes_back_equal_under_its_logical_digest(store: Store) -> None:
    digest = store.put_table(_rows())

    assert digest == table_digest(_rows())
    assert store.has(digest)
    assert store.get_table(digest).equals(_rows())


def test_an_empty_table_comes_back_with_its_columns(store: Store) -> None:
    digest = store.put_table(_rows().slice(0, 0))

    assert store.get_table(digest).schema == _rows().schema
    assert store.get_table(digest).num_rows == 0


def test_what_a_digest_gives_back_does_not_depend_on_the_layout_put(store: Store) -> None:
    plain = pa.table({"t": ["x", "y", "x", None]})
    column = plain["t"].combine_chunks()
    other = pa.table({"t": column.dictionary_encode()}).replace_schema_metadata({"who": "me"})

    first = store.put_table(other)
    second = store.put_table(pa.table({"t": column.cast(pa.large_string())}))

    assert first == second == table_digest(plain)
    assert store.get_table(first).schema.equals(plain.schema, check_metadata=True)


def test_nested_columns_are_kept_in_plain_layout_too(store: Store) -> None:
    words = pa.ListArray.from_arrays([0, 2, 3], pa.array(["a", "b", "a"]).dictionary_encode())
    wide = pa.array([["x"], None], pa.large_list(pa.large_string()))
    pair = pa.array([{"n": 1}, {"n": None}], pa.struct([pa.field("n", pa.int8())]))
    fixed = pa.array([[1, 2], None], pa.list_(pa.int16(), 2))
    table = pa.table({"words": words, "wide": wide, "pair": pair, "fixed": fixed})

    kept = store.get_table(store.put_table(table))

    assert kept.to_pylist() == table.to_pylist()
    assert kept.schema.field("words").type == pa.list_(pa.string())
    assert kept.schema.field("wide").type == pa.list_(pa.string())
    assert kept.schema.field("fixed").type == pa.list_(pa.int16())


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.date64(), pa.time32("s"), pa.struct([])])
def test_a_type_that_would_not_come_back_is_refused(store: Store, kind: pa.DataType) -> None:
    table = pa.table({"odd": pa.array([None], kind)})

    with pytest.raises(InputError, match="odd"):
        store.put_table(table)


def test_bytes_come_back_under_their_sha256(store: Store) -> None:
    for data in (b"", b"x", bytes(range(256)) * 9000):
        digest = store.put_bytes(data)

        assert digest == hashlib.sha256(data).hexdigest()
        assert store.get_bytes(digest) == data


def test_a_file_comes_back_and_is_the_same_object_as_its_bytes(
    store: Store, tmp_path: Path
) -> None:
    data = b"0123456789" * 300_000
    (tmp_path / "in.bin").write_bytes(data)

    digest = store.put_file(tmp_path / "in.bin")
    store.get_file(digest, tmp_path / "new folder" / "out.bin")

    assert (tmp_path / "new folder" / "out.bin").read_bytes() == data
    assert store.put_bytes(data) == digest
    assert store.get_bytes(digest) == data


def test_a_file_in_the_clear_is_its_owners_only(store: Store, tmp_path: Path) -> None:
    store.get_file(store.put_bytes(b"weights"), tmp_path / "out.bin")

    assert (tmp_path / "out.bin").stat().st_mode & 0o077 == 0


def test_writing_the_same_twice_is_writing_it_once(store: Store) -> None:
    assert store.put_table(_rows()) == store.put_table(_rows())
    assert store.put_bytes(b"x") == store.put_bytes(b"x")


def test_what_is_not_there_is_said_with_a_remedy(store: Store, tmp_path: Path) -> None:
    assert not store.has(ABSENT)
    for get in (store.get_table, store.get_bytes, lambda d: store.get_file(d, tmp_path / "out")):
        with pytest.raises(IntegrityBroken, match="run again"):
            get(ABSENT)
    assert not (tmp_path / "out").exists()


def test_a_table_is_not_bytes_and_bytes_are_not_a_table(store: Store) -> None:
    with pytest.raises(IntegrityBroken):
        store.get_bytes(store.put_table(_rows()))
    with pytest.raises(IntegrityBroken):
        store.get_table(store.put_bytes(b"x"))


@pytest.mark.parametrize("text", ["", "abc", "../" * 21 + "a", "A" * 64, "0" * 65, "0" * 63 + "\n"])
def test_what_is_not_a_digest_never_becomes_a_path(store: Store, text: str) -> None:
    for ask in (store.has, store.get_table, store.get_bytes):
        with pytest.raises(UsageError, match="64 hexadecimal"):
            ask(text)


def test_a_recipe_is_remembered_until_it_is_remembered_anew(store: Store) -> None:
    assert store.recall("dedup 1 abc") is None

    store.remember("dedup 1 abc", b"one")
    store.remember("dedup 1 abd", b"other")
    store.remember("dedup 1 abc", b"two")

    assert store.recall("dedup 1 abc") == b"two"
    assert store.recall("dedup 1 abd") == b"other"


def test_a_recipe_may_be_any_text(store: Store) -> None:
    for recipe in ("", "../../etc", "ключ\n" * 500):
        store.remember(recipe, recipe.encode())

        assert store.recall(recipe) == recipe.encode()


def test_a_slot_holds_its_files_until_replaced_or_dropped(store: Store) -> None:
    files = {"model.safetensors": b"w" * 3_000_000, "empty": b"", "dir/state.json": b"{}"}
    scratch = store.scratch("train-1")

    scratch.save("step-000010", files)
    scratch.save("step-000002", {"a": b"1"})
    scratch.save("step-000002", {"b": b"2"})

    assert store.scratch("train-1").slots() == ["step-000002", "step-000010"]
    assert scratch.load("step-000010") == files
    assert scratch.load("step-000002") == {"b": b"2"}
    scratch.drop("step-000010")
    scratch.drop("step-000010")
    assert scratch.slots() == ["step-000002"]


def test_scratch_works_do_not_see_each_others_slots(store: Store) -> None:
    store.scratch("one").save("s", {"a": b"1"})

    assert store.scratch("two").slots() == []
    with pytest.raises(UsageError, match="nothing is saved"):
        store.scratch("two").load("s")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".tmp-x", "a\0", "x" * 129, "a\n"])
def test_an_unsafe_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name"):
        store.scratch(name)
    with pytest.raises(UsageError, match="cannot name"):
        store.scratch("ok").save(name, {})
