"""Every mistake that people found is a case for the next detector."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from burnish.api.erasing import erase
from burnish.api.sampled_cases import check_cases, write_cases
from burnish.api.verdicts import Missed, Verdict
from burnish.core.errors import NotAllowed
from burnish.wiring import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reviewers import Reviewable

SIZE = 10


def mask(reviewable: Reviewable, **edits: Any) -> None:
    path = reviewable.folder / "burnish.yaml"
    plan = yaml.safe_load(path.read_text(encoding="utf-8"))
    plan["mask"].update(edits)
    path.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_miss_fails_until_the_detector_covers_it(reviewable: Reviewable) -> None:
    sitting = reviewable.look_through(SIZE, missed=(3,))
    word = reviewable.word(sitting, 3)
    sitting.sign()

    before = check_cases(reviewable.folder)
    mask(reviewable, patterns=[{"category": "NICKNAME", "pattern": word}])
    after = check_cases(reviewable.folder)

    assert {one.kind for one in before.failing} == {"missed"}
    assert len(before.failing) == before.cases >= 1
    assert (after.cases, after.failing) == (before.cases, ())


def test_a_part_of_a_miss_is_not_enough(reviewable: Reviewable) -> None:
    sitting = reviewable.look_through(SIZE, missed=(3,))
    word = reviewable.word(sitting, 3)
    sitting.sign()

    mask(reviewable, patterns=[{"category": "NICKNAME", "pattern": word[:-1]}])

    assert check_cases(reviewable.folder).failing


def test_a_mask_in_vain_fails_until_the_detector_leaves_it(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    number = reviewable.masked(sitting)[0]
    reviewable.look_through(SIZE, over=(number,)).sign()
    part = sitting.document(number, clear=True).parts[0]
    hidden = part.text[part.masks[0].start : part.masks[0].end]

    before = check_cases(reviewable.folder)
    mask(reviewable, allow=[hidden, "ada.keller@example.org"])

    assert [one.kind for one in before.failing] == ["over-masked"]
    assert check_cases(reviewable.folder).failing == ()


def test_cases_are_written_without_what_they_are_about(reviewable: Reviewable) -> None:
    sitting = reviewable.look_through(SIZE, missed=(3,))
    word = reviewable.word(sitting, 3)
    sitting.sign()
    out = reviewable.folder / "cases.jsonl"

    count = write_cases(reviewable.folder, out)

    assert count == len(lines(out)) >= 1
    assert word not in out.read_text(encoding="utf-8")
    assert reviewable.entries("shown") == []


def test_in_the_clear_a_case_says_what_and_where(reviewable: Reviewable) -> None:
    sitting = reviewable.look_through(SIZE, missed=(3,))
    word = reviewable.word(sitting, 3)
    sitting.sign()
    out = reviewable.folder / "cases.jsonl"
    with pytest.raises(NotAllowed):
        write_cases(reviewable.folder, out, clear=True, key=reviewable.key("omar"))

    write_cases(reviewable.folder, out, clear=True, key=reviewable.key("priya"))

    case = lines(out)[0]
    text = case["row"]["messages"][case["index"]]["content"]
    assert text[case["start"] : case["end"]] == case["text"] == word
    assert [entry.facts["view"] for entry in reviewable.entries("shown")] == ["cases"]
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_verdict_taken_back_is_no_case(reviewable: Reviewable) -> None:
    sitting = reviewable.look_through(SIZE, missed=(3,))
    sitting.sign()
    sitting.judge(Verdict(sitting.document(3).id))
    sitting.sign()

    assert check_cases(reviewable.folder).cases == 0


def test_what_two_people_found_is_one_case(reviewable: Reviewable) -> None:
    for name in ("priya", "petra"):
        sitting = reviewable.sit(name, 1)
        document = sitting.document(1)
        missed = Missed("PERSON", text=reviewable.word(sitting, 1))
        sitting.judge(Verdict(document.id, missed=(missed,)))
        sitting.sign()

    first = check_cases(reviewable.folder).cases
    assert first == len(
        {(c.field, c.index, c.start) for c in check_cases(reviewable.folder).failing}
    )


def test_erasing_a_person_takes_their_cases_and_leaves_those_of_others(
    reviewable: Reviewable,
) -> None:
    sitting = reviewable.look_through(SIZE, missed=(2,))
    aside = sitting.document(SIZE + 1, clear=True)
    left = Missed("EMAIL", text="ada.keller@example.org")
    sitting.judge(Verdict(aside.id, missed=(left,), clear=True))
    sitting.sign()
    before = check_cases(reviewable.folder)

    erase(reviewable.folder, "C-77", because="asked for", key=reviewable.key("priya"))

    after = check_cases(reviewable.folder)
    assert (after.cases, after.erased) == (before.cases - 1, 1)
    assert {one.document for one in after.failing} == {sitting.document(2).id}
    store = open_project(reviewable.folder).store
    assert store.scratch(f"review-{sitting.dataset.digest[:32]}").slots() == []


def test_without_any_mistake_nothing_fails(reviewable: Reviewable) -> None:
    reviewable.look_through(SIZE).sign()

    checked = check_cases(reviewable.folder)

    assert (checked.cases, checked.failing, checked.erased) == (0, (), 0)
