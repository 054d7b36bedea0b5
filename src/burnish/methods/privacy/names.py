"""A name found once in a document is found everywhere in it.

A model needs context to see a name, and a document gives it in one place and not in another. So
each word of a name that was found with enough certainty is looked for in the whole document: alone,
in capitals, with a possessive or plural s, hyphened, after a title or initials; in small letters
where no ordinary word reads so. Words that are also ordinary ones need company: a title, an
initial, another word of the name, or (for words that are names as often as not) a capital within a
sentence. What does not spread: words of fewer than three letters alone, titles, particles.
"""

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from burnish.methods.privacy.ner.tokens import Tokens, tokenise
from burnish.methods.privacy.ordinary import ALSO_NAMES, ORDINARY
from burnish.methods.privacy.spans import Span, resolve

SURE = 0.6
"""The least score of a person's name of several words that spreads; a single word needs `LONE`."""
LONE = 0.8


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words(
    """
    mr mrs ms miss mx dr prof professor sir dame madam madame lady lord judge justice president
    captain colonel general major sergeant sgt lieutenant lt rev reverend father sister brother
    uncle aunt auntie master senator king queen prince princess saint officer detective inspector
    """
)
_PARTICLES = _words(
    """
    al ap ben bin da das de del della den der di dos du el ibn jr la le mac mc of san snr sr st
    ten ter the van von zu and or for from with
    """
)
_ENDS_SENTENCE = frozenset(".!?:;\"'*>|-([{\u2022\u201c\u201d\u2018\u2026")
_RARE, _NAMEY, _WORD, _NONE = range(4)
_JOINTS = (" ", "-", "\u2010", "\u2011")


@dataclass(slots=True)
class _Part:
    """A word of a name: how ordinary it is, whether it was found in small letters, whose it is."""

    kind: int
    small: bool
    score: float
    names: set[int] = field(default_factory=set)
    small_seen: int = 0
    large_seen: int = 0


@dataclass(frozen=True, slots=True)
class _Document:
    """A text, its tokens, and the 64-bit names of their words (and of these without a last s)."""

    text: str
    starts: list[int]
    ends: list[int]
    gaps: npt.NDArray[np.int32]
    names: npt.NDArray[np.uint64]

    def word(self, at: int) -> str:
        return self.text[self.starts[at] : self.ends[at]]

    def tokens_of(self, span: Span) -> range:
        return range(bisect_right(self.ends, span.start), bisect_left(self.starts, span.end))


def spread(
    texts: Sequence[str],
    found: Sequence[Sequence[Span]],
    inert: re.Pattern[str] | None = None,
    allow: Collection[str] = (),
) -> list[list[Span]]:
    """The spans of each text with every further occurrence of the persons named in them.

    `inert` matches mask tokens (see `tokenise`); `allow` are words, case folded, that are no name.
    """
    spans = [list(here) for here in found]
    which = [i for i, here in enumerate(spans) if any(map(_spreads, here))]
    if not which:
        return spans
    tokens = tokenise([texts[i] for i in which], inert)
    documents = [_document(texts[index], tokens, place) for place, index in enumerate(which)]
    parts = [_parts(d, spans[i], allow) for d, i in zip(documents, which, strict=True)]
    seen = _seen(tokens, parts)
    for document, index, known, here in zip(documents, which, parts, seen, strict=True):
        if len(here):
            more = _occurrences(document, spans[index], _at(document, known, here))
            spans[index] = _joined(document.text, spans[index], more)
    return spans


def _spreads(span: Span) -> bool:
    return span.category == "PERSON" and span.score >= SURE


def _document(text: str, tokens: Tokens, place: int) -> _Document:
    here = slice(tokens.firsts[place], tokens.firsts[place + 1])
    names = tokens.names[tokens.words[here]]
    return _Document(
        text, tokens.starts[here].tolist(), tokens.ends[here].tolist(), tokens.gaps[here], names
    )


