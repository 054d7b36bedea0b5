"""What a person reads of a comparison: means, differences, and how sure they are."""

import math
from collections.abc import Sequence
from typing import Any

from burnish.methods.evaluation.records import Contrast, Record, contrast, loss_of
from burnish.methods.evaluation.statistics import bootstrap_mean, clopper_pearson

_SEED = 0


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """Base and tuned on one set's items, as JSON: means, difference and loss with intervals."""
    found = contrast(records)
    loss = contrast(records, loss_of)
    return {
        "items": found.n,
        "missing": found.missing,
        "base": mean(found.base),
        "tuned": mean(found.tuned),
        "difference": difference(found),
        "loss": None
        if not loss.n
        else {
            "base": rounded(loss.means()[0]),
            "tuned": rounded(loss.means()[1]),
            "difference": difference(loss),
        },
    }


def mean(scores: Sequence[float]) -> dict[str, Any]:
    """A mean with its 95 % interval: Clopper-Pearson for right-or-wrong items, else bootstrap."""
    if not scores:
        return {"mean": None, "low": None, "high": None, "n": 0}
    if all(score in (0.0, 1.0) for score in scores):
        interval = clopper_pearson(int(sum(scores)), len(scores))
    else:
        interval = bootstrap_mean(scores, _SEED)
    return {
        "mean": rounded(math.fsum(scores) / len(scores)),
        "low": rounded(interval.lower),
        "high": rounded(interval.upper),
        "n": len(scores),
    }


def difference(found: Contrast) -> dict[str, Any]:
    """Tuned minus base, its mean with a 95 % bootstrap interval over whole clusters."""
    if not found.n:
        return {"mean": None, "low": None, "high": None}
    interval = bootstrap_mean(found.deltas, _SEED, clusters=found.clusters)
    return {
        "mean": rounded(math.fsum(found.deltas) / found.n),
        "low": rounded(interval.lower),
        "high": rounded(interval.upper),
    }


def rounded(value: float) -> float | None:
    """Six decimals, or None for a number that does not exist."""
    return round(value, 6) if math.isfinite(value) else None
