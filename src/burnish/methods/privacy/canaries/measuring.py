"""How many of the planted identifiers a detector covers, with exact bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from burnish.methods.privacy.canaries.planting import Canary
from burnish.methods.privacy.detect import Detector


@dataclass(frozen=True, slots=True)
class Recall:
    """Canaries found whole among those planted, with exact 95 % bounds."""

    name: str
    planted: int
    found: int
    lower: float
    upper: float

    @property
    def recall(self) -> float:
        """The share found."""
        return self.found / self.planted


@dataclass(frozen=True, slots=True)
class CategoryRecall:
    """A category's recall, and that of its kinds where it has several."""

    whole: Recall
    kinds: tuple[Recall, ...] = ()


def recall(detector: Detector, canaries: Sequence[Canary]) -> list[CategoryRecall]:
    """The recall of each planted category, in the order of the canaries.

    A canary counts as found when every character of it is covered, whatever the category given:
    what is masked under another name is masked. The bounds are Clopper and Pearson's (1934).
    """
    found = detector.detect([canary.text for canary in canaries])
    hits: dict[str, dict[str, list[bool]]] = {}
    for canary, spans in zip(canaries, found, strict=True):
        covered = {place for span in spans for place in range(span.start, span.end)}
        whole = covered.issuperset(range(canary.start, canary.end))
        hits.setdefault(canary.category, {}).setdefault(canary.kind, []).append(whole)
    return [_of_category(name, kinds) for name, kinds in hits.items()]


def recall_by_engine(
    engines: Mapping[str, Detector], canaries: Sequence[Canary]
) -> dict[str, list[CategoryRecall]]:
    """Each engine's own recall on the same canaries, by the engine's name."""
    return {name: recall(detector, canaries) for name, detector in engines.items()}


def facts(found: Sequence[CategoryRecall]) -> list[dict[str, Any]]:
    """The recalls as they are reported: a record a category, its kinds within."""
    return [
        {
            "category": one.whole.name,
            **_figures(one.whole),
            "kinds": [{"kind": kind.name, **_figures(kind)} for kind in one.kinds],
        }
        for one in found
    ]


def missed(report: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of each reported category the share of canaries missed, and its upper 95 % bound."""
    return [
        {
            "category": one["category"],
            "planted": one["planted"],
            "missed": one["planted"] - one["found"],
            "rate": round(1 - one["recall"], 6),
            "upper": round(1 - one["lower"], 6),
        }
        for one in report
    ]


def _figures(found: Recall) -> dict[str, Any]:
    return {
        "planted": found.planted,
        "found": found.found,
        "recall": round(found.recall, 6),
        "lower": round(found.lower, 6),
        "upper": round(found.upper, 6),
    }


def _of_category(category: str, kinds: Mapping[str, Sequence[bool]]) -> CategoryRecall:
    whole = _recall(category, [hit for hits in kinds.values() for hit in hits])
    named = {kind: hits for kind, hits in kinds.items() if kind}
    parts = tuple(_recall(kind, hits) for kind, hits in named.items()) if len(named) > 1 else ()
    return CategoryRecall(whole, parts)


def _recall(name: str, hits: Sequence[bool]) -> Recall:
    return Recall(name, len(hits), sum(hits), *clopper_pearson(sum(hits), len(hits)))


def clopper_pearson(found: int, planted: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact two-sided bounds of a proportion (Clopper & Pearson, Biometrika 26, 1934)."""
    from scipy.special import betaincinv  # dear to import, and every command comes by here

    tail = (1 - confidence) / 2
    lower = float(betaincinv(found, planted - found + 1, tail)) if found else 0.0
    upper = float(betaincinv(found + 1, planted - found, 1 - tail)) if found < planted else 1.0
    return lower, upper
