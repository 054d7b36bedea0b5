"""Masking: spans of a text become other words; nothing outside them changes.

The words are category tokens, or numbered tokens that tell values apart within a document, or
keyed surrogates (`surrogates`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.documents import read_together
from burnish.methods.privacy.leaves import leaves, rebuilt
from burnish.methods.privacy.people import People
from burnish.methods.privacy.spans import Span, resolve
from burnish.methods.privacy.surrogates import Surrogates
from burnish.methods.privacy.values import one_value

Style = Literal["token", "numbered", "surrogate"]
Words = Callable[[str, str], str]
"""What stands in the place of a category's value."""

_NUMBERED = re.compile(r"\[([A-Z][A-Z0-9_]*)_(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class Replaced:
    """A masked text: its spans in the text before, and where each stands in the text after."""

    text: str
    spans: tuple[Span, ...]
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """How values are named: a style, and for surrogates the key and the scope of them.

    Raises ValueError for surrogates without a key.
    """

    style: Style = "token"
    surrogates: Surrogates | None = None

    def __post_init__(self) -> None:
        if (self.style == "surrogate") != (self.surrogates is not None):
            raise ValueError("the style 'surrogate', and no other, needs a key")

    def words(
        self, texts: Sequence[str], found: Sequence[Sequence[Span]], document: str = ""
    ) -> Words:
        """What names the values of one document, all of whose texts and spans are given."""
        if self.style == "token":
            return _token
        names = _people(texts, found)
        if self.surrogates is not None:
            return self.surrogates.of_document(document, names, texts)
        return _Numbers(texts, names).token


def mask(text: str, spans: Sequence[Span], style: Style = "token") -> str:
    """The text with every span replaced by its token.

    `token` writes `[PERSON]`; `numbered` writes `[PERSON_1]`, `[PERSON_2]`, ..., one number for
    one value (case and separators aside) within this text, beginning above the numbers that the
    text already holds. Raises ValueError when a span lies outside the text.
    """
    return mask_together([text], [spans], Naming(style))[0].text


def mask_together(
    texts: Sequence[str], found: Sequence[Sequence[Span]], naming: Naming, document: str = ""
) -> list[Replaced]:
    """The texts of one document, masked: the same value is named alike in all of them.

    `found` are the spans of each text; `document` names the document where that decides (see
    `Surrogates`). Raises ValueError when a span lies outside its text.
    """
    resolved = [resolve(spans) for spans in found]
    if not any(resolved):
        return [Replaced(text, (), ()) for text in texts]
    for text, spans in zip(texts, resolved, strict=True):
        _inside(text, spans)
    words = naming.words(texts, resolved, document)
    return [_replaced(text, spans, words) for text, spans in zip(texts, resolved, strict=True)]


def mask_json(value: Any, detector: Detector, style: Style = "token") -> Any:
    """The same JSON value with personal data masked in its strings, keys and long numbers.

    A number whose digits are found to be an identifier becomes its token, a string. JSON inside
    strings is entered. Keys that mask to the same text are told apart by `#2`, `#3`, ... so that
    no entry is lost.
    """
    found = leaves(value)
    texts = [leaf.text for leaf in found]
    spans = read_together(detector, [(texts, [leaf.label for leaf in found])])[0]
    return rebuilt(value, [one.text for one in mask_together(texts, spans, Naming(style))])


def _inside(text: str, spans: Sequence[Span]) -> None:
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            raise ValueError(
                f"span {span.start}..{span.end} lies outside the text of {len(text)} characters"
            )


def _replaced(text: str, spans: Sequence[Span], words: Words) -> Replaced:
    if not spans:
        return Replaced(text, (), ())
    out: list[str] = []
    places: list[tuple[int, int]] = []
    done = length = 0
    for span in spans:
        word = words(span.category, text[span.start : span.end])
        out += (text[done : span.start], word)
        start = length + span.start - done
        length = start + len(word)
        places.append((start, length))
        done = span.end
    out.append(text[done:])
    return Replaced("".join(out), tuple(spans), tuple(places))


def _token(category: str, value: str) -> str:
    return f"[{category}]"


def _people(texts: Sequence[str], found: Sequence[Sequence[Span]]) -> People:
    return People(
        text[span.start : span.end]
        for text, spans in zip(texts, found, strict=True)
        for span in spans
        if span.category == "PERSON"
    )


class _Numbers:
    """Hands out the numbered tokens of one document."""

    def __init__(self, texts: Sequence[str], people: People) -> None:
        self.people = people
        self.numbers: dict[tuple[str, object], int] = {}
        self.last: dict[str, int] = {}
        for category, count in (pair for text in texts for pair in _NUMBERED.findall(text)):
            self.last[category] = max(self.last.get(category, 0), int(count))

    def token(self, category: str, value: str) -> str:
        """The token of a value: the number it has, or the next."""
        same = self.people.of(value) if category == "PERSON" else one_value(category, value)
        key = (category, same)
        if key not in self.numbers:
            self.last[category] = self.last.get(category, 0) + 1
            self.numbers[key] = self.last[category]
        return f"[{category}_{self.numbers[key]}]"
