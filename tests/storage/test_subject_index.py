"""The index finds every table with rows of a person, looks at each once, and forgets the gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from burnish.core.errors import IntegrityBroken
from burnish.storage import subject_index
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider
from burnish.storage.subject_index import SubjectIndex

ANNA, BEN = "a" * 32, "b" * 32


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))


def table(number: int, *subjects: str | None) -> pa.Table:
    ids = [f"{number}-{at}" for at in range(len(subjects))]
    return pa.table({"id": ids, "subject": pa.array(subjects, pa.string())})


def test_every_table_with_rows_of_a_person_is_found_with_their_number(store: FolderStore) -> None:
    both = store.put_table(table(1, ANNA, BEN, None, ANNA))
    one = store.put_table(table(2, BEN))
    blank = store.put_table(table(3, None))
    aside = store.put_table(pa.table({"x": [1]}))
    store.put_bytes(b"no table")
    index = SubjectIndex(store)

    assert index.refresh() == 4

    assert index.tables(ANNA) == {both: 2}
    assert index.tables(BEN) == dict(sorted({both: 1, one: 1}.items()))
    assert index.tables("c" * 32) == {}
    assert index.without_subjects() == {aside}
    assert blank not in index.tables(ANNA)


def test_a_table_is_looked_at_once(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    old = store.put_table(table(1, ANNA))
    index = SubjectIndex(store)
    index.refresh()
    new = store.put_table(table(2, ANNA))
    looked: list[str] = []

    def seeing(looks: Callable[[Any], Any], given: Iterable[Any]) -> Iterator[Any]:
        for look in given:
            looked.extend(look.tables)
            yield looks(look)

    assert index.refresh(seeing) == 1

    assert looked == [new]
    assert set(index.tables(ANNA)) == {old, new}
    assert index.refresh() == 0


def test_many_segments_become_one_and_say_the_same(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject_index, "MOST_SEGMENTS", 3)
    index = SubjectIndex(store)
    names = []
    for number in range(5):
        names.append(store.put_table(table(number, ANNA, BEN)))
        index.refresh()
        assert len(store.scratch("subjects").slots()) <= 3

    assert index.tables(ANNA) == dict.fromkeys(sorted(names), 1)


def test_workers_look_at_tables_for_themselves(store: FolderStore) -> None:
    names = [store.put_table(table(number, ANNA)) for number in range(20)]
    index = SubjectIndex(store)
    with ProcessPoolExecutor(1) as pool:
        assert index.refresh(pool.map) == 20
    assert set(index.tables(ANNA)) == set(names)


def test_a_table_that_is_gone_is_not_answered_with_and_forgotten(store: FolderStore) -> None:
    gone, stays = store.put_table(table(1, ANNA)), store.put_table(table(2, ANNA))
    index = SubjectIndex(store)
    index.refresh()

    store.drop(gone)
    assert set(index.tables(ANNA)) == {stays}

    index.rebuild()
    (slot,) = store.scratch("subjects").slots()
    kept = store.scratch("subjects").load(slot)
    assert gone.encode() not in b"".join(kept.values())
    assert index.refresh() == 0


def test_the_index_holds_no_keyed_hash_in_the_clear(store: FolderStore, tmp_path: Path) -> None:
    store.put_table(table(1, ANNA))
    SubjectIndex(store).refresh()
    files = [path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert not [data for data in files if ANNA.encode() in data]


def test_a_column_that_was_tampered_with_is_found(store: FolderStore, tmp_path: Path) -> None:
    store.put_table(pa.table({"subject": [f"{number:032x}" for number in range(500)]}))
    (path,) = (tmp_path / "store").rglob("*.parquet")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))

    with pytest.raises(IntegrityBroken):
        SubjectIndex(store).refresh()


def test_only_the_columns_asked_for_are_read(store: FolderStore) -> None:
    digest = store.put_table(table(1, ANNA))
    assert store.get_columns(digest, ("subject", "other")).column_names == ["subject"]
    assert store.get_columns(digest, ("other",)).num_columns == 0


def test_what_is_dropped_is_gone_and_dropping_it_again_does_no_harm(store: FolderStore) -> None:
    kept, gone = store.put_bytes(b"a"), store.put_table(table(1, ANNA))
    for _ in range(2):
        store.drop(gone)
    assert not store.has(gone)
    assert list(store.kept_tables()) == []
    assert list(store.kept_bytes()) == [kept]
