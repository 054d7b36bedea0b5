"""Whatever layout a table comes in, it is kept and comes back saying the same."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burnish.core.errors import InputError
from burnish.storage.digest import table_digest
from burnish.storage.folder import FolderStore
from burnish.storage.tables import plain_layout, sealed_table

_word = st.none() | st.sampled_from(["", "a", "bb", "ccc"])
_words = st.none() | st.lists(_word, max_size=3)
ROW = st.fixed_dictionaries(
    {
        "word": _word,
        "words": _words,
        "pair": st.none() | st.tuples(_word, _word),
        "who": st.none() | st.fixed_dictionaries({"role": _word, "said": _words}),
    }
)
CODED = pa.dictionary(pa.int32(), pa.string())
ODD = {
    "word": [pa.string(), pa.large_string(), pa.string_view(), CODED],
    "words": [pa.list_(pa.large_string()), pa.large_list(pa.string()), pa.list_(CODED)],
    "pair": [pa.list_(pa.string(), 2), pa.list_(pa.large_string(), 2)],
    "who": [
        pa.struct([("role", CODED), ("said", pa.large_list(CODED))]),
        pa.struct([("role", pa.large_string()), ("said", pa.list_(pa.string()))]),
    ],
}


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(ROW, max_size=9), start=st.integers(0, 4), data=st.data())
def test_any_layout_and_slice_is_kept_and_comes_back(
    store: FolderStore, rows: list[dict[str, Any]], start: int, data: Any
) -> None:
    fields = [(name, data.draw(st.sampled_from(kinds))) for name, kinds in ODD.items()]
    table = pa.Table.from_pylist(rows, pa.schema(fields)).slice(start, 4)

    digest = store.put_table(table)

    assert digest == table_digest(table)
    assert store.get_table(digest).to_pylist() == table.to_pylist()


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, None, 255], pa.uint8()),
        pa.array([2**64 - 1, None], pa.uint64()),
        pa.array([-(2**63), None], pa.int64()),
        pa.array([1.5, None, float("nan"), -0.0], pa.float16()),
        pa.array([1.5, None, float("inf"), float("nan")], pa.float32()),
        pa.array([True, None, False]),
        pa.array([None, None]),
        pa.array(["1.50", None]).cast(pa.decimal128(10, 2)),
        pa.array([1, None], pa.date32()),
        pa.array([1, None], pa.time32("ms")),
        pa.array([1, None], pa.time64("ns")),
        pa.array([1, None], pa.timestamp("ns", "Australia/Sydney")),
        pa.array([1, None], pa.duration("us")),
        pa.array([b"\0\xff", None, b""]),
        pa.array([b"abcd", None], pa.binary(4)),
        pa.array([[[1], None, []], None], pa.list_(pa.list_(pa.int8()))),
        pa.array([[1.5, 2.5], None], pa.list_(pa.float32(), 2)),
    ],
    ids=lambda column: str(column.type),
)
def test_every_kept_type_comes_back(store: FolderStore, column: pa.Array) -> None:
    table = pa.table({"a": column})

    kept = store.get_table(store.put_table(table))

    assert table_digest(kept) == table_digest(table)
    assert str(kept.to_pylist()) == str(table.to_pylist())


def test_a_table_without_columns_and_one_with_a_name_twice_come_back(store: FolderStore) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"])

    for table in (pa.table({}), twice):
        assert store.get_table(store.put_table(table)).equals(table)


def test_rows_without_columns_are_refused_rather_than_lost(store: FolderStore) -> None:
    with pytest.raises(InputError, match="no columns"):
        store.put_table(pa.table({"a": [1, 2]}).select([]))


def test_a_table_in_plain_layout_is_not_copied() -> None:
    table = pa.table({"t": ["a", "b"], "l": [["x"], []]})

    assert plain_layout(table) is table


def test_a_sealed_table_begins_and_ends_like_an_encrypted_parquet_file() -> None:
    table = pa.table({"planted": ["planted"] * 9})

    sealed = sealed_table(table, bytes(32), "ab" * 32)

    assert sealed[:4] == sealed[-4:] == b"PARE"
    assert b"planted" not in sealed


def test_more_values_than_a_list_can_count_are_refused() -> None:
    lists = pa.FixedSizeListArray.from_arrays(pa.nulls(3 << 30), 1 << 30)

    with pytest.raises(InputError, match="smaller shards"):
        plain_layout(pa.table({"a": lists}))
