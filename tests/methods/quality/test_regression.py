"""Logistic regression and Platt's sigmoid, beside statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.sparse import csr_matrix

from burnish.methods.quality.regression import fit, log_loss, platt


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(200, 4))
    odds = rows @ np.array([1.0, -2.0, 0.0, 0.5]) + 0.3
    return rows, draw.random(200) < 1 / (1 + np.exp(-odds))


@pytest.mark.parametrize("seed", range(3))
def test_without_a_penalty_it_is_the_maximum_likelihood_fit(seed: int) -> None:
    rows, truth = drawn(seed)

    found = fit(csr_matrix(rows), truth, 0.0)

    expected = sm.Logit(truth.astype(float), sm.add_constant(rows)).fit(disp=0).params
    assert [found.bias, *found.weights] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("penalty", [0.001, 0.1])
def test_a_penalty_shrinks_the_weights_as_ridge_regression_does(penalty: float) -> None:
    rows, truth = drawn(1)

    found = fit(csr_matrix(rows), truth, penalty)

    model = sm.GLM(truth.astype(float), sm.add_constant(rows), family=sm.families.Binomial())
    expected = model.fit_regularized(
        alpha=np.array([0.0, *[penalty] * 4]), L1_wt=0.0, start_params=np.zeros(5)
    ).params
    assert [found.bias, *found.weights] == pytest.approx(expected, abs=2e-3)


def test_another_start_leads_to_the_same_fit() -> None:
    rows, truth = drawn(2)
    sparse = csr_matrix(rows)

    cold = fit(sparse, truth, 0.01)
    warm = fit(sparse, truth, 0.01, fit(sparse, truth, 1.0))

    assert warm.weights == pytest.approx(cold.weights, abs=1e-3)
    assert log_loss(truth, warm.sums(sparse)) == pytest.approx(
        -np.mean(np.log(_probability(truth, warm.sums(sparse))))
    )


def _probability(truth: np.ndarray, sums: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.where(truth, sums, -sums)))


@pytest.mark.parametrize("seed", range(3))
def test_the_sigmoid_is_the_binomial_fit_to_smoothed_targets(seed: int) -> None:
    rows, truth = drawn(seed)
    sums = 3 * rows[:, 0] - 1
    good, bad = truth.sum(), (~truth).sum()
    target = np.where(truth, (good + 1) / (good + 2), 1 / (bad + 2))

    slope, offset = platt(truth, sums)

    glm = sm.GLM(target, sm.add_constant(sums), family=sm.families.Binomial())
    assert [offset, slope] == pytest.approx(glm.fit().params, abs=1e-3)


def test_a_sum_that_says_the_opposite_is_not_turned_round() -> None:
    truth = np.array([True, False] * 40)

    slope, _ = platt(truth, np.where(truth, -1.0, 1.0))

    assert slope == pytest.approx(0.0, abs=1e-6)
