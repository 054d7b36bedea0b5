"""The detector of the pipeline, for anyone: texts in, spans or masked texts out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.replace import Style
from burnish.methods.privacy.replace import mask as replace_spans
from burnish.methods.privacy.spans import CATEGORIES, Span


class Found(TypedDict):
    """One span in characters of the input text."""

    start: int
    end: int
    category: str
    score: float


def detect(texts: Iterable[str], *, categories: Sequence[str] = CATEGORIES) -> list[list[Found]]:
    """The spans of personal data in each text, in order, in characters of that text."""
    detector = RuleDetector(categories=tuple(categories))
    return [[_found(span) for span in detector.detect([text])[0]] for text in texts]


def mask(
    texts: Iterable[str], *, categories: Sequence[str] = CATEGORIES, style: Style = "token"
) -> list[str]:
    """Each text with its personal data replaced by category tokens, in order."""
    detector = RuleDetector(categories=tuple(categories))
    return [replace_spans(text, detector.detect([text])[0], style) for text in texts]


def _found(span: Span) -> Found:
    return Found(start=span.start, end=span.end, category=span.category, score=float(span.score))
