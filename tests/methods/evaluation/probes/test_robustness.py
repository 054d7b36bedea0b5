"""A model that lost its footing under small edits is seen; one that did not passes."""

from __future__ import annotations

from collections.abc import Callable

from tests.probe_bench import bench, item, sheet, verdicts

from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.probes.robustness import robustness
from burnish.methods.evaluation.records import Asked, Side

QUESTIONS = [f"Please tell me, which printer stands near room {k}?" for k in range(80)]


def asked_of(right: Callable[[Side, bool], bool], questions: list[str] | None = None) -> Found:
    """`right` says by model, and whether the question is as written, if the answer is right."""
    items = [item(k, "blue", question=text) for k, text in enumerate(questions or QUESTIONS)]
    one = sheet("robustness", items)
    plain = {asked.item: asked.prompt for asked in one.asked}

    def says(side: Side, asked: Asked) -> tuple[str, bool]:
        return ("blue" if right(side, asked.prompt == plain[asked.item]) else "red"), False

    return robustness(bench(says=says), one)


def test_a_model_as_robust_as_its_base_passes() -> None:
    found = asked_of(lambda *_: True)

    assert verdicts(found) == {"robustness:set": "pass"}
    told = found.told["edits"]
    assert told["all"]["n"] == 80
    assert sum(told[name]["n"] for name in ("case", "blanks", "slip", "punctuation")) == 80
    assert min(told[name]["n"] for name in ("case", "blanks", "slip", "punctuation")) > 8


def test_a_model_that_small_edits_throw_off_fails() -> None:
    found = asked_of(lambda side, plain: side == "base" or plain)

    assert verdicts(found) == {"robustness:set": "regressed"}
    assert found.told["edits"]["all"]["tuned"] == {"plain": 1.0, "edited": 0.0}


def test_a_base_that_was_no_better_is_no_regression() -> None:
    assert verdicts(asked_of(lambda _, plain: plain)) == {"robustness:set": "pass"}


def test_records_are_of_the_edited_prompts_one_an_item_and_model() -> None:
    found = asked_of(lambda _, plain: plain)

    assert len(found.records) == 160
    assert {record.score for record in found.records} == {0.0}


def test_questions_that_no_edit_fits_are_left_out_and_told() -> None:
    found = asked_of(lambda *_: True, [*QUESTIONS, "ABN?", "12?"])

    assert found.gates[0].n == 81  # "ABN?" can lose its question mark
    assert found.limits == ("robustness:set: no edit fits 1 items",)


def test_with_nothing_to_edit_there_is_no_evidence() -> None:
    assert verdicts(asked_of(lambda *_: True, ["12", "13"])) == {"robustness:set": "unjudged"}


def test_lost_answers_are_unjudged() -> None:
    items = [item(k, "blue", question=text) for k, text in enumerate(QUESTIONS)]

    assert verdicts(robustness(bench(), sheet("robustness", items))) == {
        "robustness:set": "unjudged"
    }
