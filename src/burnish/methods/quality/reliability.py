"""How well probabilities tell good from bad, and how far they can be taken at their word.

Area under the ROC curve with its interval: DeLong, DeLong and Clarke-Pearson, Biometrics 44
(1988), in the fast form of Sun and Xu (2014), on the logit scale. Shares: Wilson's score interval
(1927). Calibration: Brier (1950); expected calibration error over ten equal bins, Naeini et al.
(2015).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata

Reals = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

BINS = 10
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number between 0 and 1 with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """Examples of a range of probabilities: what was said, and what was so."""

    low: float
    high: float
    examples: int
    said: float
    was: Estimate


@dataclass(frozen=True)
class Reliability:
    """What held-out examples say of a classifier."""

    examples: int
    auc: Estimate
    accuracy: Estimate
    brier: float
    brier_of_share: float
    """Of always saying the share of good examples: what must be beaten."""
    calibration_error: float
    bins: tuple[Bin, ...]


def reliability(truth: Truth, probabilities: Reals) -> Reliability:
    """Judge probabilities of `truth`, both (n,). Raises ValueError if only one class is there."""
    right = (probabilities >= 0.5) == truth
    bins = tuple(_bins(truth, probabilities))
    off = sum(one.examples * abs(one.said - one.was.value) for one in bins)
    return Reliability(
        examples=len(truth),
        auc=auc(truth, probabilities),
        accuracy=share(int(right.sum()), len(truth)),
        brier=float(np.mean((probabilities - truth) ** 2)),
        brier_of_share=float(truth.mean() * (1 - truth.mean())),
        calibration_error=off / len(truth),
        bins=bins,
    )


def auc(truth: Truth, scores: Reals) -> Estimate:
    """Return the chance that a good example scores higher than a bad one, ties half.

    Where every good one is above every bad one the interval comes from the rule of three.
    Raises ValueError if one class is missing.
    """
    good, bad = scores[truth], scores[~truth]
    m, n = len(good), len(bad)
    if not m or not n:
        raise ValueError("an area under the curve needs good and bad examples")
    together = rankdata(np.concatenate([good, bad]))
    above = (together[:m] - rankdata(good)) / n
    below = 1.0 - (together[m:] - rankdata(bad)) / m
    area = float(above.mean())
    variance = (above.var(ddof=1) / m if m > 1 else 0.0) + (below.var(ddof=1) / n if n > 1 else 0.0)
    if not 0.0 < area < 1.0 or variance == 0.0:
        room = 3.0 / min(m, n)
        return Estimate(area, max(0.0, area - room), min(1.0, area + room))
    logit = np.log(area / (1.0 - area))
    width = _z() * np.sqrt(variance) / (area * (1.0 - area))
    low, high = (1.0 / (1.0 + np.exp(-(logit + side * width))) for side in (-1, 1))
    return Estimate(area, float(low), float(high))


def share(hits: int, items: int) -> Estimate:
    """Return a share with Wilson's interval. Raises ValueError for no items."""
    if items < 1:
        raise ValueError("a share of nothing")
    z, p = _z(), hits / items
    middle = (p + z * z / (2 * items)) / (1 + z * z / items)
    width = z / (1 + z * z / items) * np.sqrt(p * (1 - p) / items + z * z / (4 * items * items))
    return Estimate(p, float(max(0.0, middle - width)), float(min(1.0, middle + width)))


def _bins(truth: Truth, probabilities: Reals) -> list[Bin]:
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    found = []
    for place in np.unique(places).tolist():
        here = places == place
        found.append(
            Bin(
                low=place / BINS,
                high=(place + 1) / BINS,
                examples=int(here.sum()),
                said=float(probabilities[here].mean()),
                was=share(int(truth[here].sum()), int(here.sum())),
            )
        )
    return found


def _z() -> float:
    return float(ndtri(0.5 + LEVEL / 2))