def _parts(document: _Document, spans: Iterable[Span], allow: Collection[str]) -> dict[int, _Part]:
    """The words of the names that spread, by the hash of their folded form."""
    parts: dict[int, _Part] = {}
    for number, span in enumerate(filter(_spreads, spans)):
        words = [(at, document.word(at)) for at in document.tokens_of(span)]
        words = [(at, word) for at, word in words if _kind(word) != _NONE]
        if len(words) < 2 and span.score < LONE:
            continue
        for at, word in words:
            if allow and word.casefold() in allow:
                continue
            name = int(document.names[at, 0])
            part = parts.setdefault(name, _Part(_kind(word), False, span.score))
            part.small |= word[0].islower()
            part.score = max(part.score, span.score)
            part.names.add(number)
    return parts


@functools.lru_cache(maxsize=65536)
def _kind(word: str) -> int:
    """How far a word of a name can be told from other words."""
    low = word.lower()
    if len(word) < 2 or not word[0].isalpha() or low in TITLES or low in _PARTICLES:
        return _NONE
    if len(word) < 3 or low in ORDINARY:
        return _WORD
    return _NAMEY if low in ALSO_NAMES else _RARE


def _seen(tokens: Tokens, parts: Sequence[dict[int, _Part]]) -> list[list[tuple[int, int]]]:
    """For each text, the tokens that are parts of its names, with 1, or 2 for a plural."""
    from burnish.methods.privacy.ner.kernels import standing

    bounds = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(known) for known in parts], out=bounds[1:])
    wanted = np.array([name for known in parts for name in sorted(known)], np.uint64)
    marks = standing(tokens.words, tokens.firsts, tokens.names, wanted, bounds)
    at = np.flatnonzero(marks)
    cuts = np.searchsorted(at, tokens.firsts)
    return [
        list(zip((at[a:b] - first).tolist(), marks[at[a:b]].tolist(), strict=True))
        for a, b, first in zip(cuts[:-1], cuts[1:], tokens.firsts, strict=False)
    ]


def _at(
    document: _Document, known: dict[int, _Part], seen: Iterable[tuple[int, int]]
) -> dict[int, _Part]:
    """By token, the part it is; "Smiths" is one of "Smith", the family or a lost apostrophe."""
    parts: dict[int, _Part] = {}
    plurals: dict[int, _Part] = {}
    for at, form in seen:
        part = known[int(document.names[at, form - 1])]
        if form == 2:
            if part.kind == _WORD:
                continue
            kind = max(part.kind, _kind(document.word(at)))
            part = plurals.setdefault(int(document.names[at, 0]), replace(part, kind=kind))
        parts[at] = part
    return parts


def _occurrences(
    document: _Document, spans: Sequence[Span], parts: Mapping[int, _Part]
) -> list[Span]:
    """Where else the names of `spans` stand."""
    named, taken = _covered(document, spans)
    left = [at for at in parts if at not in taken]
    if not left:
        return []
    _count(document, parts)
    marked = {at for at in left if _stands_alone(document, at, parts[at])}
    left = [at for at in left if at not in marked and not document.word(at)[0].islower()]
    marked |= {at for at in left if _in_company(document, at, named | marked)}
    marked |= _pairs(document, [at for at in left if at not in marked], parts)
    return [_written(document, at, parts[at], taken) for at in sorted(marked)]


def _covered(document: _Document, spans: Iterable[Span]) -> tuple[set[int], set[int]]:
    """(tokens of persons, tokens of any span)."""
    named: set[int] = set()
    taken: set[int] = set()
    for span in spans:
        within = document.tokens_of(span)
        taken.update(within)
        if span.category == "PERSON":
            named.update(within)
    return named, taken


def _count(document: _Document, parts: Mapping[int, _Part]) -> None:
    """How often each part is written small, and how often with a capital."""
    for at, part in parts.items():
        if document.word(at)[0].islower():
            part.small_seen += 1
        else:
            part.large_seen += 1


