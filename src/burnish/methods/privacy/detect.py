"""Detectors of personal data: by rule, and the union of several."""

import functools
import hashlib
import importlib.metadata
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules import REGIONS, rules_for
from burnish.methods.privacy.rules.encoded import encoded
from burnish.methods.privacy.spans import CATEGORIES, Span, resolve
from burnish.methods.privacy.view import View, look_through, token_pattern

RULES_VERSION = "2"
_CATEGORY = re.compile(r"[A-Z][A-Z0-9_]*")
_PASSES = 8
_BREAK = "\n\n"
_SOURCES = ("detect", "page", "spans", "view")


class Detector(Protocol):
    """Finds personal data. `digest` changes whenever what it would find may change."""

    @property
    def version(self) -> str:
        """A readable version of the detector."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of its rules and settings (or of a model's bytes), in hexadecimal."""
        ...

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        """For each text its spans, sorted and disjoint, in characters of that text."""
        ...


@dataclass(frozen=True, slots=True)
class RuleDetector:
    """Finds identifiers by their form, check digits and the words beside them.

    `patterns` are further (category, regular expression) pairs, `deny` are (category, literal)
    pairs that are always found, `allow` are literals that never are (case does not count for
    either). The expressions run unbounded: use none that backtracks without end. Raises ValueError
    for an unknown category or region, or an expression that is invalid or matches nothing at all.
    """

    categories: tuple[str, ...] = CATEGORIES
    regions: tuple[str, ...] = REGIONS
    patterns: tuple[tuple[str, str], ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        _only("category", self.categories, CATEGORIES)
        _only("region", self.regions, REGIONS)
        for category, expression in (*self.patterns, *((c, re.escape(d)) for c, d in self.deny)):
            _usable(category, expression)

    @property
    def version(self) -> str:
        """The version of the rules."""
        return RULES_VERSION

    @property
    def digest(self) -> str:
        """SHA-256 over the source of the rules, the settings and the libraries' versions."""
        settings = [self.categories, self.regions, self.patterns, self.allow, self.deny]
        said = json.dumps([_source_digest(), _libraries(), settings], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        """For each text its spans; masking them leaves a text in which nothing more is found."""
        allowed = frozenset(word.casefold() for word in self.allow)
        return [self._detect(text, allowed) for text in texts]

    def _detect(self, text: str, allowed: frozenset[str]) -> list[Span]:
        tokens = token_pattern(self._own_categories())
        found: list[Span] = []
        for _ in range(_PASSES):
            view = look_through(text, tokens, found)
            more = [s for s in self._on(view) if _wanted(text, s, found, allowed)]
            if not more:
                break
            # A masked neighbour can bare what it hid ("x@y.org0412345678"): look again.
            found = resolve([*found, *_clipped(more, found)])
        return found

    def _on(self, view: View) -> Iterator[Span]:
        page = Page(view.text)
        rules = rules_for(self.categories, self.regions)
        finds = [span for rule in rules for span in rule.find(page)]
        finds += encoded(page, rules)
        for category, pattern in _compiled(self.patterns, self.deny):
            finds += [
                Span(*match.span(), category, 1.0)
                for match in pattern.finditer(page.text)
                if match.end() > match.start()
            ]
        yield from (view.original(span) for span in _outside_tokens(view.text, finds))

    def _own_categories(self) -> tuple[str, ...]:
        named = {category for category, _ in (*self.patterns, *self.deny)}
        return tuple(sorted(named - set(CATEGORIES)))


@dataclass(frozen=True, slots=True)
class UnionDetector:
    """What any of several detectors finds: rules and a named-entity model, say."""

    detectors: tuple[Detector, ...]

    @property
    def version(self) -> str:
        """The versions of its detectors, joined by '+'."""
        return "+".join(detector.version for detector in self.detectors)

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of its detectors, in their order."""
        joined = "\n".join(detector.digest for detector in self.detectors)
        return hashlib.sha256(joined.encode()).hexdigest()

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        """For each text the union of the finds."""
        each = [detector.detect(texts) for detector in self.detectors]
        return [
            resolve(span for finds in each for span in finds[index]) for index in range(len(texts))
        ]


def together(detector: Detector, texts: Sequence[str]) -> list[list[Span]]:
    """The spans of the parts of one document, read as one: a name in one part is found in all."""
    starts, position = [], 0
    for text in texts:
        starts.append(position)
        position += len(text) + len(_BREAK)
    parts: list[list[Span]] = [[] for _ in texts]
    for span in detector.detect([_BREAK.join(texts)])[0] if texts else ():
        for index in range(bisect_right(starts, span.start) - 1, len(texts)):
            first = max(span.start - starts[index], 0)
            last = min(span.end - starts[index], len(texts[index]))
            if span.end <= starts[index]:
                break
            if first < last:
                parts[index].append(Span(first, last, span.category, span.score))
    return parts


def _only(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise ValueError(f"unknown {what} {name!r}; known are {', '.join(known)}")


def _usable(category: str, expression: str) -> None:
    if not _CATEGORY.fullmatch(category):
        raise ValueError(f"category {category!r} is not in capitals, digits and underscores")
    try:
        matches_nothing = re.compile(expression).fullmatch("") is not None
    except re.error as error:
        raise ValueError(f"the pattern for {category} is no regular expression: {error}") from error
    if matches_nothing:
        raise ValueError(
            f"the pattern for {category} matches the empty text; make it need a character"
        )


@functools.lru_cache(maxsize=32)
def _compiled(
    patterns: tuple[tuple[str, str], ...], deny: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, re.Pattern[str]], ...]:
    literal = tuple((c, re.compile(re.escape(text), re.IGNORECASE)) for c, text in deny)
    return (*((c, re.compile(expression)) for c, expression in patterns), *literal)


def _wanted(text: str, span: Span, found: Sequence[Span], allowed: frozenset[str]) -> bool:
    return not allowed or text[span.start : span.end].casefold() not in allowed


def _outside_tokens(text: str, finds: list[Span]) -> Iterator[Span]:
    """The finds without the mask tokens they may reach over."""
    inert = "\ufffc"
    if inert not in text:
        yield from finds
        return
    for span in finds:
        start = span.start
        for part in text[span.start : span.end].split(inert):
            if part.strip():
                yield Span(start, start + len(part), span.category, span.score)
            start += len(part) + 1


def _clipped(more: list[Span], found: Sequence[Span]) -> list[Span]:
    """New finds; a character next to a found span may map into it, so they are kept apart."""
    return [s for s in more if not any(f.start < s.end and s.start < f.end for f in found)]


@functools.lru_cache(maxsize=1)
def _source_digest() -> str:
    """SHA-256 over the names and bytes of the sources that detect (line ends aside)."""
    folder = Path(__file__).parent
    total = hashlib.sha256()
    for path in sorted([*(folder / f"{name}.py" for name in _SOURCES), *folder.glob("rules/*.py")]):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()


def _libraries() -> list[str]:
    names = ("python-stdnum", "phonenumbers")
    return [f"{name}=={importlib.metadata.version(name)}" for name in names]
