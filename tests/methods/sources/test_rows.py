"""Records to columns: nothing lost, nothing invented, whatever the records hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burnish.methods.formats.messages import FieldMap
from burnish.methods.sources import rows as module
from burnish.methods.sources.latest import NEVER
from burnish.methods.sources.rows import Batch, Reader, Shape

GOOD = {"question": "Where?", "answer": "Here.", "id": 7, "at": "2026-01-02T03:04:05Z"}
VALUES = st.one_of(st.text(max_size=8), st.none(), st.integers(), st.booleans())
RECORDS = st.lists(
    st.dictionaries(st.sampled_from(["question", "answer", "id", "at", "x"]), VALUES), max_size=20
)


def written(folder: Path, records: list[Any], name: str = "a.jsonl") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(r)}\n" for r in records), encoding="utf-8")
    return path


def read(reader: Reader, path: Path, name: str = "a.jsonl") -> list[Batch]:
    return [*reader.read(path, name), reader.rest()]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=RECORDS)
def test_every_record_becomes_a_row_or_a_refusal_in_its_place(
    tmp_path: Path, records: list[dict[str, object]]
) -> None:
    reader = Reader(Shape("t", key="id", created="at", secret=b"s"))
    (batch,) = read(reader, written(tmp_path, records))

    places = [*batch.origins, *(origin for _, origin, _, _ in batch.bad)]
    assert sorted(places) == sorted(f"a.jsonl:{n}" for n in range(1, len(records) + 1))
    assert reader.tally["records"] == len(batch.ids) == len(batch.high) == len(batch.times)
    assert reader.tally["bad"] == len(batch.bad)
    columns = batch.columns()
    assert {len(column) for column in columns.values()} == {len(batch.ids)}
    for origin, messages in zip(batch.origins, columns["messages"].to_pylist(), strict=True):
        record = records[int(origin.rpartition(":")[2]) - 1]
        assert [m["content"] for m in messages] == [record["question"], record["answer"]]


def test_a_batch_is_handed_on_when_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    bad = {"question": "", "answer": ""}
    reader = Reader(Shape("t"))
    batches = read(reader, written(tmp_path, [GOOD] * 7 + [bad] * 4))
    assert [(len(b.ids), len(b.bad)) for b in batches] == [(3, 0), (3, 0), (1, 3), (0, 1)]


def test_small_files_share_a_batch_and_keep_their_names(tmp_path: Path) -> None:
    reader = Reader(Shape("t"))
    for name in ("a.jsonl", "b.jsonl"):
        assert list(reader.read(written(tmp_path, [GOOD], name), name)) == []
    assert reader.rest().origins == ["a.jsonl:1", "b.jsonl:1"]


def test_folders_of_a_lake_are_fields_and_the_record_goes_before_them(tmp_path: Path) -> None:
    name = "year=2026/month=10/kind=a%20b/a.jsonl"
    records = [GOOD, GOOD | {"month": "11"}]
    shape = Shape("t", fields=FieldMap(label="kind", keep=("year", "month")))
    (batch,) = read(Reader(shape), written(tmp_path, records, name), name)
    assert batch.labels == ["a b", "a b"]
    assert batch.metas == ['{"month": "10", "year": "2026"}', '{"month": "11", "year": "2026"}']


@pytest.mark.parametrize("key", [{}, {"id": None}, {"id": ""}])
def test_a_record_without_its_key_is_refused_and_says_so(
    tmp_path: Path, key: dict[str, object]
) -> None:
    record = {"question": "Where?", "answer": "Here.", **key}
    (batch,) = read(Reader(Shape("t", key="id")), written(tmp_path, [record]))
    ((_, _, reason, detail),) = batch.bad
    assert (reason, detail) == ("unmapped", "a.jsonl:1: the key field `id` is empty")


def test_a_time_is_written_as_iso_and_an_unreadable_one_is_counted(tmp_path: Path) -> None:
    records = [GOOD, GOOD | {"at": "soon"}, GOOD | {"at": None}]
    reader = Reader(Shape("t", key="id", created="at"))
    (batch,) = read(reader, written(tmp_path, records))
    assert batch.created == ["2026-01-02T03:04:05+00:00", None, None]
    assert batch.times == [1767323045000000, NEVER, NEVER]
    assert reader.tally["created_unread"] == 1


def test_what_is_mended_in_any_message_is_named_once_for_the_row(tmp_path: Path) -> None:
    def mend(text: str) -> tuple[str, tuple[str, ...]]:
        return text.upper(), ("case",)

    reader = Reader(Shape("t", mend=mend))
    (batch,) = read(reader, written(tmp_path, [GOOD]))
    assert batch.contents == ["WHERE?", "HERE."]
    assert batch.normalised == [("case",)]
    assert reader.tally["mended case"] == 2
