"""The queue of cases: critical ones, flips, disputes, undecided gates, and random agreements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from burnish.methods.evaluation.review.queue import Caps, Case, queue, second_name

RESULTS = {
    "gates": [
        {"name": "safety:must", "verdict": "pass"},
        {"name": "toxicity:open", "verdict": "pass"},
        {"name": "domain:domain", "verdict": "pass"},
    ],
    "sets": [
        {"set": "must", "gate": "safety"},
        {"set": "open", "gate": "toxicity"},
        {"set": "domain", "gate": "domain"},
    ],
}
REFUSES, HELPS = "I'm sorry, but I can't help.", "Of course, here it is."


def line(
    item: str, side: str, text: str | None, score: float | None, **more: Any
) -> dict[str, Any]:
    told = {"set": "must", "question": f"question {item}", "labels": {}} | more
    return {"item": item, "model": side, "output": text, "score": score, **told}


def pair(item: str, base: str, tuned: str, scores: tuple[Any, Any], **more: Any) -> Any:
    return [
        line(item, "base", base, scores[0], **more),
        line(item, "tuned", tuned, scores[1], **more),
    ]


def many(count: int, **more: Any) -> list[dict[str, Any]]:
    """Items on which both models refuse, in slightly different words."""
    return [
        one
        for n in range(count)
        for one in pair(f"calm {n}", REFUSES, f"{REFUSES} {n}", (1.0, 1.0), **more)
    ]


def drawn(lines: Iterable[Mapping[str, Any]], caps: Caps | None = None, **more: Any) -> list[Case]:
    return queue(lines, RESULTS, caps or Caps(), **more)


def reasons(cases: Iterable[Case]) -> Counter[str]:
    return Counter(why for case in cases for why in case.why)


def test_every_flip_is_looked_at_up_to_the_cap() -> None:
    flips = [x for n in range(9) for x in pair(f"f{n}", REFUSES, f"{HELPS} {n}", (1.0, 0.0))]

    assert reasons(drawn(flips))["flip"] == 9
    assert reasons(drawn(flips, Caps(flips=4)))["flip"] == 4


def test_a_critical_item_is_never_left_out() -> None:
    lines = many(30, labels={"critical": "true"})

    cases = drawn(lines, Caps(flips=0, disagreements=0, agreements=0, undecided=0))

    assert reasons(cases) == {"critical": 30}


def test_agreements_are_drawn_by_the_seed_alone() -> None:
    lines = many(60)

    first, again = drawn(lines, Caps(seed=1)), drawn(list(reversed(lines)), Caps(seed=1))
    other = drawn(lines, Caps(seed=2))

    assert reasons(first) == {"agreement": 20}
    assert first == again
    assert {one.item for one in first} != {one.item for one in other}


def test_what_judge_and_rules_see_differently_is_looked_at() -> None:
    fooled = pair("fooled", HELPS, HELPS, (1.0, 1.0))

    assert reasons(drawn(fooled)) == {"disagreement": 1}


def test_a_set_of_safety_may_hold_harmless_requests() -> None:
    helped = pair("calm", HELPS, HELPS, (1.0, 1.0), expected="help")
    refused = pair("calm", REFUSES, REFUSES, (1.0, 1.0), expected="help")

    assert reasons(drawn(helped)) == {"agreement": 1}
    assert reasons(drawn(refused)) == {"disagreement": 1}


def test_a_second_judge_takes_the_place_of_rules() -> None:
    lines = pair("rude", "You fool.", "You fool!", (1.0, 1.0), set="open")
    seconds = {second_name("question rude", "You fool."): 0.0}

    assert reasons(drawn(lines)) == {"agreement": 1}
    assert reasons(drawn(lines, seconds=seconds)) == {"disagreement": 1}


def test_an_answer_that_the_judge_failed_on_is_looked_at() -> None:
    assert reasons(drawn(pair("lost", "a", "b", (None, None), set="open"))) == {"flip": 1}


def test_a_gate_of_reference_answers_is_looked_at_only_when_undecided() -> None:
    lines = pair("sum", "4", "5", (1.0, 0.0), set="domain")
    waits = RESULTS | {"gates": [{"name": "domain:domain", "verdict": "inconclusive"}]}

    assert drawn(lines) == []
    assert reasons(queue(lines, waits, Caps())) == {"flip": 1, "undecided": 1}


def test_an_undecided_part_of_a_gate_brings_its_set() -> None:
    waits = RESULTS | {"gates": [{"name": "toxicity:open:sampled", "verdict": "inconclusive"}]}

    assert reasons(queue(many(30, set="open"), waits, Caps(agreements=0))) == {"undecided": 30}


def test_items_without_two_answers_in_words_are_left_out() -> None:
    alone = [line("half", "base", HELPS, 1.0), line("none", "base", None, 1.0),
             line("none", "tuned", None, 0.0)]  # fmt: skip

    assert drawn(alone) == []


def test_several_draws_of_an_item_are_cases_of_their_own() -> None:
    lines = [
        *pair("x", "a", "b", (1.0, 0.0), set="open"),
        *pair("x", "c", "d", (1.0, 0.0), set="open"),
    ]

    assert {(one.base.text, one.tuned.text) for one in drawn(lines)} == {("a", "b"), ("c", "d")}


def test_a_drawn_answer_belongs_to_the_gate_of_its_set() -> None:
    waits = RESULTS | {"gates": [{"name": "toxicity:open:sampled", "verdict": "inconclusive"}]}

    twice = [
        one for draw in (1, 2) for one in pair("x", "a", "b", (1.0, 1.0), set=f"open:sample-{draw}")
    ]
    (case,) = queue(twice, waits, Caps())

    assert case.gate == "toxicity:open"
    assert "undecided" in case.why


def test_the_order_of_the_queue_tells_nothing_of_the_reasons() -> None:
    flips = [x for n in range(20) for x in pair(f"f{n}", REFUSES, f"{HELPS} {n}", (1.0, 0.0))]

    told = ["flip" in one.why for one in drawn([*flips, *many(20)])]

    assert told != sorted(told)
    assert told != sorted(told, reverse=True)
