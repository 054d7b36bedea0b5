"""Exact bounds in a finite population, against the distribution itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, hypergeom

from burnish.methods.sampling.bounds import exact_bounds, share_bounds


@st.composite
def samples(draw: st.DrawFn) -> tuple[int, int, int]:
    rows = draw(st.integers(1, 300))
    drawn = draw(st.integers(0, rows))
    return draw(st.integers(0, drawn)), drawn, rows


@settings(max_examples=50, deadline=None)
@given(samples())
def test_the_bounds_are_the_furthest_populations_that_could_still_show_this(
    sample: tuple[int, int, int],
) -> None:
    hits, drawn, rows = sample

    low, high = exact_bounds(hits, drawn, rows)

    possible = [
        total
        for total in range(hits, rows - (drawn - hits) + 1)
        if hypergeom(rows, total, drawn).sf(hits - 1) > 0.025
        and hypergeom(rows, total, drawn).cdf(hits) > 0.025
    ]
    assert (round(low * rows), round(high * rows)) == (possible[0], possible[-1])


def test_who_looked_at_everything_knows() -> None:
    assert exact_bounds(3, 50, 50) == (3 / 50, 3 / 50)


def test_nothing_drawn_says_nothing() -> None:
    assert exact_bounds(0, 0, 50) == (0.0, 1.0)
    assert exact_bounds(0, 0, 0) == (0.0, 0.0)
    assert share_bounds(0, 0) == (0.0, 1.0)


def test_in_a_large_population_they_are_those_of_clopper_and_pearson() -> None:
    exact = binomtest(4, 60).proportion_ci(method="exact")

    assert exact_bounds(4, 60, 10_000_000) == pytest.approx((exact.low, exact.high), abs=1e-5)
    assert share_bounds(4, 60) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize("counts", [(2, 1, 5), (-1, 1, 5), (1, 6, 5)])
def test_counts_that_do_not_fit_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        exact_bounds(*counts)
    with pytest.raises(ValueError, match="do not fit"):
        share_bounds(6, 5)
