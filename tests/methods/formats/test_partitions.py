"""Hive partitions: fields in the names of folders."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.formats.partitions import NULL, partition_fields
from burnish.methods.formats.read import FormatError

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=8)


def test_folders_give_fields_in_order_and_stay_text() -> None:
    assert partition_fields("lake/year=2026/month=07/part-0.parquet") == {
        "year": "2026",
        "month": "07",
    }


def test_the_default_partition_is_no_value_and_an_empty_one_is_empty() -> None:
    assert partition_fields(f"a={NULL}/b=/x.jsonl") == {"a": None, "b": ""}


def test_the_name_of_the_file_itself_gives_no_field() -> None:
    assert partition_fields("a=1.jsonl") == {}


@settings(max_examples=50, deadline=None)
@given(
    fields=st.dictionaries(
        WORDS.filter(lambda k: k.strip() and k[0] not in "_."), WORDS, max_size=4
    )
)
def test_percent_encoding_is_undone(fields: dict[str, str]) -> None:
    folders = [f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in fields.items()]

    assert partition_fields("/".join([*folders, "part-0.csv"])) == fields


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a=1/a=2/x.csv", "twice"),
        ("a=1/%61=2/x.csv", "twice"),
        ("=secret/x.csv", "no name"),
        ("_meta=1/x.csv", "begins with"),
        ("id=secret/x.csv", "reserved field `id`"),
        ("a=secret%ff/x.csv", "not UTF-8"),
        ("a=secret%00/x.csv", "control character"),
    ],
)
def test_a_doubtful_folder_is_refused_without_its_value(name: str, why: str) -> None:
    with pytest.raises(FormatError, match=why) as refused:
        partition_fields(name, reserved={"id", "source"})

    assert "secret" not in str(refused.value)
