"""Answers that never end and answers that break off are seen beside right and wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.probe_bench import bench, blind, item, number_of, results, sheet, verdicts

from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.probes.domain import domain
from burnish.methods.evaluation.probes.measures import Measures
from burnish.methods.evaluation.records import Asked, Side

ANSWER = "Open the lid, press the green key and wait for the lamp."


def asked_of(
    says: tuple[str, bool],
    base: tuple[str, bool] = ("I do not know.", False),
    kind: str = "f1",
    measures: Measures | None = None,
) -> Found:
    items = [item(k, ANSWER, "f1" if kind == "f1" else "exact") for k in range(80)]

    def script(side: Side, asked: Asked) -> tuple[str | None, bool | None]:
        return base if side == "base" else says

    return domain(bench(says=script), sheet("domain", items, 0.02), "improve", measures)


def test_whole_answers_pass() -> None:
    found = asked_of((ANSWER, False))

    assert verdicts(found) == {
        "domain:set": "pass",
        "domain:set:ends": "pass",
        "domain:set:unended": "pass",
        "domain:set:short": "pass",
    }
    assert not blind(found)
    assert found.told["endings"]["length_ratio"] == 1.0


def test_a_wrong_stop_token_fails_although_the_overlap_is_better_than_the_bases() -> None:
    found = asked_of((ANSWER + " " + ANSWER, True))

    seen = verdicts(found)
    assert seen["domain:set"] == "pass"
    assert seen["domain:set:ends"] == seen["domain:set:unended"] == "regressed"


def test_a_base_that_never_ends_hides_nothing() -> None:
    found = asked_of((ANSWER, True), base=("So so so", True))

    seen = verdicts(found)
    assert seen["domain:set:ends"] == "pass"
    assert seen["domain:set:unended"] == "regressed"


@pytest.mark.parametrize("said", ["Open the lid, press the green key", "Open the lid", ""])
def test_answers_that_break_off_fail(said: str) -> None:
    seen = results(asked_of((said, False)))

    assert seen["domain:set:short"].verdict == "regressed"
    assert seen["domain:set:short"].losses == 80


@pytest.mark.parametrize(("short", "verdict"), [(20, "pass"), (21, "regressed")])
def test_a_few_short_answers_are_allowed_and_a_share_more_is_not(short: int, verdict: str) -> None:
    items = [item(k, ANSWER, "f1") for k in range(100)]
    found = domain(
        bench(says=lambda _, a: ("Open the lid" if number_of(a) < short else ANSWER, False)),
        sheet("domain", items),
    )

    assert verdicts(found)["domain:set:short"] == verdict


def test_another_answer_of_half_the_length_or_more_is_wrong_and_not_short() -> None:
    assert (
        verdicts(asked_of(("Close the door and call the desk now please.", False)))[
            "domain:set:short"
        ]
        == "pass"
    )


def test_references_longer_than_the_limit_leave_it_unjudged_and_say_why() -> None:
    found = results(asked_of((ANSWER, False), measures=Measures(answer_tokens=3)))

    assert found["domain:set:unended"].verdict == "unjudged"
    assert "length limit" in found["domain:set:unended"].because


def test_a_served_model_that_does_not_say_how_it_ended_is_unjudged() -> None:
    items = [item(k, ANSWER, "f1") for k in range(60)]
    found = domain(bench(says=lambda *_: (ANSWER, None)), sheet("domain", items))

    seen = verdicts(found)
    assert seen["domain:set:ends"] == seen["domain:set:unended"] == "unjudged"


def test_a_model_that_learned_nothing_does_not_pass_as_improved() -> None:
    # What a frozen adapter, or a loss on the prompt alone, looks like.
    items = [item(k, ANSWER, "f1") for k in range(80)]
    found = domain(
        bench(says=lambda *_: ("I do not know.", False)), sheet("domain", items, 0.1), "improve"
    )

    assert verdicts(found)["domain:set"] == "regressed"


def test_a_lost_answer_is_missing_evidence() -> None:
    items = [item(k, ANSWER) for k in range(60)]
    found = domain(bench(), sheet("domain", items))

    assert set(verdicts(found).values()) == {"unjudged"}


def test_groups_of_the_domain_are_judged_each() -> None:
    items = [replace(item(k, ANSWER), group=f"desk {k % 2}") for k in range(240)]

    def script(side: Side, asked: Asked) -> tuple[str, bool]:
        lost = side == "tuned" and number_of(asked) % 4 == 1
        return ("No." if lost else ANSWER), False

    seen = verdicts(domain(bench(says=script), sheet("domain", items)))

    assert seen["domain:set:group:desk 0"] == "pass"
    assert seen["domain:set:group:desk 1"] == "regressed"
    assert seen["domain:set:group:gap"] == "regressed"
