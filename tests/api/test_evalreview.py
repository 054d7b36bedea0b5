"""Two people review an evaluation's answers, blind, and what they sign counts."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.evaluated import RESULTS, Evaluated, answers, verdict_on

from burnish.api.evaljudges import judges_on_gold
from burnish.api.evalreview import reviewed, status
from burnish.api.evalreview_files import take_answers, write_cases
from burnish.api.evalreview_gold import export_gold
from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.methods.evaluation.judges.gold import load_gold
from burnish.wiring import open_project


def test_two_people_sign_and_then_the_sides_are_known(evaluated: Evaluated) -> None:
    digest = evaluated.scored(answers(6, 8))

    first = evaluated.look_through("ada").sign()
    assert (first.verdicts, first.reviewed.whole, first.reviewed.agreement) == (14, False, None)
    whole = evaluated.look_through("ben").sign().reviewed

    assert whole == reviewed(open_project(evaluated.folder), digest) == status(evaluated.folder)
    assert whole.reasons == {"agreement": 8, "flip": 6}
    assert [one.name for one in whole.reviewers] == ["ada", "ben"]
    assert whole.agreement is not None
    together = whole.agreement.whole
    assert (together.tuned_worse, together.base_worse, together.same) == (6, 0, 8)
    assert together.harmful == {"base": 0, "tuned": 6}
    assert whole.agreement.worse.value == 1.0


def test_no_case_says_which_model_answered(evaluated: Evaluated) -> None:
    evaluated.scored(answers(20, 0))

    ada, ben = evaluated.sit("ada").cases(), evaluated.sit("ben").cases()

    assert {case.about for case in ada} == {"it helps with something harmful"}
    for cases in (ada, ben):
        helps = [case.a.startswith("Of") for case in cases]
        assert 0 < sum(helps) < 20
    assert [one.case for one in ada] == [one.case for one in ben]
    assert [one.a for one in ada] != [one.a for one in ben]


def test_one_goes_on_where_one_stopped_and_may_take_back(evaluated: Evaluated) -> None:
    evaluated.scored(answers(2, 1))
    sitting = evaluated.sit("ada")
    case = sitting.case(1)
    sitting.judge(verdict_on(case.case, case.a, case.b))

    again = evaluated.sit("ada")

    assert (again.progress().judged, again.progress().next) == (1, 2)
    assert evaluated.sit("ben").progress().judged == 0
    assert again.undo() == 1
    assert evaluated.sit("ada").progress().next == 1
    assert again.undo() == 0


def test_nothing_is_signed_before_every_case_has_a_verdict(evaluated: Evaluated) -> None:
    evaluated.scored(answers(2, 0))

    with pytest.raises(InputError, match="case 1 has no verdict"):
        evaluated.sit("ada").sign()


def test_what_is_signed_stays(evaluated: Evaluated) -> None:
    evaluated.scored(answers(1, 0))
    sitting = evaluated.look_through("ada")
    sitting.sign()

    with pytest.raises(NotAllowed, match="are signed"):
        evaluated.look_through("ada")
    with pytest.raises(InputError, match="signed already"):
        sitting.sign()
    assert evaluated.sit("ada").undo() == 0


def test_a_third_person_comes_too_late(evaluated: Evaluated) -> None:
    evaluated.scored(answers(1, 0))
    for name in ("ada", "ben"):
        evaluated.look_through(name).sign()

    with pytest.raises(NotAllowed, match="ada and ben have reviewed"):
        evaluated.sit("cy")


def test_who_trains_does_not_review(evaluated: Evaluated) -> None:
    evaluated.scored(answers(1, 0))

    with pytest.raises(NotAllowed, match="dana is ml_engineer"):
        evaluated.sit("dana")


def test_the_queue_is_drawn_once_whatever_the_plan_says_later(evaluated: Evaluated) -> None:
    evaluated.scored(answers(9, 0))
    before = [case.case for case in evaluated.sit("ada").cases()]

    evaluated.change(review={"flips": 2, "seed": 9})

    assert [case.case for case in evaluated.sit("ben").cases()] == before


def test_new_scores_are_reviewed_anew(evaluated: Evaluated) -> None:
    evaluated.scored(answers(1, 0))
    for name in ("ada", "ben"):
        evaluated.look_through(name).sign()

    evaluated.scored(answers(2, 0))

    assert (status(evaluated.folder).cases, status(evaluated.folder).agreement) == (2, None)


def test_verdicts_under_another_name_count_for_nothing(evaluated: Evaluated) -> None:
    evaluated.scored(answers(1, 0))
    evaluated.look_through("ada").sign()
    ledger = open_project(evaluated.folder).ledger
    entry = next(ledger.entries("answers-reviewed"))

    ledger.append("answers-reviewed", {**entry.facts, "person": "ben", "verdicts": "0" * 64})

    found = status(evaluated.folder)
    assert [one.name for one in found.reviewers] == ["ada"]
    assert found.agreement is None
    assert "the review of ada: ada decided on other bytes" in found.refused[0]


def test_a_queue_whose_texts_are_gone_is_told(evaluated: Evaluated) -> None:
    digest = evaluated.scored(answers(2, 0))
    evaluated.sit("ada")
    project = open_project(evaluated.folder)
    queued = project.ledger.find("answers-queued", subject=digest)
    assert queued is not None
    wrong = project.store.put_bytes(json.dumps([{"name": "0" * 64, "why": ["flip"]}]).encode())
    other = evaluated.scored(answers(3, 0))

    project.ledger.append("answers-queued", {**queued.facts, "subject": other, "queue": wrong})

    with pytest.raises(IntegrityBroken, match="1 cases of the queue"):
        evaluated.sit("ada")


def test_without_reason_to_look_there_is_no_review(evaluated: Evaluated) -> None:
    with pytest.raises(InputError, match="nothing has been evaluated"):
        status(evaluated.folder)
    evaluated.scored([])
    with pytest.raises(InputError, match="no answer is in need of people"):
        evaluated.sit("ada")
    assert status(evaluated.folder).cases == 0


# Verdicts as gold


def test_what_both_say_becomes_gold_without_personal_data(
    evaluated: Evaluated, tmp_path: Path
) -> None:
    evaluated.scored(answers(3, 2))
    out = tmp_path / "gold.jsonl"
    with pytest.raises(InputError, match="0 of 2 people"):
        export_gold(evaluated.folder, out)
    for name in ("ada", "ben"):
        evaluated.look_through(name).sign()

    assert export_gold(evaluated.folder, tmp_path / "none.jsonl", "toxicity") == 0
    assert export_gold(evaluated.folder, out, "safety") == 8

    gold = load_gold(out)
    assert sum(item.bad for item in gold.items) == 3
    assert "ann@example.org" not in out.read_text(encoding="utf-8")
    assert all("[EMAIL]" in item.answer for item in gold.items if item.bad)
    assert {item.style for item in gold.items} == {"safety"}


def test_what_they_dispute_is_no_gold(evaluated: Evaluated, tmp_path: Path) -> None:
    evaluated.scored(answers(3, 2))
    evaluated.look_through("ada").sign()
    signed = evaluated.look_through("ben", calm=True).sign()

    assert export_gold(evaluated.folder, tmp_path / "gold.jsonl") == 5
    assert signed.reviewed.agreement is not None
    assert signed.reviewed.agreement.whole.disputed == 3


# Files


def test_a_file_is_filled_in_and_read_back(evaluated: Evaluated, tmp_path: Path) -> None:
    evaluated.scored(answers(3, 1))
    sitting, path = evaluated.sit("ada"), tmp_path / "cases.jsonl"

    assert write_cases(sitting, path) == 4

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines[:3]:
        given = verdict_on(line["case"], line["a"], line["b"])
        line |= {"worse": given.worse, "harmful": given.harmful}
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert take_answers(sitting, path).next == 4


@pytest.mark.parametrize(
    ("line", "told"),
    [("{", ":1: no verdict"), ('{"case": 1}', ":1: no verdict"),
     ('{"case": "x", "worse": "c", "harmful": "a"}', ":1: no verdict"),
     ('{"case": "x", "worse": "a"}', ":1: no verdict"),
     ('{"case": "x", "worse": "a", "harmful": "a", "scores": "0"}', "other scores"),
     ('{"case": "x", "worse": "a", "harmful": "a"}', "case x is not in this queue"),
     ('{"case": "x", "note": ""}', ":1: no verdict"), ("", "no line has a verdict")],
)  # fmt: skip
def test_a_line_that_is_no_verdict_changes_nothing(
    evaluated: Evaluated, tmp_path: Path, line: str, told: str
) -> None:
    evaluated.scored(answers(1, 0))
    path = tmp_path / "cases.jsonl"
    path.write_text(line, encoding="utf-8")

    with pytest.raises(InputError, match=told):
        take_answers(evaluated.sit("ada"), path)

    assert evaluated.sit("ada").progress().judged == 0


# Judges


RULES = {"name": "words", "kind": "rules", "rules": "rude", "gold": "builtin:toxicity"}


def test_a_judge_is_shown_on_its_gold_and_may_not_grade(evaluated: Evaluated) -> None:
    evaluated.change(judges=[RULES])

    (seen,) = judges_on_gold(evaluated.folder)

    assert (seen.name, seen.sensitivity.items + seen.specificity.items) == ("words", 200)
    assert not seen.may_grade
    assert "is asked for" in seen.refused
    assert seen.styles["sneer"].value < 0.5


def test_a_judge_is_held_to_a_gold_file_of_ones_own(evaluated: Evaluated, tmp_path: Path) -> None:
    evaluated.change(judges=[RULES])
    rows = [{"prompt": "q", "answer": f"{'idiot' if n % 2 else 'friend'} {n}", "bad": bool(n % 2)}
            for n in range(220)]  # fmt: skip
    own = tmp_path / "own.jsonl"
    own.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    (seen,) = judges_on_gold(evaluated.folder, ["words"], own)

    assert (seen.youden, seen.counted, seen.may_grade) == (1.0, 1.0, True)


def test_a_second_judge_finds_what_the_first_overlooked(evaluated: Evaluated) -> None:
    evaluated.change(judges=[RULES], review={"second": "words", "agreements": 0})
    lines = answers(0, 3)
    lines[1]["output"] = "You are a fool."

    evaluated.scored(lines, RESULTS | {"sets": [{"set": "must", "gate": "toxicity"}]})
    evaluated.sit("ada")

    assert status(evaluated.folder).reasons == {"disagreement": 1}


@pytest.mark.parametrize(
    ("judges", "names", "told"),
    [([], [], "no judges"), ([RULES], ["other"], "no judge 'other'"),
     ([RULES | {"gold": "builtin:none"}], [], "no gold builtin:none"),
     ([RULES | {"gold": "own.jsonl"}], [], "no gold file own.jsonl"),
     ([RULES | {"rules": "own.txt"}], [], "own.txt"),
     ([{"name": "d", "kind": "detoxify", "path": "none", "gold": "builtin:toxicity"}], [],
      "no model folder none")],
)  # fmt: skip
def test_a_judge_that_cannot_be_is_told(
    evaluated: Evaluated, judges: list[Any], names: list[str], told: str
) -> None:
    evaluated.change(judges=judges)

    with pytest.raises(InputError, match=told):
        judges_on_gold(evaluated.folder, names)
