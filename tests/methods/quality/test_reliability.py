"""Areas, shares and calibration, beside other implementations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import proportion_confint

from burnish.methods.quality.reliability import auc, reliability, share


def drawn(seed: int, size: int = 200, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    truth = draw.random(size) < 0.4
    scores = draw.normal(truth.astype(float), 1.0)
    return truth, np.round(scores) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_that_of_the_rank_sum(seed: int, ties: bool) -> None:
    truth, scores = drawn(seed, ties=ties)

    rank = mannwhitneyu(scores[truth], scores[~truth]).statistic

    assert auc(truth, scores).value == pytest.approx(rank / (truth.sum() * (~truth).sum()))


def test_the_interval_of_the_area_is_as_wide_as_resampling_says() -> None:
    truth, scores = drawn(3, 300)
    draw = np.random.default_rng(1)
    areas = []
    for _ in range(400):
        rows = draw.integers(0, 300, 300)
        areas.append(auc(truth[rows], scores[rows]).value)

    found = auc(truth, scores)

    low, high = np.quantile(areas, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.015)


@pytest.mark.parametrize("bad", [0.0, 1.0])
def test_a_perfect_order_is_not_taken_for_certain(bad: float) -> None:
    truth = np.array([True] * 30 + [False] * 30)

    found = auc(truth, np.where(truth, 0.5, bad))

    assert found.value in (0.0, 1.0)
    assert 0.08 < found.high - found.low < 0.2


def test_one_class_has_no_area() -> None:
    with pytest.raises(ValueError, match="good and bad"):
        auc(np.ones(5, np.bool_), np.arange(5.0))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_is_wilsons(counts: tuple[int, int]) -> None:
    found = share(*counts)

    assert (found.low, found.high) == pytest.approx(
        proportion_confint(*counts, method="wilson"), abs=1e-9
    )


def test_probabilities_that_are_true_are_called_calibrated_and_others_not() -> None:
    draw = np.random.default_rng(2)
    said = draw.random(20_000)
    truth = draw.random(20_000) < said

    good, bad = reliability(truth, said), reliability(truth, said**3)

    assert good.calibration_error < 0.02
    assert bad.calibration_error > 0.15
    assert good.brier < bad.brier
    assert good.brier == pytest.approx(np.mean((said - truth) ** 2))
    assert sum(one.examples for one in good.bins) == 20_000
    assert all(one.was.low <= one.said <= one.was.high for one in good.bins[1:9])
