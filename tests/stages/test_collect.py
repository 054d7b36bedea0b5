"""Collecting: each record with its right, its origin and its data subject hidden."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from burnish.core.errors import InputError, Interrupted
from burnish.core.stamps import Hashed, hash_stamped
from burnish.plan import Fields, LegalBasis, NormalisePlan, Processor
from burnish.stages.collect import collect

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

TICKETS = [
    {"question": "Where is the printer?", "answer": "On level 2.", "who": "ada@example.org"},
    {"question": "Where is the key?", "answer": "At the desk.", "who": "ada@example.org"},
    {"question": "Who opens the gate?", "answer": "The porter.", "who": "bob@example.org"},
]
SUBJECT = Fields(subject="who")


def facts_of(bench: Bench, digest: str) -> Mapping[str, Any]:
    entry = bench.ledger.find("made", digest=digest)
    assert entry is not None
    return entry.facts


def test_the_manifest_names_files_records_and_the_right(bench: Bench, make: Make) -> None:
    path = bench.write("tickets.jsonl", TICKETS)

    made = bench.run().do(collect, (make.source(),), "support")

    told = bench.manifest(made).facts
    assert told["purpose"] == "support"
    (source,) = told["sources"]
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    assert source["files"] == [{"name": "tickets.jsonl", "sha256": sha256, "bytes": len(data)}]
    assert (source["records"], source["bad_records"]) == (3, 0)
    assert source["basis"]["reference"] == "C-1"
    assert (source["owner"], source["classification"]) == ("it", "INTERNAL")


def test_a_row_says_where_it_is_from(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)

    rows = bench.rows(bench.run().do(collect, (make.source(),), "support"))

    assert [row["origin"] for row in rows] == [f"tickets.jsonl:{n}" for n in (1, 2, 3)]
    assert rows[0]["messages"] == [
        {"role": "user", "content": "Where is the printer?"},
        {"role": "assistant", "content": "On level 2."},
    ]
    assert len({row["id"] for row in rows}) == 3


def test_a_data_subject_is_hashed_and_nowhere_in_the_clear(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)

    made = bench.run().do(collect, (make.source(fields=SUBJECT),), "support")

    subjects = [row["subject"] for row in bench.rows(made)]
    assert subjects[0] == subjects[1] != subjects[2]
    assert all(len(subject) == 32 for subject in subjects)
    kept = pickle.dumps([bench.store.__dict__, [dict(e.facts) for e in bench.ledger.entries()]])
    assert b"Where is the printer?" in kept
    assert b"ada@example" not in kept


def test_another_key_hides_the_same_subject_differently(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)
    sources = (make.source(fields=SUBJECT),)

    one = bench.run().do(collect, sources, "support")
    two = bench.run(subject_key=b"other" * 8).do(collect, sources, "support")

    assert bench.rows(one)[0]["subject"] != bench.rows(two)[0]["subject"]


def test_an_expired_basis_stops_before_anything_is_read(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)

    with pytest.raises(InputError, match="basis C-1 expired 2027-01-01") as stopped:
        bench.run(today=date(2027, 1, 2)).do(collect, (make.source(),), "support")

    assert "renew" in stopped.value.remedy
    assert bench.events() == []
    assert not any(bench.store.__dict__["_tables"])


def test_a_basis_holds_on_its_last_day(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)

    assert bench.run(today=date(2027, 1, 1)).do(collect, (make.source(),), "support").rows == 3


def test_a_purpose_outside_the_basis_stops(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)

    with pytest.raises(InputError, match="purpose 'marketing' is outside C-1"):
        bench.run().do(collect, (make.source(),), "marketing")


def test_an_expired_agreement_stops(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)
    processor = Processor(name="Cloud Co", agreement="DPA-7", expires=date(2026, 11, 20))

    with pytest.raises(InputError, match="agreement DPA-7 with Cloud Co expired"):
        bench.run().do(collect, (make.source(processors=(processor,)),), "support")


def test_paths_that_match_nothing_or_lead_out_stop(bench: Bench, make: Make) -> None:
    for path, why in (("none/*.jsonl", "matches no file"), ("../x.jsonl", "leads out")):
        with pytest.raises(InputError, match=why) as stopped:
            bench.run().do(collect, (make.source("tickets", path),), "support")
        assert "sources.tickets.paths" in stopped.value.remedy


def test_a_source_without_records_stops(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", [])

    with pytest.raises(InputError, match="'tickets' has no records"):
        bench.run().do(collect, (make.source(),), "support")


BAD = ['{"question": "ada@example.org', {"question": "", "answer": "ada@example.org"}]


def test_bad_records_within_the_tolerated_share_are_kept_aside(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", [TICKETS[0], *BAD, TICKETS[1]])

    made = bench.run().do(collect, (make.source(bad_records=0.5),), "support")

    assert made.rows == 2
    assert [row["dropped_because"] for row in bench.gone(made)] == ["unreadable", "unmapped"]
    assert bench.gone(made)[0]["dropped_detail"].startswith("tickets.jsonl:2: line 2, column")
    assert facts_of(bench, made.digest)["dropped"] == {"unmapped": 1, "unreadable": 1}
    assert facts_of(bench, made.digest)["added"] == {"records read": 4}
    assert bench.manifest(made).facts["sources"][0]["bad_records"] == 2


def test_one_bad_record_over_the_tolerated_share_stops(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", [TICKETS[0], *BAD, TICKETS[1]])

    with pytest.raises(
        InputError, match=r"2 of 4 records .*; the first: tickets.jsonl:2"
    ) as stopped:
        bench.run().do(collect, (make.source(bad_records=0.49),), "support")

    assert "ada@example" not in str(stopped.value)
    assert bench.events() == []


def test_a_person_in_a_file_name_is_masked_in_the_manifest(bench: Bench, make: Make) -> None:
    bench.write("ada@example.org.jsonl", TICKETS)

    made = bench.run().do(collect, (make.source("tickets", "*.jsonl"),), "support")

    (source,) = bench.manifest(made).facts["sources"]
    assert [file["name"] for file in source["files"]] == ["[EMAIL]"]


def test_a_person_in_a_file_name_is_masked_in_the_error(bench: Bench, make: Make) -> None:
    bench.root.joinpath("ada@example.org.jsonl").write_text("{oops")

    with pytest.raises(InputError, match=r"the first: \[EMAIL\]:1: ") as stopped:
        bench.run().do(collect, (make.source("tickets", "*.jsonl"),), "support")

    assert "ada" not in str(stopped.value)


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(bench: Bench, make: Make) -> None:
    sources = (make.source("tickets", "*.jsonl"),)
    same, changed = bench.write("a.jsonl", TICKETS * 1500), bench.write("b.jsonl", TICKETS[:1])
    before = bench.run().do(collect, sources, "support")
    shards = bench.manifest(before).shards
    changed.write_text(changed.read_text().replace("level 2", "level 3"))
    remembered = dict(bench.store.__dict__["_memos"])

    after = bench.run().do(collect, sources, "support")

    assert after.digest != before.digest
    assert bench.manifest(after).shards[0] == shards[0]
    new = set(bench.store.__dict__["_memos"]) - set(remembered)
    assert (same.exists(), len(new)) == (True, 1)


def test_the_same_files_are_collected_once(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", TICKETS)
    sources = (make.source(),)

    made = bench.run().do(collect, sources, "support")

    assert bench.run().do(collect, sources, "support") == made
    assert bench.events() == ["made", "reused"]


def test_a_changed_basis_makes_another_collection_of_the_same_rows(
    bench: Bench, make: Make
) -> None:
    bench.write("tickets.jsonl", TICKETS)
    renewed = LegalBasis(
        kind="consent", reference="C-2", purposes=("support",), expires=date(2028, 1, 1)
    )

    one = bench.run().do(collect, (make.source(),), "support")
    two = bench.run().do(collect, (make.source(basis=renewed),), "support")

    assert one.digest != two.digest
    assert bench.manifest(one).shards == bench.manifest(two).shards


def test_kept_fields_of_any_type_become_text(bench: Bench, make: Make) -> None:
    table = pa.table(
        {
            "question": ["Where is the printer?"],
            "answer": ["On level 2."],
            "opened": pa.array([date(2026, 1, 2)]),
            "raw": pa.array([b"\x00\xff"]),
        }
    )
    pq.write_table(table, bench.root / "tickets.parquet")
    source = make.source("tickets", "tickets.parquet", fields=Fields(keep=("opened", "raw")))

    (row,) = bench.rows(bench.run().do(collect, (source,), "support"))

    assert json.loads(row["meta"]) == {"opened": "2026-01-02", "raw": "\x00\\xff"}


# Later versions of a record


def versions(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"ticket": t, "question": f"{t}?", "answer": answer} for t, answer in pairs]


KEYED = Fields(key="ticket", prompt="question", response="answer")


def answers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["messages"][-1]["content"] for row in rows]


def test_a_later_version_replaces_an_earlier_one_and_is_named(bench: Bench, make: Make) -> None:
    bench.write("tickets/1.jsonl", versions(("a", "old"), ("b", "only"), ("a", "older")))
    bench.write("tickets/2.jsonl", versions(("c", "only"), ("a", "new")))
    source = make.source("tickets", "tickets/*.jsonl", fields=KEYED)

    made = bench.run().do(collect, (source,), "support")

    rows, gone = bench.rows(made), bench.gone(made)
    assert sorted(answers(rows)) == ["new", "only", "only"]
    assert sorted(answers(gone)) == ["old", "older"]
    (latest,) = [row["id"] for row in rows if answers([row]) == ["new"]]
    assert {row["dropped_because"] for row in gone} == {"superseded"}
    assert {row["dropped_detail"] for row in gone} == {f"replaced by row {latest}"}
    told = bench.manifest(made).facts["sources"][0]
    assert (told["records"], told["superseded"], told["bad_records"]) == (3, 2, 0)
    assert facts_of(bench, made.digest)["dropped"] == {"superseded": 2}
    assert facts_of(bench, made.digest)["added"] == {"records read": 5}


def test_a_stated_time_goes_before_the_order_of_the_files(bench: Bench, make: Make) -> None:
    records = [
        {**record, "at": at}
        for record, at in zip(
            versions(("a", "new"), ("a", "old"), ("b", "first"), ("b", "second")),
            ["2026-02-01", "2026-01-01", "", ""],
            strict=True,
        )
    ]
    bench.write("tickets.jsonl", records)
    source = make.source(fields=KEYED.model_copy(update={"created": "at"}))

    made = bench.run().do(collect, (source,), "support")

    assert sorted(answers(bench.rows(made))) == ["new", "second"]


def test_versions_in_several_parts_are_found_and_other_parts_stay(bench: Bench, make: Make) -> None:
    padding = "x" * 300_000
    for n, pairs in enumerate([[("a", "1"), ("b", "1")], [("c", "1")], [("a", "2"), ("b", "2")]]):
        bench.write(f"tickets/{n}.jsonl", [*versions(*pairs), *versions((f"pad{n}", padding))])
    source = make.source("tickets", "tickets/*.jsonl", fields=KEYED)

    made = bench.run().do(collect, (source,), "support")

    assert answers(bench.rows(made)) == [padding, "1", padding, "2", "2", padding]
    assert answers(bench.gone(made)) == ["1", "1"]
    memos = len(bench.store.__dict__["_memos"])
    assert bench.run().do(collect, (source,), "support") == made
    assert len(bench.store.__dict__["_memos"]) == memos


def test_a_record_without_the_stated_key_is_bad(bench: Bench, make: Make) -> None:
    bench.write("tickets.jsonl", [*versions(("a", "1")), {"question": "q", "answer": "a"}])

    with pytest.raises(InputError, match="the key field `ticket` is empty"):
        bench.run().do(collect, (make.source(fields=KEYED),), "support")


def test_the_key_itself_is_kept_only_hashed(bench: Bench, make: Make) -> None:
    records = [{**ticket, "ticket": ticket["who"]} for ticket in TICKETS]
    bench.write("tickets.jsonl", records)

    made = bench.run().do(collect, (make.source(fields=KEYED),), "support")

    assert made.rows == 2
    tables = bench.store.__dict__["_tables"].values()
    assert "ada@example.org" not in str([table.to_pylist() for table in tables])


# Times, lakes, text


def test_a_row_knows_when_its_record_was_made(bench: Bench, make: Make) -> None:
    times = ["2026-01-02T13:04:05+10:00", "Fri, 02 Jan 2026 03:04:05 +0000", "last week"]
    bench.write("tickets.jsonl", [{**t, "at": a} for t, a in zip(TICKETS, times, strict=True)])

    made = bench.run().do(collect, (make.source(fields=Fields(created="at")),), "support")

    written = "2026-01-02T03:04:05+00:00"
    assert [row["created"] for row in bench.rows(made)] == [written, written, None]
    assert bench.manifest(made).facts["sources"][0]["created_unread"] == 1


def test_the_folders_of_a_lake_are_fields(bench: Bench, make: Make) -> None:
    table = pa.Table.from_pylist(TICKETS)
    for month in ("09", "10"):
        folder = bench.root / "lake" / "year=2026" / f"month={month}"
        folder.mkdir(parents=True)
        pq.write_table(table, folder / "part-0.parquet")
    fields = Fields(keep=("year",), label="month")
    source = make.source("tickets", "lake/**/*.parquet", fields=fields)

    rows = bench.rows(bench.run().do(collect, (source,), "support"))

    assert [row["label"] for row in rows] == ["09"] * 3 + ["10"] * 3
    assert {row["meta"] for row in rows} == {'{"year": "2026"}'}


def test_what_is_mended_in_a_text_is_named_on_its_row_and_counted(bench: Bench, make: Make) -> None:
    records = [{**TICKETS[0], "answer": "On lev\x07el 2.\r\n"}, TICKETS[1]]
    bench.write("tickets.jsonl", records)
    off = NormalisePlan(form="none", mojibake=False, control=False)

    mended = bench.run().do(collect, (make.source(),), "support", NormalisePlan())
    as_it_is = bench.run().do(collect, (make.source(),), "support", off)

    rows = bench.rows(mended)
    assert answers(rows)[0] == "On level 2.\n"
    assert [row["normalised"] for row in rows] == [["control", "newlines"], []]
    told = bench.manifest(mended).facts["sources"][0]
    assert (told["mended control"], told["mended newlines"]) == (1, 1)
    assert answers(bench.rows(as_it_is))[0] == "On lev\x07el 2.\r\n"
    assert [row["normalised"] for row in bench.rows(as_it_is)] == [[], []]


# Files


def test_files_of_one_name_outside_the_project_are_told_apart(
    bench: Bench, make: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    for folder in ("one", "two"):
        (outside / folder).mkdir()
        (outside / folder / "tickets.jsonl").write_text(json.dumps(TICKETS[0]))
    source = make.source("tickets", f"{outside}/*/tickets.jsonl", outside=True)

    rows = bench.rows(bench.run().do(collect, (source,), "support"))

    assert len({row["id"] for row in rows}) == 2


def test_many_small_files_make_few_shards_and_one_more_changes_few(
    bench: Bench, make: Make
) -> None:
    for n in range(600):
        bench.write(f"notes/{n:04}.txt", [f"Note {n} about the printer."])
    source = make.source("notes", "notes/*.txt")
    before = bench.run().do(collect, (source,), "support")
    shards = {shard.digest for shard in bench.manifest(before).shards}
    bench.write("notes/0300b.txt", ["One more note."])

    after = bench.run().do(collect, (source,), "support")

    assert (before.rows, after.rows) == (600, 601)
    assert len(shards) < 40
    assert len({shard.digest for shard in bench.manifest(after).shards} - shards) <= 2


def test_a_long_list_of_files_lies_beside_the_manifest(
    bench: Bench, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burnish.intake.manifest.MOST_NAMED", 2)
    for name in ("a", "b", "c"):
        bench.write(f"{name}@example.org.jsonl", TICKETS[:1])
    source = make.source("tickets", "*.jsonl")

    made = bench.run().do(collect, (source,), "support")

    told = bench.manifest(made).facts["sources"][0]
    assert (told["files"], told["pieces"], told["listed_in"]["file"]) == (
        [], 3, "tickets.pieces.jsonl",
    )  # fmt: skip
    digest = bench.manifest(made).files["tickets.pieces.jsonl"]
    assert told["listed_in"]["sha256"] == digest
    lines = bench.store.get_bytes(digest).decode().splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["[EMAIL]"] * 3
    assert "example.org" not in str(lines)


def test_a_file_is_hashed_once_in_a_run_and_not_at_all_in_the_next(
    bench: Bench, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench.write("tickets.jsonl", TICKETS)
    later = path.stat().st_mtime_ns + 10**11
    monkeypatch.setattr("burnish.core.stamps.time.time_ns", lambda: later)
    read: list[str] = []
    monkeypatch.setattr("burnish.core.stamps.hash_stamped", _counting(hash_stamped, read))

    bench.run().do(collect, (make.source(),), "support")
    bench.run().do(collect, (make.source(),), "support")

    assert len(read) == 1


def _counting(fn: Callable[[str], Hashed], read: list[str]) -> Callable[[str], Hashed]:
    def counted(mark: str) -> Hashed:
        read.append(mark)
        return fn(mark)

    return counted


def test_a_stop_is_heeded_between_two_parts(bench: Bench, make: Make) -> None:
    for name in ("a", "b", "c"):
        bench.write(f"{name}.jsonl", TICKETS * 2000)
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) >= 2

    source = make.source("tickets", "*.jsonl")
    with pytest.raises(Interrupted, match="source 'tickets' after 2 of 3 parts"):
        bench.run(should_stop=stop).do(collect, (source,), "support")

    assert bench.run().do(collect, (source,), "support").rows == 18_000
