"""A table's digest depends on what it says, and not on how it is laid out."""

from __future__ import annotations

import hashlib
import math
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.errors import InputError
from burnish.storage.digest import bytes_digest, file_digest, table_digest

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("data", pa.binary()),
        ("n", pa.int32()),
        ("x", pa.float64()),
        ("yes", pa.bool_()),
        ("at", pa.timestamp("us", "UTC")),
        ("words", pa.list_(pa.string())),
        ("pair", pa.list_(pa.int16(), 2)),
        ("who", pa.struct([("role", pa.string()), ("parts", pa.list_(pa.int8()))])),
    ]
)
_text = st.none() | st.text(max_size=5)
_int8 = st.none() | st.integers(-128, 127)
ROW = st.fixed_dictionaries(
    {
        "id": _text,
        "data": st.none() | st.binary(max_size=5),
        "n": st.none() | st.integers(-(2**31), 2**31 - 1),
        "x": st.none() | st.floats(),
        "yes": st.none() | st.booleans(),
        "at": st.none() | st.integers(0, 2**50),
        "words": st.none() | st.lists(_text, max_size=3),
        "pair": st.none() | st.tuples(_int8, _int8),
        "who": st.none()
        | st.fixed_dictionaries({"role": _text, "parts": st.none() | st.lists(_int8, max_size=3)}),
    }
)
ROWS = st.lists(ROW, max_size=12)
PROPERTY = settings(max_examples=50, deadline=None)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, SCHEMA)


