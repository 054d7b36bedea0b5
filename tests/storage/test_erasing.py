"""Objects written anew without one person's rows: nothing of the person, all of the others."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.shards import REASON
from burnish.storage.erasing import (
    bytes_without,
    ids_in,
    mentions,
    scratch_names,
    set_aside_names,
    table_without,
    value_without,
)
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

ANNA, BEN = "a" * 32, "b" * 32
ROW, OTHER = "1" * 32, "2" * 32


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))


def test_a_table_keeps_the_rows_of_all_others(store: FolderStore) -> None:
    rows = {"id": ["1", "2", "3"], "subject": [ANNA, None, BEN], REASON: ["short", "short", "long"]}
    digest = store.put_table(pa.table(rows))

    tried = table_without(store, digest, ANNA, keep=False)
    assert (tried.digest, tried.rows, tried.removed) == ("", 2, 1)
    made = table_without(store, digest, ANNA, keep=True)

    assert store.get_table(made.digest).column("id").to_pylist() == ["2", "3"]
    assert made.reasons == {"short": 1}
    assert store.has(digest)
    assert table_without(store, made.digest, ANNA, keep=True).removed == 0


def test_a_table_of_one_person_leaves_nothing(store: FolderStore) -> None:
    digest = store.put_table(pa.table({"id": ["1"], "subject": [ANNA]}))
    assert table_without(store, digest, ANNA, keep=True).digest == ""


def test_ids_are_those_of_the_persons_rows(store: FolderStore) -> None:
    one = store.put_table(pa.table({"id": ["1", "2"], "subject": [ANNA, BEN]}))
    other = store.put_table(pa.table({"id": ["1.1", "4"], "subject": [ANNA, None]}))
    assert ids_in(store, [one, other], ANNA) == {"1", "1.1"}


@pytest.mark.parametrize("at", [0, 5, (1 << 20) - 40, (1 << 20) - 10, (1 << 20) + 3])
def test_a_text_that_names_a_row_is_found_wherever_it_does(store: FolderStore, at: int) -> None:
    text = " " * at + ROW + " " * 9
    digest = store.put_bytes(text.encode())
    assert mentions(store, digest, {f"{ROW}.3"})
    assert not mentions(store, digest, {OTHER})


def test_weights_and_longer_digests_name_no_row(store: FolderStore) -> None:
    weights = store.put_bytes(b"\0\0\0" + ROW.encode())
    latin = store.put_bytes(b"\xff" + ROW.encode() * 9)
    digests = store.put_bytes(json.dumps([ROW + OTHER]).encode())
    assert not any(mentions(store, digest, {ROW}) for digest in (weights, latin, digests))


def test_lines_and_documents_lose_what_names_a_row(store: FolderStore) -> None:
    lines = [{"item": ROW, "question": "who?"}, {"item": OTHER}, {"item": f"{ROW}.1"}]
    listed = store.put_bytes("\n".join(map(json.dumps, lines)).encode())
    report = {"found": [{"id": "f", "rows": [ROW, OTHER]}, {"row": ROW, "text": "x"}], "n": 2}
    told = store.put_bytes(json.dumps(report).encode())

    left = bytes_without(store, listed, {ROW}, keep=True)
    assert (json.loads(store.get_bytes(left.digest)), left.removed) == ({"item": OTHER}, 2)
    kept = bytes_without(store, told, {ROW}, keep=True)
    assert json.loads(store.get_bytes(kept.digest)) == {
        "found": [{"id": "f", "rows": [OTHER]}],
        "n": 2,
    }


def test_a_text_of_no_known_form_goes_as_a_whole(store: FolderStore) -> None:
    digest = store.put_bytes(f"row {ROW} said".encode())
    assert bytes_without(store, digest, {ROW}, keep=True).digest == ""
    whole = store.put_bytes(json.dumps({"row": ROW}).encode())
    assert bytes_without(store, whole, {ROW}, keep=True).digest == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([ROW, OTHER, f"at {ROW}!", "x"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b", ROW]), inner),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_whatever_names_the_row_is_gone_from_any_value(value: object) -> None:
    left = value_without(value, {ROW})
    assert ROW not in json.dumps(left)
    assert value_without(left, {ROW}) == left
    if ROW not in json.dumps(value):
        assert left == value


def test_work_in_progress_is_named_but_for_the_index(store: FolderStore) -> None:
    store.scratch("train-1").save("step-1", {"weights": b"w"})
    store.scratch("subjects").save("segment-1", {"index": b"i"})
    assert scratch_names(store) == ["scratch/train-1/step-1.sealed"]


def test_what_was_set_aside_and_what_killed_writers_left_is_named(
    store: FolderStore, tmp_path: Path
) -> None:
    store.set_aside(store.put_bytes(b"broken"))
    (tmp_path / "store" / "objects" / ".tmp-left").write_bytes(b"half")
    assert len(set_aside_names(store)) == 2
