"""Index, rewriting and dropping in a bucket, with and without copies on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from burnish.core.errors import IntegrityBroken
from burnish.storage.erasing import set_aside_names, table_without
from burnish.storage.keys import FileKeyProvider
from burnish.storage.objects import Cache, ObjectStore
from burnish.storage.subject_index import SubjectIndex

if TYPE_CHECKING:
    from tests.storage.conftest import Bucket

ANNA, BEN = "a" * 32, "b" * 32


@pytest.mark.parametrize("copies", [False, True])
def test_a_persons_rows_leave_a_bucket_and_its_copies(
    bucket: Bucket, key: FileKeyProvider, tmp_path: Path, copies: bool
) -> None:
    folder = tmp_path / "cache"
    store = ObjectStore(bucket.place(), key, Cache(folder, 10**9) if copies else None)
    digest = store.put_table(pa.table({"id": ["1", "2"], "subject": [ANNA, BEN]}))
    aside = store.put_table(pa.table({"x": [1]}))
    index = SubjectIndex(store)
    assert index.refresh() == 2
    assert index.tables(ANNA) == {digest: 1}
    assert index.without_subjects() == {aside}

    made = table_without(store, digest, ANNA, keep=True)
    store.drop(digest)
    index.rebuild()
    index.refresh()

    assert index.tables(ANNA) == {}
    assert index.tables(BEN) == {made.digest: 1}
    assert not [name for name in bucket.names() if digest[2:] in name]
    assert not [path for path in folder.rglob("*") if digest[2:] in path.name]
    with pytest.raises(IntegrityBroken):
        store.get_table(digest)
    store.set_aside(made.digest)
    for name in set_aside_names(store):
        store.shelf.remove(name)
    assert not [name for name in bucket.names() if name.startswith("quarantine")]
