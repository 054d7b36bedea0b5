"""Collecting: each record with its right, its origin and its data subject hidden."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from burnish.core.errors import InputError
from burnish.plan import Fields, LegalBasis, Processor
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
