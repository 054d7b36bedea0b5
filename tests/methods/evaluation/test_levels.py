"""The levels of two looks against published constants and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from burnish.methods.evaluation.levels import pocock_level, second_level


@pytest.mark.parametrize(("two_sided", "published"), [(0.01, 2.772), (0.05, 2.178), (0.10, 1.875)])
def test_pococks_constants_are_the_published_ones(two_sided: float, published: float) -> None:
    """Jennison and Turnbull 2000, table 2.1, two looks at equal steps."""
    level = pocock_level(two_sided / 2, 500, 1000)

    assert stats.norm.isf(level) == pytest.approx(published, abs=6e-4)


def test_the_level_of_two_looks_at_five_per_cent_is_0304() -> None:
    assert pocock_level(0.05, 100, 200) == pytest.approx(0.0304, abs=5e-5)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_two_looks_reject_as_often_as_one(fraction: float) -> None:
    draw = np.random.default_rng(3).standard_normal((2, 400_000))
    first = draw[0]
    whole = np.sqrt(fraction) * draw[0] + np.sqrt(1 - fraction) * draw[1]
    limit = stats.norm.isf(pocock_level(0.05, int(1000 * fraction), 1000))

    rejected = ((first > limit) | (whole > limit)).mean()

    assert rejected == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 400_000))


@settings(max_examples=30, deadline=None)
@given(first=st.integers(1, 999), alpha=st.floats(0.001, 0.2))
def test_a_level_lies_between_half_and_all_of_alpha(first: int, alpha: float) -> None:
    assert alpha / 2 < pocock_level(alpha, first, 1000) < alpha


def test_a_reserve_as_planned_leaves_the_same_level_and_another_a_fair_one() -> None:
    spent = pocock_level(0.05, 500, 1000)

    assert second_level(0.05, spent, 500, 1000) == pytest.approx(spent, abs=1e-6)
    assert second_level(0.05, spent, 500, 510) > second_level(0.05, spent, 500, 5000)
    assert second_level(0.05, spent, 500, 5000) > 0.05 - spent


def test_a_look_that_is_none_is_refused() -> None:
    for first, whole in ((0, 10), (10, 10), (11, 10)):
        with pytest.raises(ValueError, match="leaves no second one"):
            pocock_level(0.05, first, whole)
    with pytest.raises(ValueError, match=r"between 0 and 0\.5"):
        pocock_level(0.5, 5, 10)
    with pytest.raises(ValueError, match="leaves nothing"):
        second_level(0.05, 0.06, 5, 10)