def _bits(value: Any) -> Any:
    """A value made comparable: NaNs equal, zeros of both signs not."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    if isinstance(value, dict):
        return [(key, _bits(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [_bits(item) for item in value]
    return value


@PROPERTY
@given(rows=ROWS, cuts=st.lists(st.integers(0, 12), max_size=4))
def test_chunks_make_no_difference(rows: list[dict[str, Any]], cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [_table(rows[a:b]) for a, b in pairwise(edges)]

    assert table_digest(pa.concat_tables(parts)) == table_digest(_table(rows))


@PROPERTY
@given(before=ROWS, rows=ROWS, after=ROWS)
def test_a_slice_is_the_rows_it_shows(
    before: list[dict[str, Any]], rows: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    cut = _table(before + rows + after).slice(len(before), len(rows))

    assert table_digest(cut) == table_digest(_table(rows))


@PROPERTY
@given(rows=ROWS)
def test_dictionaries_wide_offsets_and_views_make_no_difference(rows: list[dict[str, Any]]) -> None:
    table = _table(rows)
    column = table["id"].combine_chunks()
    wide = table["words"].combine_chunks().cast(pa.large_list(pa.large_string()))

    for same in (
        column.dictionary_encode(),
        column.dictionary_encode(null_encoding="encode"),
        column.cast(pa.large_string()),
        column.cast(pa.string_view()),
    ):
        assert table_digest(table.set_column(0, "id", same)) == table_digest(table)
    assert table_digest(table.set_column(6, "words", wide)) == table_digest(table)
    loose = table["pair"].combine_chunks().cast(pa.list_(pa.int16()))
    assert table_digest(table.set_column(7, "pair", loose)) == table_digest(table)


@PROPERTY
@given(first=ROWS, second=ROWS)
def test_equal_digests_mean_equal_rows(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    one, two = _table(first), _table(second)

    same = _bits(one.to_pylist()) == _bits(two.to_pylist())
    assert (table_digest(one) == table_digest(two)) == same


@PROPERTY
@given(rows=st.lists(ROW, min_size=1, max_size=6), data=st.data())
def test_one_changed_value_changes_the_digest(rows: list[dict[str, Any]], data: Any) -> None:
    row = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(SCHEMA.names))
    changed = [dict(item) for item in rows]
    changed[row][name] = data.draw(ROW)[name]

    one, two = _table(rows), _table(changed)

    same = _bits(one.to_pylist()) == _bits(two.to_pylist())
    assert (table_digest(one) == table_digest(two)) == same


@PROPERTY
@given(rows=st.lists(st.integers(-9, 9), min_size=2, max_size=8), data=st.data())
def test_the_order_of_rows_counts(rows: list[int], data: Any) -> None:
    other = data.draw(st.permutations(rows))

    same = table_digest(pa.table({"n": rows})) == table_digest(pa.table({"n": other}))
    assert same == (rows == other)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (pa.table({"a": [1]}), pa.table({"b": [1]})),
        (pa.table({"a": [1], "b": [2]}), pa.table({"b": [2], "a": [1]})),
        (pa.table({"a": [1]}), pa.table({"a": pa.array([1], pa.int32())})),
        (pa.table({"a": ["x"]}), pa.table({"a": [b"x"]})),
        (pa.table({"a": ["", "ab"]}), pa.table({"a": ["a", "b"]})),
        (pa.table({"a": [None]}), pa.table({"a": pa.array([None], pa.string())})),
        (pa.table({"a": pa.array([None, "x"])}), pa.table({"a": pa.array(["x", None])})),
        (pa.table({"a": pa.array([None, ""])}), pa.table({"a": pa.array(["", None])})),
        (pa.table({"a": [[1], []]}), pa.table({"a": [[], [1]]})),
        (pa.table({"a": [[None]]}), pa.table({"a": [None]})),
        (
            pa.table({"a": pa.array([{"x": None}], pa.struct([("x", pa.int8())]))}),
            pa.table({"a": pa.array([None], pa.struct([("x", pa.int8())]))}),
        ),
        (pa.table({"a": [{"x": 1}]}), pa.table({"a": [{"y": 1}]})),
        (pa.table({"a": [0.0]}), pa.table({"a": [-0.0]})),
        (
            pa.table({"a": pa.array([1], pa.timestamp("us"))}),
            pa.table({"a": pa.array([1], pa.timestamp("us", "UTC"))}),
        ),
        (
            pa.table({"a": pa.array([1], pa.timestamp("us"))}),
            pa.table({"a": pa.array([1], pa.timestamp("ns"))}),
        ),
        (pa.table({"a": [], "b": []}), pa.table({"a": []})),
        (pa.table({"ab": [1], "c": [1]}), pa.table({"a": [1], "bc": [1]})),
    ],
)
def test_tables_that_differ_have_different_digests(one: pa.Table, two: pa.Table) -> None:
    assert table_digest(one) != table_digest(two)


def test_what_lies_under_a_null_makes_no_difference() -> None:
    mask = pa.array([False, True])
    for values in (pa.array([1, 2]), pa.array([1.0, 7.0]), pa.array([True, True])):
        hidden = type(values).from_buffers(
            values.type, 2, [pa.array([1, None]).buffers()[0], values.buffers()[1]]
        )

        assert hidden.null_count == 1
        assert table_digest(pa.table({"a": hidden})) == table_digest(
            pa.table({"a": pa.array(values.to_pylist(), values.type, mask=mask.to_numpy(False))})
        )


def test_text_under_a_null_makes_no_difference() -> None:
    whole = pa.array(["a", "secret", "b"])
    validity = pa.array([1, None, 1]).buffers()[0]
    hidden = pa.StringArray.from_buffers(3, whole.buffers()[1], whole.buffers()[2], validity)

    assert table_digest(pa.table({"a": hidden})) == table_digest(pa.table({"a": ["a", None, "b"]}))


def test_children_of_a_null_struct_make_no_difference() -> None:
    child = pa.array([1, 2])
    hidden = pa.StructArray.from_arrays([child], ["n"], mask=pa.array([False, True]))
    plain = pa.array([{"n": 1}, None], pa.struct([("n", pa.int64())]))

    assert table_digest(pa.table({"a": hidden})) == table_digest(pa.table({"a": plain}))


def test_all_nans_are_one_value() -> None:
    quiet = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
    minus = struct.unpack("<d", struct.pack("<Q", 0xFFF8000000000000))[0]
    digests = {table_digest(pa.table({"x": [1.0, nan]})) for nan in (math.nan, quiet, minus)}

    assert len(digests) == 1
    assert table_digest(pa.table({"x": pa.array([1.0, None])})) not in digests
    for kind in (pa.float16(), pa.float32()):
        table_digest(pa.table({"x": pa.array([math.nan, 1.0], kind)}))


def test_metadata_and_nullability_make_no_difference() -> None:
    plain = pa.table({"a": [1]})
    field = pa.field("a", pa.int64(), nullable=False, metadata={"k": "v"})
    marked = plain.cast(pa.schema([field], metadata={"who": "me"}))

    assert table_digest(marked) == table_digest(plain)


def test_the_digest_is_the_same_in_every_version() -> None:
    table = pa.table(
        {
            "id": ["a", None, "ü"],
            "x": pa.array([0.5, math.nan, None]),
            "tags": pa.array([["x"], [], None], pa.list_(pa.string())),
            "at": pa.array([1, 2, None], pa.timestamp("us", "UTC")),
        }
    )

    assert table_digest(table) == (
        "7084943912158f80d1712aa3c4d8e992d870ac4e7e53c5ca7b07e2d1eb38c153"
    )


@pytest.mark.parametrize(
    "kind",
    [
        pa.map_(pa.string(), pa.int8()),
        pa.list_(pa.map_(pa.string(), pa.int8())),
        pa.month_day_nano_interval(),
        pa.run_end_encoded(pa.int32(), pa.int8()),
        pa.uuid(),
    ],
)
def test_a_type_without_a_digest_is_refused_by_name(kind: pa.DataType) -> None:
    table = pa.table({"odd": pa.array([], kind)})

    with pytest.raises(InputError, match="odd"):
        table_digest(table)


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["1.50", None]).cast(pa.decimal128(10, 2)),
        pa.array([1, None], pa.time64("ns")),
        pa.array([1, None], pa.duration("ms")),
        pa.array([1, None], pa.date32()),
        pa.array([b"abcd", None], pa.binary(4)),
        pa.array([b"abcd", None], pa.binary_view()),
        pa.array([1.5, None], pa.float16()),
        pa.array([None, None]),
        pa.array(["a", None]).dictionary_encode(),
    ],
)
def test_every_other_type_has_a_digest_that_slices_do_not_change(column: pa.Array) -> None:
    twice = pa.concat_arrays([column, column])

    digest = table_digest(pa.table({"a": column}))

    assert table_digest(pa.table({"a": twice.slice(2)})) == digest
    assert table_digest(pa.table({"a": twice.slice(1)})) != digest


def test_bytes_and_files_are_named_by_their_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc" * 100_000)

    assert file_digest(tmp_path / "f") == bytes_digest(b"abc" * 100_000)
    assert bytes_digest(b"") == hashlib.sha256(b"").hexdigest()
