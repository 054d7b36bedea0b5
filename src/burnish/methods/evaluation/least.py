"""The fewest items on which a paired comparison can show anything: apart, for it needs no scipy."""

from math import ceil
from statistics import NormalDist


def least_items(margin: float, alpha: float = 0.05) -> int:
    """Items below which not even a run without one disagreement shows a loss under `margin`.

    With no discordant item Tango's statistic is -sqrt(n * margin / (1 - margin)).
    """
    if not 0 < margin < 1:
        raise ValueError("the margin must lie between 0 and 1 (0.02 means two points)")
    return ceil(NormalDist().inv_cdf(1 - alpha) ** 2 * (1 - margin) / margin)
