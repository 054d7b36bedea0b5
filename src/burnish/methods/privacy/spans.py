"""Spans: where personal data lies in a text, and how overlapping finds become one."""

from collections.abc import Iterable
from dataclasses import dataclass

CATEGORIES: tuple[str, ...] = (
    "PERSON", "EMAIL", "PHONE", "TFN", "ABN", "ACN", "MEDICARE", "CARD", "IBAN", "BANK_ACCOUNT",
    "DATE_OF_BIRTH", "ADDRESS", "IP", "SECRET", "DRIVER_LICENCE", "PASSPORT", "SSN", "ITIN", "NINO",
    "NHS", "VAT", "SWIFT", "CRYPTO", "MAC", "URL", "HANDLE", "LICENCE_PLATE", "COORDINATES",
    "ORGANISATION", "LOCATION",
)  # fmt: skip
"""The categories a detector may name, in the order that settles ties."""

MODEL_CATEGORIES: tuple[str, ...] = ("ORGANISATION", "LOCATION")
"""Found by a named-entity model and by no rule; off unless the plan names them."""

DEFAULT_CATEGORIES: tuple[str, ...] = tuple(c for c in CATEGORIES if c not in MODEL_CATEGORIES)
"""What is looked for unless the plan says otherwise."""

REGIONS_OF: dict[str, tuple[str, ...]] = {
    "TFN": ("AU",),
    "ABN": ("AU",),
    "ACN": ("AU",),
    "MEDICARE": ("AU",),
    "SSN": ("US",),
    "ITIN": ("US",),
    "NINO": ("GB",),
    "NHS": ("GB",),
    "VAT": ("EU", "GB"),
}
"""The regions of the categories that exist in some regions only; the others hold everywhere."""

_RANK = {name: rank for rank, name in enumerate(CATEGORIES)}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One find: characters `start` (in) to `end` (out) of the text, a category, a score in 0..1."""

    start: int
    end: int
    category: str
    score: float


def resolve(spans: Iterable[Span]) -> list[Span]:
    """Sorted, disjoint spans: overlapping ones become their union, named by the strongest.

    The union is taken because choosing one of two overlapping finds would leave part of the other
    in the text. The strongest has the highest score, then the greatest length, then the earliest
    place in `CATEGORIES`. Spans that only touch stay two.
    """
    merged: list[Span] = []
    strongest: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.category, -s.score)):
        if merged and span.start < merged[-1].end:
            strongest[-1] = max(strongest[-1], span, key=_strength)
            best, union = strongest[-1], merged[-1]
            end = max(union.end, span.end)
            merged[-1] = Span(union.start, end, best.category, best.score)
        else:
            merged.append(span)
            strongest.append(span)
    return merged


def _strength(span: Span) -> tuple[float, int, int, str]:
    rank = _RANK.get(span.category, len(_RANK))
    return span.score, span.end - span.start, -rank, span.category
