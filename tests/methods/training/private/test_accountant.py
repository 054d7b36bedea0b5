"""Epsilon against published values and against integrals of our own."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from burnish.methods.training.private.accountant import (
    Mechanism,
    accountant,
    delta_for,
    epsilon,
    noise_for,
)


def rdp(rate: float, noise: float, steps: int, delta: float) -> float:
    """Renyi accounting of the sampled Gaussian at integer orders (Mironov, Talwar and Zhang 2019,
    "Renyi Differential Privacy of the Sampled Gaussian Mechanism", section 3.3), with the classic
    conversion of Mironov 2017: what the moments accountant of Abadi et al. 2016 gives.
    """
    found = []
    for order in range(2, 256):
        k = np.arange(order + 1)
        terms = (
            [math.lgamma(order + 1) - math.lgamma(i + 1) - math.lgamma(order - i + 1) for i in k]
            + k * math.log(rate)
            + (order - k) * math.log1p(-rate)
            + (k * k - k) / (2 * noise**2)
        )
        moment = np.logaddexp.reduce(terms) / (order - 1)
        found.append(steps * moment + math.log(1 / delta) / (order - 1))
    return float(min(found))


@pytest.mark.parametrize(
    ("rate", "noise", "steps", "published"),
    [
        # Abadi et al. 2016, "Deep Learning with Differential Privacy", section 5.1 and figure 2:
        # q = 0.01, sigma = 4, T = 100 / q steps, delta = 1e-5
        (0.01, 4.0, 10_000, 1.26),
        # Bu et al. 2020, "Deep Learning with Gaussian Differential Privacy", Harvard Data Science
        # Review 2.3, figure 4: p = 256/60000, 20 epochs with noise 1.3 at delta 1e-5
        (256 / 60_000, 1.3, 20 * 234, 1.34),
    ],
)
def test_published_values_of_the_moments_accountant_are_met_from_below(
    rate: float, noise: float, steps: int, published: float
) -> None:
    """Privacy loss distributions are tighter than moments, by a fifth to a third here."""
    here = epsilon([Mechanism(rate, noise, steps)], 1e-5)

    assert rdp(rate, noise, steps, 1e-5) == pytest.approx(published, rel=0.02)
    assert 0.6 * published < here < published


def delta_of_sampled_gaussian(rate: float, noise: float, at: float) -> float:
    """The larger of both directions' hockey-stick divergences for one step, by quadrature."""

    def mixed(x: float) -> float:
        both = (1 - rate) * stats.norm.pdf(x, 0, noise) + rate * stats.norm.pdf(x, 1, noise)
        return float(both)

    def plain(x: float) -> float:
        return float(stats.norm.pdf(x, 0, noise))

    def divergence(p: object, q: object, low: float, high: float) -> float:
        def over(x: float) -> float:
            return float(max(p(x) - math.exp(at) * q(x), 0.0))  # type: ignore[operator]

        return float(integrate.quad(over, low, high, limit=400)[0])

    low, high = -40 * noise, 40 * noise + 1
    cuts = np.linspace(low, high, 81)
    pieces = list(itertools.pairwise(cuts))
    return max(
        sum(divergence(mixed, plain, a, b) for a, b in pieces),
        sum(divergence(plain, mixed, a, b) for a, b in pieces),
    )


@pytest.mark.parametrize(("rate", "noise"), [(0.1, 1.0), (0.02, 0.6), (0.5, 2.0)])
def test_one_step_agrees_with_numeric_integration(rate: float, noise: float) -> None:
    here = epsilon([Mechanism(rate, noise, 1)], 1e-4)

    assert delta_of_sampled_gaussian(rate, noise, here) == pytest.approx(1e-4, rel=0.02)
    assert delta_of_sampled_gaussian(rate, noise, here * 0.97) > 1.02e-4


@pytest.mark.parametrize(("noise", "steps"), [(2.0, 1), (4.0, 16), (10.0, 300)])
def test_without_sampling_it_is_the_gaussian_mechanism_of_closed_form(
    noise: float, steps: int
) -> None:
    """Balle and Wang 2018, "Improving the Gaussian Mechanism", theorem 8."""
    mu = math.sqrt(steps) / noise

    def delta(at: float) -> float:
        far = stats.norm.cdf(-mu / 2 - at / mu)
        return float(stats.norm.cdf(mu / 2 - at / mu) - math.exp(at) * far)

    exact = optimize.brentq(lambda at: delta(at) - 1e-5, 1e-6, 50)

    found = epsilon([Mechanism(1.0, noise, steps)], 1e-5)

    assert exact - 1e-6 <= found <= exact * 1.005 + 2e-3


def test_composition_of_runs_is_tighter_than_the_sum_and_dearer_than_each() -> None:
    one, other = Mechanism(0.02, 1.0, 200), Mechanism(0.05, 1.5, 100)
    apart = [epsilon([m], 1e-5) for m in (one, other)]

    both = epsilon([one, other], 1e-5)

    assert max(apart) < both < sum(apart)
    assert epsilon([other, one], 1e-5) == both
    assert epsilon([one, one], 1e-5) == pytest.approx(
        epsilon([Mechanism(0.02, 1.0, 400)], 1e-5), rel=1e-3
    )


def test_nothing_done_costs_nothing() -> None:
    assert epsilon([], 1e-5) == 0
    assert epsilon([Mechanism(0.1, 1.0, 0)], 1e-5) == 0


@pytest.mark.parametrize("target", [0.5, 8.0])
def test_the_noise_is_the_least_that_keeps_epsilon(target: float) -> None:
    noise = noise_for(target, 1e-5, 0.02, 150)

    assert epsilon([Mechanism(0.02, noise, 150)], 1e-5) <= target
    assert epsilon([Mechanism(0.02, noise - 2e-4, 150)], 1e-5) > target
    assert round(noise, 4) == pytest.approx(noise, abs=1e-12)


def test_what_was_spent_before_is_made_up_for_by_noise() -> None:
    before = [Mechanism(0.02, 1.0, 150)]
    total = epsilon(before, 1e-5) + 0.5

    noise = noise_for(total, 1e-5, 0.02, 150, before)

    assert noise > noise_for(total, 1e-5, 0.02, 150)
    assert epsilon([*before, Mechanism(0.02, noise, 150)], 1e-5) <= total
    with pytest.raises(ValueError, match="too much is spent already"):
        noise_for(epsilon(before, 1e-5) * 0.9, 1e-5, 0.02, 150, before)


def test_delta_is_a_tenth_of_one_in_all_units() -> None:
    assert delta_for(1000) == 1e-4


@pytest.mark.parametrize("wrong", [(0.0, 1.0, 1), (1.1, 1.0, 1), (0.1, 0.0, 1), (0.1, 1.0, -1)])
def test_no_mechanism_is_no_mechanism(wrong: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="no mechanism"):
        Mechanism(*wrong)


@pytest.mark.parametrize("delta", [0.0, 1.0, -0.1, float("nan")])
def test_a_delta_that_is_none_is_refused(delta: float) -> None:
    with pytest.raises(ValueError, match="delta must lie between"):
        epsilon([Mechanism(0.1, 1.0, 1)], delta)


def test_the_accountant_tells_its_version() -> None:
    assert accountant().startswith("dp-accounting 0.")
