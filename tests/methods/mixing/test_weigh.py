"""Caps and weights: decided by content, never by order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.mixing.weigh import Portion, cut, numbers, replayed, times

KEYS = [f"row-{n}" for n in range(4000)]


def test_numbers_are_uniform_and_another_seed_draws_others() -> None:
    drawn = numbers(KEYS, 1)

    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert np.histogram(drawn, 8, (0, 1))[0].min() > 430
    assert not np.array_equal(drawn, numbers(KEYS, 2))


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0, 1.5, 3.1])
def test_a_row_is_shown_weight_times_on_average(weight: float) -> None:
    shown = times(numbers(KEYS, 1), Portion(weight))

    assert shown.mean() == pytest.approx(weight, abs=0.03)
    assert set(shown.tolist()) <= {int(weight), int(weight) + 1}


def test_a_weight_applies_evenly_to_the_rows_under_a_cap() -> None:
    drawn = numbers(KEYS, 1)
    shown = times(drawn, Portion(0.5, cut(drawn, 1000)))

    assert shown.sum() == pytest.approx(500, abs=60)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 2**31))
def test_a_cap_keeps_exactly_so_many_and_a_higher_one_only_adds(a: int, b: int, seed: int) -> None:
    low, high = sorted((a, b))
    drawn = numbers(KEYS[:50], seed)
    few, many = (times(drawn, Portion(1.0, cut(drawn, cap))) for cap in (low, high))

    assert (few.sum(), many.sum()) == (min(low, 50), min(high, 50))
    assert (few <= many).all()


@settings(max_examples=30, deadline=None)
@given(st.permutations(KEYS[:40]), st.floats(0, 5))
def test_the_order_of_rows_does_not_matter(keys: list[str], weight: float) -> None:
    portion = Portion(weight, 0.7)
    first = dict(zip(KEYS[:40], times(numbers(KEYS[:40], 3), portion).tolist(), strict=True))
    again = dict(zip(keys, times(numbers(keys, 3), portion).tolist(), strict=True))

    assert first == again


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Portion(weight)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.integers(0, 200), st.integers(0, 2**31))
def test_so_many_rows_are_replayed_exactly_and_evenly(pool: int, rows: int, seed: int) -> None:
    drawn = numbers(KEYS[:pool], seed)

    shown = times(drawn, replayed(drawn, rows))

    assert shown.sum() == rows
    assert shown.max() - shown.min() <= 1


def test_more_to_replay_keeps_the_rows_that_less_would_show() -> None:
    drawn = numbers(KEYS[:50], 3)

    few, many = (times(drawn, replayed(drawn, rows)) for rows in (10, 30))

    assert (many[few > 0] > 0).all()


def test_nothing_to_replay_is_refused() -> None:
    with pytest.raises(ValueError, match="no row to replay"):
        replayed(numbers([], 1), 5)
