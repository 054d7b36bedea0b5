"""Reviewers at a sample of masked documents: verdicts kept, signed, and held against the plan."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from burnish.api.reviewing import approve, review
from burnish.api.sampling import clear_sample_of, sample_of, standing_of
from burnish.api.verdicts import Missed, Verdict
from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.core.sampled import EVENT, KIND
from burnish.evidence.dsse import sign
from burnish.evidence.keys import load_signer
from burnish.evidence.signoff import Judgement, decision_statement
from burnish.wiring import open_project

if TYPE_CHECKING:
    from tests.reviewers import Reviewable

SIZE = 12


def test_documents_are_shown_with_their_masks_marked(reviewable: Reviewable) -> None:
    documents, dataset = sample_of(reviewable.folder, size=SIZE)

    shown = list(documents)
    assert dataset == reviewable.sit().dataset.digest
    assert [one.number for one in shown] == list(range(1, len(shown) + 1))
    masks = [(part, mask) for one in shown for part in one.parts for mask in part.masks]
    assert masks
    for part, mask in masks:
        assert part.text[mask.start : mask.end].startswith(f"[{mask.category}")
        assert 0 < mask.score <= 1
    assert all(0 < one.probability <= 1 for one in shown)


def test_two_people_are_shown_the_same_documents(reviewable: Reviewable) -> None:
    first, second = reviewable.sit("priya", SIZE), reviewable.sit("petra", SIZE)

    assert [first.document(n).id for n in range(1, 9)] == [
        second.document(n).id for n in range(1, 9)
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [("dana", "dana is data_engineer, not privacy_officer"), ("omar", "not privacy_officer")],
)
def test_who_is_no_privacy_officer_reviews_nothing(
    reviewable: Reviewable, name: str, told: str
) -> None:
    with pytest.raises(NotAllowed, match=told):
        reviewable.sit(name)


def test_who_prepared_the_data_reviews_nothing(reviewable: Reviewable) -> None:
    path = reviewable.folder / "burnish.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("- data_engineer", "- data_engineer\n  - privacy_officer"), "utf-8"
    )

    with pytest.raises(NotAllowed, match="dana prepared this data and may not review it"):
        reviewable.sit("dana")


def test_a_sitting_goes_on_where_it_stopped(reviewable: Reviewable) -> None:
    first = reviewable.sit(size=SIZE)
    for number in (1, 2, 3):
        first.judge(Verdict(first.document(number).id, skipped=number == 2))

    again = reviewable.sit()

    progress = again.progress()
    assert (progress.documents, progress.judged, progress.skipped) == (SIZE, 2, 1)
    assert (progress.next, progress.left) == (4, SIZE - 3)
    assert reviewable.sit("petra").progress().judged == 0


def test_the_last_verdict_is_taken_back(reviewable: Reviewable) -> None:
    sitting = reviewable.look_through(3)

    assert sitting.undo() == 3
    assert reviewable.sit().progress().next == 3
    assert [sitting.undo(), sitting.undo(), sitting.undo()] == [2, 1, 0]


def test_a_larger_sample_goes_on_after_the_smaller(reviewable: Reviewable) -> None:
    small = reviewable.look_through(6)
    ids = [small.document(number).id for number in range(1, 7)]

    large = reviewable.sit(size=SIZE)

    assert [large.document(number).id for number in range(1, 7)] == ids
    assert large.progress().next == 7


def ledger_bodies(reviewable: Reviewable) -> list[bytes]:
    """The bytes of every entry, in order."""
    with closing(sqlite3.connect(reviewable.folder / ".burnish" / "ledger.db")) as ledger:
        rows = ledger.execute("select body from ledger_entry order by seq")
        return [bytes(row[0]) for row in rows]


def test_signed_verdicts_are_one_entry_without_any_text(reviewable: Reviewable) -> None:
    sitting = reviewable.look_through(SIZE, missed=(4,))
    word = reviewable.word(sitting, 4)
    before = len(ledger_bodies(reviewable))

    signed = sitting.sign()

    (entry,) = reviewable.entries(EVENT)
    assert signed.entry == entry.id
    assert entry.facts["subject"] == sitting.dataset.digest
    assert entry.facts["documents"] == signed.documents == SIZE
    assert (entry.facts["person"], entry.facts["role"]) == ("priya", "privacy_officer")
    written = ledger_bodies(reviewable)[before:]
    assert written
    assert not [body for body in written if word.encode() in body]
    store = reviewable.folder / ".burnish" / "store"
    assert not [p for p in store.rglob("*") if p.is_file() and word.encode() in p.read_bytes()]


def test_what_was_found_is_an_estimate_with_its_interval(reviewable: Reviewable) -> None:
    reviewable.look_through(SIZE, missed=(4,)).sign()

    standing = standing_of(reviewable.folder).standing

    assert standing.judged == SIZE
    assert standing.missed.estimate is not None
    assert 0 < standing.missed.lower < standing.missed.estimate < standing.missed.upper < 1
    assert standing.over.estimate == 0


def test_a_typed_text_stands_for_all_its_places(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    document = sitting.document(1)
    text = document.parts[0].text
    word = reviewable.word(sitting, 1)

    sitting.judge(Verdict(document.id, missed=(Missed("PERSON", text=word.upper()),)))

    kept = sitting._given[document.id]
    assert len(kept["missed"]) >= text.count(word) >= 1
    assert {place["text"] for place in kept["missed"]} == {word}


def test_a_place_is_kept_as_it_was_before_masking(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    number = reviewable.masked(sitting)[0]
    document, clear = sitting.document(number), sitting.document(number, clear=True)
    part = document.parts[0]
    words = part.text[part.masks[0].end :].split()
    word = max((one for one in words if one.isalpha()), key=len)
    start = part.text.index(word, part.masks[0].end)
    missed = Missed("PERSON", field="messages", start=start, end=start + len(word))

    sitting.judge(Verdict(document.id, missed=(missed,)))

    (place,) = sitting._given[document.id]["missed"]
    assert clear.parts[0].text[place["start"] : place["end"]] == place["text"] == word


def test_a_mask_that_hides_nothing_is_kept_by_its_place(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    number = reviewable.masked(sitting, 2)[0]
    mask = sitting.document(number, clear=True).parts[0].masks[1]

    sitting.judge(Verdict(sitting.document(number).id, over=(2,)))

    (place,) = sitting._given[sitting.document(number).id]["over"]
    assert (place["start"], place["end"]) == (mask.start, mask.end)


def test_what_does_not_stand_in_the_document_is_refused(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    number = reviewable.masked(sitting)[0]
    name = sitting.document(number).id
    nowhere = [
        (Verdict(name, missed=(Missed("PERSON", text="Zyxwvut"),)), "has not the missed text"),
        (Verdict(name, missed=(Missed("person", text="the"),)), "names no category"),
        (Verdict(name, missed=(Missed("PERSON", field="messages", start=3, end=9**9),)), "shorter"),
        (Verdict(name, missed=(Missed("PERSON", field="nothing", start=0, end=3),)), "has not"),
        (Verdict(name, over=(99,)), "has no mask 99"),
        (Verdict(name, over=(1,), skipped=True), "skipped and judged"),
        (Verdict("0" * 32), "is not in this sample"),
    ]
    for verdict, told in nowhere:
        with pytest.raises(InputError, match=told) as wrong:
            sitting.judge(verdict)
        assert "Zyxwvut" not in str(wrong.value)
    assert reviewable.sit().progress().judged == 0


def test_what_is_masked_already_was_not_missed(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    document = sitting.document(reviewable.masked(sitting)[0])
    mask = document.parts[0].masks[0]
    inside = Missed("PERSON", field="messages", start=mask.start + 1, end=mask.end - 1)

    with pytest.raises(InputError, match="outside masks"):
        sitting.judge(Verdict(document.id, missed=(inside,)))


def test_nothing_is_signed_with_a_document_left_out(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    with pytest.raises(InputError, match="no verdict to sign"):
        sitting.sign()
    sitting.judge(Verdict(sitting.document(1).id), Verdict(sitting.document(3).id))

    with pytest.raises(InputError, match="was drawn before others and has no verdict"):
        sitting.sign()

    assert reviewable.entries(EVENT) == []


def test_the_clear_text_is_shown_on_request_and_written_down(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    number = reviewable.masked(sitting)[0]

    masked, clear = sitting.document(number), sitting.document(number, clear=True)

    assert masked.parts[0].text != clear.parts[0].text
    (entry,) = reviewable.entries("shown")
    assert (entry.facts["by"], entry.facts["view"]) == ("priya", "review")
    assert (entry.facts["start"], entry.facts["count"]) == (number, 1)
    with pytest.raises(NotAllowed, match="omar may not see personal data in the clear"):
        clear_sample_of(reviewable.folder, key=reviewable.key("omar"))
    assert len(reviewable.entries("shown")) == 1


def test_what_the_residual_scan_set_aside_is_withheld_until_asked_for(
    reviewable: Reviewable,
) -> None:
    sitting = reviewable.look_through(SIZE)
    number = sitting.progress().next

    withheld = sitting.document(number)

    assert (withheld.stratum, withheld.withheld, withheld.parts) == ("residual", True, ())
    seen = sitting.document(number, clear=True)
    assert "ada.keller@example.org" in seen.parts[0].text
    found = (Missed("EMAIL", text="ada.keller@example.org"),)
    sitting.judge(Verdict(seen.id, missed=found, clear=True))
    standing = sitting.sign().weighed.standing
    assert (standing.quarantined.judged, standing.quarantined.missed) == (1, 1)
    assert standing.missed.estimate == 0
    assert standing.of_detector.estimate is not None
    assert standing.of_detector.estimate > 0


def test_approval_waits_for_the_documents_that_the_plan_asks_for(reviewable: Reviewable) -> None:
    reviewable.change(sample=SIZE)

    closed = reviewable.run()
    with pytest.raises(NotAllowed, match=f"looked at 0 of {SIZE} documents") as refused:
        approve(reviewable.folder, key=reviewable.key("priya"))

    assert closed.exit_code == 4
    assert f"people have looked at 0 of {SIZE} documents" in str(closed)
    assert "burnish review --look" in closed.remedy
    assert "burnish review --look" in refused.value.remedy
    reviewable.look_through(SIZE).sign()
    approve(reviewable.folder, key=reviewable.key("priya"))
    (entry,) = reviewable.entries("decided")
    assert entry.facts["decision"] == "approve"


def test_an_approval_names_the_sample_that_it_knew(reviewable: Reviewable) -> None:
    reviewable.look_through(SIZE).sign()

    approve(reviewable.folder, key=reviewable.key("priya"))

    (entry,) = reviewable.entries("decided")
    said = json.loads(base64.b64decode(entry.facts["envelope"]["payload"]))
    assert said["predicate"]["facts"]["sample"]["documents"] == SIZE


def test_an_approval_without_the_sample_does_not_open_the_gate(reviewable: Reviewable) -> None:
    approve(reviewable.folder, key=reviewable.key("priya"))
    reviewable.change(sample=SIZE)

    assert reviewable.run().exit_code == 4


def test_skipped_documents_were_not_looked_at(reviewable: Reviewable) -> None:
    reviewable.change(sample=3)
    sitting = reviewable.sit(size=3)
    sitting.judge(*(Verdict(sitting.document(n).id, skipped=n == 1) for n in (1, 2, 3)))
    sitting.sign()

    assert "looked at 2 of 3 documents" in str(reviewable.run())


def test_misses_above_the_bar_fail_the_gate_and_forbid_the_approval(
    reviewable: Reviewable,
) -> None:
    reviewable.change(sample=SIZE, max_sampled_miss_rate=0.01)
    reviewable.look_through(SIZE, missed=(1, 2, 3, 4, 5)).sign()

    closed = reviewable.run()

    assert closed.exit_code == 3
    assert "sampled miss rate" in str(closed)
    assert "is above 1.0000%" in str(closed)
    with pytest.raises(NotAllowed, match="sampled miss rate"):
        approve(reviewable.folder, key=reviewable.key("priya"))


def test_a_bound_above_the_bar_waits_for_more_documents(reviewable: Reviewable) -> None:
    reviewable.change(sample=SIZE, max_sampled_miss_rate=0.01)
    reviewable.look_through(SIZE).sign()

    closed = reviewable.run()

    assert closed.exit_code == 4
    assert "more documents without a miss" in str(closed)


def test_a_whole_sample_lets_the_approval_through_the_gate(reviewable: Reviewable) -> None:
    reviewable.change(sample=SIZE, max_sampled_miss_rate=0.9)
    reviewable.look_through(SIZE, missed=(2,)).sign()
    approve(reviewable.folder, key=reviewable.key("priya"))
    path = reviewable.folder / "burnish.yaml"
    stopper = "permits_fine_tuning: false\n  licence: none"
    path.write_text(path.read_text("utf-8").replace("licence: Apache-2.0", stopper, 1), "utf-8")

    closed = reviewable.run()

    assert closed.gate == "licence"


def test_verdicts_that_were_exchanged_are_not_what_was_signed(reviewable: Reviewable) -> None:
    reviewable.change(sample=SIZE)
    reviewable.look_through(SIZE, missed=(1,)).sign()
    project = open_project(reviewable.folder)
    (entry,) = reviewable.entries(EVENT)
    body = json.loads(project.store.get_bytes(entry.facts["verdicts"]))
    body["documents"] = [{**one, "missed": 0} for one in body["documents"]]
    digest = project.store.put_bytes(json.dumps(body).encode())
    project.ledger.append(EVENT, {**entry.facts, "person": "priya", "verdicts": digest})

    weighed = standing_of(reviewable.folder)

    assert "decided on other bytes: verdicts" in weighed.refused[0]
    assert weighed.standing.missed.estimate


def test_verdicts_that_are_gone_break_integrity(reviewable: Reviewable) -> None:
    reviewable.change(sample=SIZE)
    reviewable.look_through(SIZE).sign()
    project = open_project(reviewable.folder)
    project.store.set_aside(reviewable.entries(EVENT)[0].facts["verdicts"])

    with pytest.raises(IntegrityBroken):
        standing_of(reviewable.folder)


@pytest.mark.parametrize(
    ("by", "role", "kind", "told"),
    [
        ("omar", "privacy_officer", KIND, "omar has not the role privacy_officer"),
        ("dana", "privacy_officer", KIND, "dana has not the role"),
        ("priya", "privacy_officer", "privacy-review", "of another kind"),
        ("priya", "approver", KIND, "signed as approver"),
    ],
)
def test_a_sample_that_the_wrong_person_signed_does_not_count(
    reviewable: Reviewable, by: str, role: str, kind: str, told: str
) -> None:
    reviewable.look_through(SIZE).sign()
    (entry,) = reviewable.entries(EVENT)
    subjects = {"dataset": entry.facts["subject"], "verdicts": entry.facts["verdicts"]}
    confirmed = {"confirmations": dict.fromkeys(
        ("legal_basis_valid", "residual_within_threshold", "purpose_within_scope",
         "processor_agreements_current"), True)}  # fmt: skip
    said = Judgement("approve", by, role, "2026-11-20T09:00:00Z", facts=confirmed)
    envelope = sign(decision_statement(kind, subjects, said), load_signer(reviewable.key(by)))
    open_project(reviewable.folder).ledger.append(EVENT, {**entry.facts, "envelope": envelope})

    weighed = standing_of(reviewable.folder)

    assert told in weighed.refused[0]
    assert weighed.standing.reviewers == ("priya",)


def test_a_sample_of_other_bytes_does_not_count(reviewable: Reviewable) -> None:
    reviewable.change(sample=SIZE)
    reviewable.look_through(SIZE).sign()
    ticket = {"question": "The lift on level nine is stuck again since Monday.", "answer": "Noted."}
    with (reviewable.folder / "data" / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**ticket, "customer": "C-1", "team": "Harbour"}) + "\n")

    assert f"looked at 0 of {SIZE} documents" in str(reviewable.run())


def test_the_page_tells_all_three_measures(reviewable: Reviewable) -> None:
    reviewable.change(sample=20)
    reviewable.look_through(SIZE, missed=(4,)).sign()

    page = review(reviewable.folder, samples=3)

    assert page.residual["rate"] > 0
    assert page.canary_miss is not None
    assert page.people is not None
    assert page.people.standing.missed.estimate
    assert page.lacking == (f"people have looked at {SIZE} of 20 documents of the sample",)
    assert [one.number for one in page.samples] == [1, 2, 3]
