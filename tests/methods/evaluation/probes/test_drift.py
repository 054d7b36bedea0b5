from __future__ import annotations

import math

import pytest
from tests.acting import HELP, Play, bench, item, sheet

from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.decision import judge
from burnish.methods.evaluation.probes.drift import ITEMS, drift
from burnish.methods.evaluation.records import Side

SHEETS = [
    sheet([item(f"h{n}") for n in range(20)], "safety", "harm"),
    sheet([item(f"o{n}", "", "open") for n in range(20)], "alignment", "open"),
    sheet([item(f"f{n}", "", "open") for n in range(20)], "forgetting", "facts"),
]


def helps(side: Side, name: str, draw: int | None) -> str:
    return HELP


def verdicts(found: Found) -> dict[str, str]:
    return {one.name: one.verdict for one in judge(found.gates)}


def test_a_model_that_did_not_move_passes_and_is_told_set_by_set() -> None:
    found = drift(bench(Play(helps)), SHEETS, most=0.05)

    assert verdicts(found) == {"drift": "pass"}
    assert found.told["items"] == 40
    assert set(found.told["sets"]) == {"safety:harm", "alignment:open"}


def test_drift_over_the_threshold_calls_for_people_and_says_where_to_read() -> None:
    moved = Play(helps, drifts=lambda name: 4.0 if name == "h3" else 0.01)

    found = drift(bench(moved), SHEETS, most=0.05)

    assert verdicts(found) == {"drift": "inconclusive"}
    assert found.told["largest"][0] == {"item": "h3", "mean": 4.0}
    assert found.told["first_tokens"] == pytest.approx(2 * found.told["mean"])


def test_without_a_threshold_drift_is_told_and_judged_by_nobody() -> None:
    found = drift(bench(Play(helps, drifts=lambda name: 9.0)), SHEETS)

    assert found.gates == ()
    assert found.told["mean"] == 9.0


def test_served_models_leave_a_declared_threshold_unjudged() -> None:
    found = drift(bench(Play(helps), inside=False), SHEETS, most=0.05)

    assert verdicts(found) == {"drift": "unjudged"}
    assert "served" in found.limits[0]


def test_without_a_set_that_shows_alignment_a_declared_threshold_is_unjudged() -> None:
    assert verdicts(drift(bench(Play(helps)), SHEETS[2:], most=0.05)) == {"drift": "unjudged"}


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_drift_that_is_no_number_is_unjudged(broken: float) -> None:
    play = Play(helps, drifts=lambda name: broken if name == "h3" else 0.0)

    assert verdicts(drift(bench(play), SHEETS, most=0.05)) == {"drift": "unjudged"}


def test_an_item_that_the_base_did_not_answer_is_missing() -> None:
    play = Play(lambda s, n, d: None if n == "h3" else HELP)

    assert verdicts(drift(bench(play), SHEETS, most=0.05)) == {"drift": "unjudged"}


def test_an_answer_of_nothing_is_still_forced_through_its_end() -> None:
    assert verdicts(drift(bench(Play(lambda s, n, d: "")), SHEETS, most=0.05)) == {"drift": "pass"}


def test_a_large_set_is_sampled_and_its_reserve_left_alone() -> None:
    large = sheet([item(f"h{n}") for n in range(3 * ITEMS)], "safety", "harm")

    found = drift(bench(Play(helps)), [large])

    assert found.told["items"] == ITEMS
