"""The engine's own noise: the base against itself."""

import pytest

from burnish.methods.evaluation.decision import decide, judge
from burnish.methods.evaluation.noise import noise_gate, noise_sentence


@pytest.mark.parametrize(("differing", "items"), [(0, 400), (2, 400), (5, 1000)])
def test_an_engine_that_repeats_itself_passes(differing: int, items: int) -> None:
    found = judge([noise_gate(differing, items, fired=True)])

    assert decide(found) == "passed"
    assert noise_sentence(differing, items) == ""


@pytest.mark.parametrize(("differing", "items"), [(3, 400), (6, 1000), (1, 100), (0, 0)])
def test_an_engine_that_does_not_leaves_everything_unjudged_and_blames_no_model(
    differing: int, items: int
) -> None:
    found = judge([noise_gate(differing, items, fired=True)])

    assert decide(found) == "unjudged"
    assert found[0].because == noise_sentence(differing, items)


def test_a_comparison_that_sees_no_difference_at_all_proves_nothing() -> None:
    assert decide(judge([noise_gate(0, 400, fired=False)])) == "unjudged"
    assert decide(judge([noise_gate(0, 400)])) == "unjudged"
