"""How far two people agree beyond chance: Cohen's kappa with a bootstrap interval.

Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement
20:37 (1960). Where both people gave one and the same label to everything, chance explains all of
it: kappa does not exist, and no number stands for it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement of two raters on `n` cases.

    `observed` is the share on which they agree. `value`, `lower` and `upper` are None where kappa
    does not exist; the interval is the percentile bootstrap's over the cases, 95 %.
    """

    n: int
    observed: float
    value: float | None
    lower: float | None
    upper: float | None


def cohen(pairs: Sequence[tuple[str, str]]) -> float | None:
    """(p_observed - p_chance) / (1 - p_chance) of pairs of labels; None where it does not exist."""
    n = len(pairs)
    firsts, seconds = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(firsts[label] * seconds[label] for label in firsts)
    if not n or chance == n * n:
        return None
    agreed = sum(a == b for a, b in pairs)
    return (agreed * n - chance) / (n * n - chance)


def kappa(clusters: Sequence[Sequence[tuple[str, str]]], seed: int = 0) -> Kappa:
    """Kappa over all pairs of labels; the cases, each with its pairs, are what is resampled.

    Resamples in which kappa does not exist are left out of the interval.
    """
    pairs = [pair for cluster in clusters for pair in cluster]
    value = cohen(pairs)
    observed = sum(a == b for a, b in pairs) / len(pairs) if pairs else 0.0
    if value is None:
        return Kappa(len(pairs), observed, None, None, None)
    lots = random.Random(seed)
    resampled = (
        cohen([pair for cluster in lots.choices(clusters, k=len(clusters)) for pair in cluster])
        for _ in range(DRAWS)
    )
    found = sorted(one for one in resampled if one is not None)
    low, high = int(0.025 * len(found)), int(0.975 * len(found))
    return Kappa(len(pairs), observed, value, found[low], found[min(high, len(found) - 1)])
