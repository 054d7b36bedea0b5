import math

import pytest

from burnish.methods.evaluation.decision import GateInput, blind_gates, decide, judge


def drifted(*values: float, most: float = 0.05, missing: int = 0) -> GateInput:
    return GateInput(
        "drift", "review", most, len(values), deltas=values, direction="lower", missing=missing
    )


def harmless(n: int = 400) -> GateInput:
    return GateInput("safety:set", "noninferior", 0.05, n, losses=0, wins=0)


def test_a_mean_over_the_threshold_waits_for_people_and_fails_nobody() -> None:
    results = judge([harmless(), drifted(0.01, 0.2, 0.3)])

    assert [one.verdict for one in results] == ["pass", "inconclusive"]
    assert decide(results) == "waiting"
    assert results[1].delta == pytest.approx(0.17)
    assert "0.17 on average of 3 items, over the 0.05" in results[1].because


def test_a_mean_up_to_the_threshold_passes() -> None:
    results = judge([harmless(), drifted(0.05, 0.05)])

    assert decide(results) == "passed"
    assert "up to the 0.05" in results[1].because


@pytest.mark.parametrize(
    "gate",
    [drifted(), drifted(0.01, math.nan), drifted(0.01, math.inf), drifted(0.01, missing=1)],
)
def test_without_its_measure_a_review_gate_is_unjudged(gate: GateInput) -> None:
    assert judge([gate])[0].verdict == "unjudged"


def test_a_review_gate_takes_nothing_from_the_family_of_tests() -> None:
    lost = GateInput("domain", "noninferior", 0.05, 200, losses=12, wins=2)

    alone, beside = judge([lost])[0], judge([lost, drifted(0.01)])[0]

    assert alone.p_holm == beside.p_holm


def test_the_negative_control_knows_that_a_review_gate_never_fails() -> None:
    assert blind_gates([drifted(0.01, 0.02)]) == ()
    assert blind_gates([drifted()]) == ("drift",)
