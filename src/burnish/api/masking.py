"""The detector of the pipeline, for anyone: texts in, spans or masked texts out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from burnish.core.errors import InputError
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
    """The spans of personal data in each text, in order, in characters of that text.

    Raises `InputError` for a single string where a list of texts is meant, ValueError for an
    unknown category.
    """
    if isinstance(texts, str):
        raise InputError("texts is one string", remedy="give a list of texts: [text]")
    detector = RuleDetector(categories=tuple(categories))
    return [[_found(span) for span in detector.detect([text])[0]] for text in texts]


def mask(
    texts: Iterable[str], *, categories: Sequence[str] = CATEGORIES, style: Style = "token"
) -> list[str]:
    """Each text with its personal data replaced by category tokens, in order.

    Raises as `detect`.
    """
    kept = texts if isinstance(texts, str) else list(texts)
    found = detect(kept, categories=categories)
    return [replaced(text, spans, style) for text, spans in zip(kept, found, strict=True)]


def replaced(text: str, spans: Iterable[Found], style: Style = "token") -> str:
    """The text with these spans of it replaced."""
    return replace_spans(text, [Span(**span) for span in spans], style)


def _found(span: Span) -> Found:
    return Found(start=span.start, end=span.end, category=span.category, score=float(span.score))
