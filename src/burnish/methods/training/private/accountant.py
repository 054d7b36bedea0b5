"""What a training under differential privacy costs: epsilon at a delta, over all its runs.

The mechanism is DP-SGD (Abadi et al. 2016): a Gaussian of `noise` times the clipping norm on a sum
over units that were each drawn with probability `rate` (Poisson), `steps` times. Epsilon comes from
Google's `dp-accounting`, by privacy loss distributions (Koskela et al. 2020; Doroshenko et al.
2022), rounded so that it is never too low. Neighbouring data sets differ by one added or removed
unit.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

# Losses on a grid of this width: upper bounds on any grid, 0.2 % above those of a ten times finer
# one over 20,000 steps and a tenth of their cost.
_GRID = 1e-3
_LEAST_NOISE, _MOST_NOISE = 0.2, 1e4
_DIGITS = 1e-4
PACKAGE = "dp-accounting"


class NoAccountant(ValueError):
    """The library that accounts for privacy is not installed."""


@dataclass(frozen=True, order=True)
class Mechanism:
    """`steps` sums with Gaussian noise over units drawn at `rate`; `noise` is in clipping norms."""

    rate: float
    noise: float
    steps: int

    def __post_init__(self) -> None:
        if not (0 < self.rate <= 1 and 0 < self.noise < math.inf and self.steps >= 0):
            raise ValueError(f"no mechanism: {self}")


def epsilon(mechanisms: Iterable[Mechanism], delta: float) -> float:
    """Epsilon of all the mechanisms on the same data together, at `delta`; 0 for none."""
    if not 0 < delta < 1:
        raise ValueError(f"delta must lie between 0 and 1, not {delta}")
    return _epsilon(tuple(sorted(m for m in mechanisms if m.steps)), delta)


def noise_for(
    target: float, delta: float, rate: float, steps: int, before: Sequence[Mechanism] = ()
) -> float:
    """The least noise, to four places, whose epsilon together with `before` is at most `target`.

    Raises ValueError where no noise is enough, since `before` has spent the target already.
    """

    def over(log_noise: float) -> float:
        noise = math.exp(log_noise)
        return math.log(epsilon([*before, Mechanism(rate, noise, steps)], delta) / target)

    low, high = _LEAST_NOISE, 2 * _LEAST_NOISE
    if over(math.log(low)) <= 0:
        return low
    while over(math.log(high)) > 0:
        low, high = high, 2 * high
        if high > _MOST_NOISE:
            raise ValueError(f"no noise keeps epsilon at {target:g}: too much is spent already")
    from scipy.optimize import brentq

    found = brentq(over, math.log(low), math.log(high), xtol=_DIGITS / 10 / high, rtol=1e-12)
    noise = math.ceil(math.exp(found) / _DIGITS) * _DIGITS
    while over(math.log(noise)) > 0:
        noise += _DIGITS
    return round(noise, 4)


def delta_for(units: int) -> float:
    """A tenth of the chance that would allow giving one unit away whole: 1 / (10 units)."""
    return 1 / (10 * units)


def accountant() -> str:
    """Name and version of what computes epsilon; raises NoAccountant where it is missing."""
    try:
        return f"{PACKAGE} {version(PACKAGE)}, privacy loss distributions"
    except PackageNotFoundError as missing:
        raise NoAccountant(f"{PACKAGE} is not installed; pip install 'burnish[dp]'") from missing


@lru_cache(maxsize=4096)
def _epsilon(mechanisms: tuple[Mechanism, ...], delta: float) -> float:
    accountant()
    import dp_accounting
    from dp_accounting import pld

    counted = pld.PLDAccountant(value_discretization_interval=_GRID)
    for one in mechanisms:
        gaussian = dp_accounting.GaussianDpEvent(one.noise)
        counted.compose(dp_accounting.PoissonSampledDpEvent(one.rate, gaussian), one.steps)
    return float(counted.get_epsilon(delta)) if mechanisms else 0.0
