"""What one gate's paired evidence weighs: estimate, one-sided bounds and two p-values.

`limit` is the harm that the gate must be shown to stay under: the margin of a non-inferiority
gate, minus the asked-for improvement of an `improve` gate.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from burnish.methods.evaluation.statistics import (
    Interval,
    cluster_mean,
    mcnemar,
    tango_interval,
    tango_p_above,
    tango_p_below,
)

_INSIDE = 1 - 1e-9
_ALIKE = 0.1
_FEW = 5


@dataclass(frozen=True)
class Weight:
    """Harm as measured; `p_harm` speaks for a regression, `p_safe` for a pass, when small."""

    delta: float
    bounds: Interval
    p_harm: float
    p_safe: float


def weigh_counts(
    losses: int, wins: int, items: int, limit: float, alpha: float, effect: float = 1.0
) -> Weight:
    """Right-or-wrong items: exact McNemar against harm, Tango's score test for safety.

    A negative limit asks for an improvement; the evidence of harm is then, by Tango's test, that
    the improvement falls short of it. Under a design `effect` above 1 so many items weigh as one.
    """
    harm = mcnemar(losses, wins).worse
    counts = (losses / effect, wins / effect, items / effect)
    return Weight(
        delta=(losses - wins) / items,
        bounds=tango_interval(*counts, 1 - 2 * alpha),
        p_harm=harm if limit >= 0 else tango_p_above(*counts, limit),
        p_safe=tango_p_below(*counts, limit),
    )


def design_effect(clusters: Sequence[str], discordant: int) -> float:
    """How many items of one template weigh as one item (Kish 1965, section 5.4).

    1 + (m - 1) rho, with m the items of a cluster as its mean item sees it. How much items of a
    cluster are alike shows only where some differ: the cluster-robust error sees it then. Before,
    rho is assumed, at 0.1, twice what a spread of five points between templates makes of a loss
    of two, and it fades as differing items become many.
    """
    if not clusters:
        return 1.0
    sizes = Counter(clusters).values()
    mean = sum(size * size for size in sizes) / sum(sizes)
    return 1 + (mean - 1) * _ALIKE * _FEW / (_FEW + discordant)


@dataclass(frozen=True)
class Differences:
    """Harm item by item; items of one cluster move together.

    The error is no less than `floor`, the degrees of freedom no more than `freedom`.
    """

    harm: Sequence[float]
    clusters: Sequence[str] | None = None
    floor: float = 0.0
    freedom: float = math.inf


def weigh_differences(found: Differences, limit: float, alpha: float) -> Weight:
    """A continuous or clustered measure: t with a cluster-robust error.

    Where no item differs the t would be infinitely sure; then the counts' bound for "nothing
    seen in so many items" stands in, clusters weighed by their design effect.
    """
    mean = cluster_mean(found.harm, found.clusters)
    error, freedom = max(mean.error, found.floor), min(mean.freedom, found.freedom)
    mean = replace(mean, error=error, freedom=freedom)
    if mean.mean == 0 and mean.error == 0:
        near = max(-_INSIDE, min(_INSIDE, limit))
        effect = design_effect(found.clusters or (), 0)
        return weigh_counts(0, 0, len(found.harm), near, alpha, effect)
    return Weight(
        delta=mean.mean,
        bounds=mean.interval(1 - 2 * alpha),
        p_harm=mean.p_above(min(limit, 0.0)),
        p_safe=mean.p_below(limit),
    )


def stricter(plain: Weight, robust: Weight) -> Weight:
    """The weight that proves least: neither ignores clusters nor trusts a t on rare events."""
    return Weight(
        delta=plain.delta,
        bounds=Interval(
            min(plain.bounds.lower, robust.bounds.lower),
            max(plain.bounds.upper, robust.bounds.upper),
        ),
        p_harm=max(plain.p_harm, robust.p_harm),
        p_safe=max(plain.p_safe, robust.p_safe),
    )
