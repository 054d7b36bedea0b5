"""The specification's comparison of techniques (table 12.1), and the figures measured beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from burnish.methods.training.technique_settings import Technique

_SPIKE_WINDOW, _SPIKE_TIMES, _SPIKE_SHARE = 5, 3.0, 0.1
_HIGH = 0.95


@dataclass(frozen=True)
class Indicated:
    """What the specification says of a technique; None where it says nothing."""

    memory: str
    quality: float
    cost: float
    stability: str
    serving: str


INDICATED: dict[Technique, Indicated] = {
    "full": Indicated("very high", 1.0, 1.0, "medium", "low (standard weights)"),
    "lora": Indicated("low", 0.97, 0.25, "high", "low (adapter merge)"),
    "qlora": Indicated("very low", 0.95, 0.1, "high", "low (adapter merge)"),
    "prefix": Indicated("low", 0.90, 0.1, "high", "medium (prefix at inference)"),
}


@dataclass(frozen=True)
class Stability:
    """How evenly a training went: its gradient norms' 95th percentile over their median, and the
    steps whose loss rose far above those before.
    """

    spread: float | None
    spikes: int


def relative_quality(loss: float, baseline: float) -> float:
    """How likely the right token is made, against the baseline: exp(baseline - loss).

    Losses are nats per token, so this is the ratio of the geometric means of its probability.
    """
    return math.exp(min(baseline - loss, 50.0))


def stability(losses: Sequence[float], norms: Sequence[float]) -> Stability:
    """The spread of the gradient norms and the spikes of the loss.

    A spike lies above the median of the five losses before it by a tenth, and by three times
    their median deviation from it.
    """
    spread = None
    if norms and median(norms) > 0:
        ordered = sorted(norms)
        spread = ordered[min(len(ordered) - 1, int(_HIGH * len(ordered)))] / median(ordered)
    places = range(_SPIKE_WINDOW, len(losses))
    spikes = sum(_is_spike(losses[at], losses[at - _SPIKE_WINDOW : at]) for at in places)
    return Stability(spread, spikes)


def _is_spike(loss: float, before: Sequence[float]) -> bool:
    level = median(before)
    deviation = median(abs(one - level) for one in before)
    return loss > level * (1 + _SPIKE_SHARE) and loss > level + _SPIKE_TIMES * deviation
