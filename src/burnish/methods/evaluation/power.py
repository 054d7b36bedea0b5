"""How large a loss a suite can see: exact power of the paired tests, and the items they need.

`disagreement` is the share of items on which base and tuned differ (psi in the literature): it,
not the accuracy, decides how many items a paired comparison needs.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from burnish.methods.evaluation.statistics import tango_z

_TAIL = 1e-10
_MOST_ITEMS = 10_000_000


@dataclass(frozen=True)
class Sight:
    """The smallest true loss that `items` items show with probability `power`."""

    items: int
    loss: float
    power: float

    def __str__(self) -> str:
        if self.loss >= 1:
            return f"{self.items} items are too few to see any loss with {self.power:.0%}"
        points = f"{100 * self.loss:.1f} points"
        return f"{self.items} items can see a loss of {points} with {self.power:.0%}"


def mcnemar_power(items: int, disagreement: float, loss: float, alpha: float = 0.05) -> float:
    """Chance that the exact one-sided McNemar test calls a true `loss` at `alpha`."""
    psi = max(disagreement, abs(loss))
    if psi == 0:
        return 0.0
    discordant = _window(items, psi)
    # The test calls a loss when the losses reach the upper alpha quantile of Binomial(m, 1/2).
    needed = stats.binom.isf(alpha, discordant, 0.5) + 1
    share = (psi + loss) / (2 * psi)
    called = stats.binom.sf(needed - 1, discordant, share)
    return float(np.sum(stats.binom.pmf(discordant, items, psi) * called))


def noninferiority_power(
    items: int, disagreement: float, margin: float, alpha: float = 0.05, true_loss: float = 0.0
) -> float:
    """Chance that Tango's test shows a loss under `margin` when the true loss is `true_loss`.

    Exact: sums the multinomial over all likely counts of losses and wins.
    """
    psi = max(disagreement, abs(true_loss))
    loss_share, win_share = (psi + true_loss) / 2, (psi - true_loss) / 2
    losses = _window(items, loss_share)[:, None]
    wins = _window(items, win_share)[None, :]
    rest = items - losses
    # A pair of window ends can overrun a tiny suite; such counts have no probability.
    weight = stats.binom.pmf(losses, items, loss_share) * stats.binom.pmf(
        wins, rest, min(1.0, win_share / max(1 - loss_share, _TAIL))
    )
    shown = stats.norm.cdf(tango_z(losses, wins, items, margin)) < alpha
    return float(np.sum(weight[shown & (wins <= rest)]))


def visible_loss(
    items: int, disagreement: float, power: float = 0.95, alpha: float = 0.05
) -> Sight:
    """The smallest loss that the exact McNemar test finds with `power`, to a hundredth of a point.

    Where even a total loss would go unseen, the loss is given as 1.
    """
    low, high = 0, 10_000
    while low < high:
        middle = (low + high) // 2
        if mcnemar_power(items, disagreement, middle / 10_000, alpha) >= power:
            high = middle
        else:
            low = middle + 1
    return Sight(items, low / 10_000, power)


def items_required(
    disagreement: float,
    margin: float,
    power: float = 0.95,
    alpha: float = 0.05,
    true_loss: float = 0.0,
) -> int:
    """Items that show non-inferiority at `margin` with `power` (bisection on the exact power).

    The exact power is a saw-tooth; the answer is at most a tooth away from the least number.
    Raises ValueError where the true loss reaches the margin: no number of items shows it then.
    """
    if true_loss >= margin:
        raise ValueError("no number of items shows a loss under the margin when it reaches it")
    low, high = 1, 2 * least_items(margin, alpha)
    while noninferiority_power(high, disagreement, margin, alpha, true_loss) < power:
        low, high = high, 2 * high
        if high > _MOST_ITEMS:
            raise ValueError(f"more than {_MOST_ITEMS} items would be needed; widen the margin")
    while low < high:
        middle = (low + high) // 2
        if noninferiority_power(middle, disagreement, margin, alpha, true_loss) >= power:
            high = middle
        else:
            low = middle + 1
    return low


def least_items(margin: float, alpha: float = 0.05) -> int:
    """Items below which not even a run without one disagreement shows a loss under `margin`.

    With no discordant item Tango's statistic is -sqrt(n * margin / (1 - margin)).
    """
    if not 0 < margin < 1:
        raise ValueError("the margin must lie between 0 and 1 (0.02 means two points)")
    return ceil(float(stats.norm.isf(alpha)) ** 2 * (1 - margin) / margin)


def _window(items: int, share: float) -> NDArray[np.int64]:
    """The counts that Binomial(items, share) takes, but for tails of 1e-10."""
    low = int(stats.binom.ppf(_TAIL, items, share)) if share > 0 else 0
    high = int(stats.binom.isf(_TAIL, items, share)) if share > 0 else 0
    return np.arange(max(low, 0), min(high, items) + 1)
