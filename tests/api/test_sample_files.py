"""The sample as a file of JSON lines, and verdicts from one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from burnish.api.sample_files import Wanted, read_verdicts, take_verdicts, write_sample
from burnish.core.errors import InputError, NotAllowed

if TYPE_CHECKING:
    from tests.reviewers import Reviewable

SIZE = 10
Line = dict[str, Any]


@pytest.fixture
def drawn(reviewable: Reviewable) -> Path:
    out = reviewable.folder / "drawn.jsonl"
    write_sample(reviewable.folder, out, Wanted(SIZE))
    return out


def lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(path: Path, records: list[Line]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def all_right(path: Path) -> list[Line]:
    return [{**one, "verdict": "right"} for one in lines(path) if not one["withheld"]]


def test_a_line_is_a_document_with_room_for_its_verdict(
    reviewable: Reviewable, drawn: Path
) -> None:
    sitting = reviewable.sit(size=SIZE)

    records = lines(drawn)

    assert [one["id"] for one in records[:SIZE]] == [
        sitting.document(number).id for number in range(1, SIZE + 1)
    ]
    assert all(one["verdict"] == "" and one["missed"] == one["over"] == [] for one in records)
    assert [one["parts"] for one in records if one["withheld"]] == [[]]
    assert drawn.stat().st_mode & 0o777 == 0o600


def test_filled_in_lines_are_verdicts(reviewable: Reviewable, drawn: Path) -> None:
    records = all_right(drawn)
    word = reviewable.word(reviewable.sit(size=SIZE), 2)
    found = {"text": word, "category": "PERSON"}
    records[1] |= {"verdict": "missed", "missed": [found]}
    records[4] |= {"verdict": "skipped"}
    sitting = reviewable.sit(size=SIZE)

    progress = take_verdicts(sitting, written(drawn, records))

    assert (progress.judged, progress.skipped, progress.left) == (SIZE - 1, 1, 0)
    standing = sitting.sign().weighed.standing
    assert sum(one.missed for one in standing.strata) == 1


def test_lines_without_a_verdict_are_left_for_later(reviewable: Reviewable, drawn: Path) -> None:
    records = all_right(drawn)
    for one in records[3:]:
        one["verdict"] = ""

    assert take_verdicts(reviewable.sit(size=SIZE), written(drawn, records)).judged == 3
    for one in records:
        one["verdict"] = ""
    with pytest.raises(InputError, match="no line has a verdict yet"):
        take_verdicts(reviewable.sit(size=SIZE), written(drawn, records))


def test_a_wrong_line_takes_none_of_the_others_with_it(reviewable: Reviewable, drawn: Path) -> None:
    records = all_right(drawn)
    records[-1] |= {"verdict": "missed", "missed": [{"text": "Zyxwvut", "category": "PERSON"}]}

    with pytest.raises(InputError, match="has not the missed text"):
        take_verdicts(reviewable.sit(size=SIZE), written(drawn, records))

    assert reviewable.sit().progress().judged == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"dataset": "0" * 64}, "about another dataset"),
        ({"id": 7}, "no verdict"),
        ({"verdict": "fine"}, "no verdict"),
        ({"verdict": "missed"}, "does not fit"),
        ({"verdict": "right", "over": [1]}, "does not fit"),
        ({"verdict": "right", "missed": [{"text": "a", "category": "PERSON"}]}, "does not fit"),
        ({"verdict": "over-masked", "over": ["1"]}, "no verdict"),
        ({"verdict": "missed", "missed": [{"words": "a"}]}, "no verdict"),
        ({"verdict": "missed", "missed": ["a"]}, "no verdict"),
        ({"verdict": "missed", "missed": [{"text": 1, "category": "PERSON"}]}, "no verdict"),
        ({"note": "looks fine"}, "unknown key 'note'"),
    ],
)
def test_a_line_that_is_no_verdict_is_named(
    reviewable: Reviewable, drawn: Path, change: Line, told: str
) -> None:
    records = all_right(drawn)
    records[2] |= change

    with pytest.raises(InputError, match=rf"drawn.jsonl:3: .*{told}"):
        take_verdicts(reviewable.sit(size=SIZE), written(drawn, records))


def test_a_document_judged_twice_is_refused(reviewable: Reviewable, drawn: Path) -> None:
    records = all_right(drawn)
    dataset = reviewable.sit().dataset.digest

    with pytest.raises(InputError, match="two verdicts"):
        read_verdicts(written(drawn, [*records, records[0]]), dataset)


def test_in_the_clear_it_is_for_those_who_may_see_it(reviewable: Reviewable) -> None:
    out = reviewable.folder / "clear.jsonl"
    with pytest.raises(NotAllowed, match="may not see"):
        write_sample(reviewable.folder, out, Wanted(SIZE, True, reviewable.key("omar")))
    assert not out.exists()

    write_sample(reviewable.folder, out, Wanted(SIZE, True, reviewable.key("priya")))

    records = lines(out)
    assert all(one["clear"] and not one["withheld"] for one in records)
    assert "ada.keller@example.org" in records[-1]["parts"][0]["text"]
    (entry,) = reviewable.entries("shown")
    assert entry.facts["count"] == len(records)