def _stands_alone(document: _Document, at: int, part: _Part) -> bool:
    """Whether the word needs no company to be the name."""
    if part.kind == _WORD:
        return False
    word = document.word(at)
    usual = part.small or part.small_seen <= part.large_seen
    if word[0].islower():
        return part.kind == _RARE and usual and (part.small or len(word) >= 4)
    if part.kind == _RARE:
        return usual
    return part.small_seen == 0 or _within_sentence(document, at)


def _within_sentence(document: _Document, at: int) -> bool:
    return (
        at > 0
        and int(document.gaps[at]) < 2
        and document.text[document.ends[at - 1] - 1] not in _ENDS_SENTENCE
    )


def _in_company(document: _Document, at: int, named: Collection[int]) -> bool:
    """Whether a title, an initial or another word of a name stands right beside."""
    last = len(document.starts) - 1
    if at < last and at + 1 in named and _joint(document, at, at + 1):
        return True
    if at < last - 1 and at + 2 in named and document.word(at + 1) == "-":
        return True
    if at == 0 or int(document.gaps[at]) > 1:
        return False
    before = document.word(at - 1)
    if before in (".", "-") and at > 1 and int(document.gaps[at - 1]) == 0:
        prior = document.word(at - 2)
        return (at - 2 in named) if before == "-" else _introduces(prior)
    return (at - 1 in named and _joint(document, at - 1, at)) or _introduces(before)


def _introduces(word: str) -> bool:
    """Whether a word is a title or an initial."""
    return word.lower() in TITLES or (len(word) == 1 and word.isupper() and word != "I")


def _joint(document: _Document, one: int, other: int) -> bool:
    return document.text[document.ends[one] : document.starts[other]] in _JOINTS


def _pairs(document: _Document, left: Sequence[int], parts: Mapping[int, _Part]) -> set[int]:
    """Neighbours that are ordinary words each and together a name that was found."""
    marked: set[int] = set()
    for one, other in pairwise(left):
        alike = parts[one].names & parts[other].names
        if other == one + 1 and alike and _joint(document, one, other):
            marked |= {one, other}
    return marked


def _written(document: _Document, at: int, part: _Part, taken: Collection[int]) -> Span:
    """The span of an occurrence, with the initials, the "O'" or the "Smith-" before it."""
    first = at
    while (step := _initial_before(document, first)) and first - step not in taken:
        first -= step
    if first == at and _is_compound(document, at) and at - 2 not in taken:
        first = at - 2
    return Span(document.starts[first], document.ends[at], "PERSON", part.score)


def _is_compound(document: _Document, at: int) -> bool:
    """Whether a word with a capital is joined to this one, which has a capital, by a hyphen."""
    if at < 2 or document.word(at - 1) != "-" or document.gaps[at] or document.gaps[at - 1]:
        return False
    return document.word(at - 2)[0].isupper() and document.word(at)[0].isupper()


def _initial_before(document: _Document, at: int) -> int:
    """How many tokens an initial takes that stands right before a token; 0 where none does."""
    if at < 1 or int(document.gaps[at]) > 1:
        return 0
    before = document.word(at - 1)
    if len(before) == 1 and before.isupper() and before != "I":
        return 1
    if at < 2 or int(document.gaps[at - 1]) != 0 or before not in (".", "'", "\u2019"):
        return 0
    prior = document.word(at - 2)
    close = before == "." or int(document.gaps[at]) == 0
    return 2 if close and len(prior) == 1 and prior.isupper() else 0


def _joined(text: str, found: Sequence[Span], more: Sequence[Span]) -> list[Span]:
    """The spans together; words of one name that were found apart become one span."""
    if not more:
        return list(found)
    new = set(more)
    joined: list[Span] = []
    fresh = False
    for span in resolve([*found, *more]):
        last = joined[-1] if joined else None
        if last and _one_name(text, last, span) and (fresh or span in new):
            joined[-1] = Span(last.start, span.end, "PERSON", max(last.score, span.score))
            fresh = True
        else:
            joined.append(span)
            fresh = span in new
    return joined


def _one_name(text: str, last: Span, span: Span) -> bool:
    both = last.category == span.category == "PERSON"
    return both and text[last.end : span.start] in _JOINTS
