"""The stratified estimate, and how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.sampling.estimate import (
    Counted,
    canary_miss,
    free_of_hits_needed,
    ratio,
    stratified,
)

TRIALS = 1500
DESIGNS = [
    ([100, 50, 200, 3000, 6000], [12, 10, 12, 30, 36]),
    ([100, 50, 200, 3000, 6000], [6, 5, 6, 10, 12]),
    ([20, 20, 20, 20], [5, 5, 5, 5]),
    ([1000, 1000], [10, 10]),
    ([9000, 1000], [30, 30]),
    ([5, 3, 8, 40, 200], [5, 3, 6, 10, 15]),
]
MISSED = [
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [0.3, 0.1, 0.05, 0.001, 0.0],
    [0.02, 0.02, 0.02, 0.02, 0.02],
    [0.0, 0.0, 0.0, 0.01, 0.003],
    [0.1, 0.5, 0.3, 0.2, 0.3],
    [0.04, 0.022, 0.0, 0.025, 0.0],
]


@pytest.mark.parametrize(("rows", "drawn"), DESIGNS, ids=str)
@pytest.mark.parametrize("shares", MISSED, ids=str)
def test_the_interval_holds_the_truth_at_least_as_often_as_it_says(
    rows: list[int], drawn: list[int], shares: list[float]
) -> None:
    random = np.random.default_rng(7)
    hits = [round(n * share) for n, share in zip(rows, shares, strict=False)]
    truth = sum(hits) / sum(rows)
    strata = zip(hits, rows, drawn, strict=True)
    seen = np.stack([random.hypergeometric(h, n - h, d, TRIALS) for h, n, d in strata], axis=1)

    below = above = 0
    for found, times in zip(*np.unique(seen, axis=0, return_counts=True), strict=True):
        rate = stratified(Counted(n, d, int(x)) for n, d, x in zip(rows, drawn, found, strict=True))
        below += times * (truth < rate.lower - 1e-12)
        above += times * (truth > rate.upper + 1e-12)

    # Two standard errors of a tail of 2.5 % in this many trials.
    slack = 2 * np.sqrt(0.025 * 0.975 / TRIALS)
    assert below / TRIALS <= 0.025 + slack
    assert above / TRIALS <= 0.025 + slack


def test_a_naive_interval_would_be_caught_by_this() -> None:
    random = np.random.default_rng(7)
    seen = random.hypergeometric(30, 970, 10, TRIALS) / 10
    error = np.sqrt(seen * (1 - seen) / 10)
    above = np.mean(seen + 1.96 * error < 0.03)

    assert above > 0.5


def test_the_estimate_weighs_strata_by_their_size_and_not_by_how_often_they_were_drawn() -> None:
    rate = stratified([Counted(100, 50, 25), Counted(900, 50, 0)])

    assert rate.estimate == pytest.approx(0.05)
    assert rate.lower < 0.05 < rate.upper


strata = st.lists(
    st.integers(1, 500).flatmap(
        lambda n: st.tuples(
            st.just(n), st.integers(0, n), st.integers(0, n), st.integers(0, n)
        )
    ).filter(lambda t: t[1] + t[3] <= t[0] and t[2] <= t[1]),
    min_size=1,
    max_size=5,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(strata)
def test_the_bounds_are_shares_and_hold_the_estimate(
    counts: list[tuple[int, int, int, int]],
) -> None:
    rate = stratified(Counted(*one) for one in counts)

    assert 0 <= rate.lower <= rate.upper <= 1
    if rate.estimate is not None:
        assert rate.lower - 1e-9 <= rate.estimate <= rate.upper + 1e-9


@settings(max_examples=50, deadline=None)
@given(strata, st.integers(0, 4))
def test_a_skipped_document_never_improves_the_interval(
    counts: list[tuple[int, int, int, int]], place: int
) -> None:
    seen = [Counted(*one) for one in counts]
    place %= len(seen)
    one = seen[place]
    right = Counted(one.rows + 1, one.judged + 1, one.hits, one.skipped)
    skipped = Counted(one.rows + 1, one.judged, one.hits, one.skipped + 1)

    rate = stratified([*seen[:place], right, *seen[place + 1 :]])
    worse = stratified([*seen[:place], skipped, *seen[place + 1 :]])

    assert worse.upper >= rate.upper - 1e-9
    assert worse.lower <= rate.lower + 1e-9


def test_a_stratum_that_nobody_looked_at_may_be_anything() -> None:
    rate = stratified([Counted(700, 700, 0), Counted(300, 0, 0)])

    assert rate.estimate is None
    assert rate.lower == 0
    assert rate.upper == pytest.approx(0.3)


def test_no_rows_are_not_known() -> None:
    assert (stratified([]).estimate, stratified([]).upper) == (None, 1.0)


def test_looking_at_everything_leaves_no_doubt() -> None:
    rate = stratified([Counted(10, 10, 2), Counted(30, 30, 0)])

    assert rate.estimate == rate.upper == pytest.approx(0.05)


def test_so_many_more_documents_bring_the_bound_down() -> None:
    now = [Counted(5000, 30, 0), Counted(100, 10, 0)]

    more = free_of_hits_needed(now, 0.02)

    assert 100 < more < 400
    assert free_of_hits_needed(now, 1.0) == 0
    assert free_of_hits_needed([Counted(10, 5, 5)], 0.1) == 5


def test_a_ratio_of_nothing_is_not_known() -> None:
    assert ratio([(2.0, 1, 10), (1.0, 0, 5)]) == pytest.approx(2 / 25)
    assert ratio([]) is None


def test_canaries_that_were_missed_have_their_bounds() -> None:
    rate = canary_miss([{"planted": 60, "found": 60}, {"planted": 60, "found": 57}])

    assert rate is not None
    assert rate.estimate == pytest.approx(0.025)
    assert rate.lower < 0.01 < 0.07 < rate.upper
    assert canary_miss([]) is None
