"""The detector by rules, and what every detector of personal data is."""

import functools
import hashlib
import importlib.metadata
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rulebook import Rulebook, rulebook
from burnish.methods.privacy.rules import REGIONS
from burnish.methods.privacy.scanner import available
from burnish.methods.privacy.spans import CATEGORIES, Span, resolve
from burnish.methods.privacy.view import INERT, look_through, token_pattern

RULES_VERSION = "4"
_CATEGORY = re.compile(r"[A-Z][A-Z0-9_]*")
_PASSES = 8
_BREAK = "\n\n"
_BATCH = 2_000_000
_SOURCES = (
    "anchor", "detect", "expressions", "numbers", "page", "rulebook", "scanner", "spans", "view",
)  # fmt: skip


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
    either). The expressions run unbounded: use none that backtracks without end. `scan` chooses
    whether texts are scanned for places before rules search them: None scans where Hyperscan is
    installed and there is enough to read; the finds are the same. Raises ValueError for an unknown
    category or region, an expression that is invalid or matches nothing at all, or `scan=True`
    where Hyperscan is not installed.
    """

    categories: tuple[str, ...] = CATEGORIES
    regions: tuple[str, ...] = REGIONS
    patterns: tuple[tuple[str, str], ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[tuple[str, str], ...] = ()
    scan: bool | None = None

    def __post_init__(self) -> None:
        _only("category", self.categories, CATEGORIES)
        _only("region", self.regions, REGIONS)
        for category, expression in (*self.patterns, *((c, re.escape(d)) for c, d in self.deny)):
            _usable(category, expression)
        if self.scan and not available():
            raise ValueError("scan=True needs the package hyperscan, which is not installed")

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
        """For each text its spans; masking them leaves a text in which nothing more is found.

        A text is read without its neighbours; many at once are faster.
        """
        found: list[list[Span]] = []
        for batch in _batches(texts):
            found += self._detect(batch, [[] for _ in batch])
        return found

    def detect_beside(
        self, texts: Sequence[str], masked: Sequence[Sequence[Span]]
    ) -> list[list[Span]]:
        """What comes to light in each text when its spans are masked.

        The spans hold all that `detect` found, so only what lies near one of them is looked at.
        """
        found: list[list[Span]] = []
        for batch in _batches(texts):
            hidden = masked[len(found) : len(found) + len(batch)]
            known = [frozenset(spans) for spans in hidden]
            spans = self._detect(batch, [[*here] for here in hidden], again=True)
            found += [
                [span for span in here if span not in old]
                for here, old in zip(spans, known, strict=True)
            ]
        return found

    def _detect(
        self, texts: Sequence[str], found: list[list[Span]], again: bool = False
    ) -> list[list[Span]]:
        tokens = token_pattern(self._own_categories())
        book = rulebook(self.categories, self.regions)
        scanner = book.scanner(sum(map(len, texts)), self.scan)
        open_ = list(range(len(texts)))
        for turn in range(_PASSES):
            views = [look_through(texts[index], tokens, found[index]) for index in open_]
            # A masked neighbour can bare what it hid ("x@y.org0412345678"): look again, near it.
            pages = scanner.pages([view.text for view in views], changed=again or turn > 0)
            more_in = []
            for index, view, page in zip(open_, views, pages, strict=True):
                finds = map(view.original, _outside_tokens(page.text, self._on(page, book)))
                more = [*self._wanted(texts[index], finds)]
                if more:
                    found[index] = resolve([*found[index], *_clipped(more, found[index])])
                    more_in.append(index)
            open_ = more_in
            if not open_:
                break
        return found

    def _on(self, page: Page, book: Rulebook) -> list[Span]:
        finds = book.finds(page)
        for category, pattern in _compiled(self.patterns, self.deny):
            finds += [
                Span(*match.span(), category, 1.0)
                for match in pattern.finditer(page.text)
                if match.end() > match.start()
            ]
        return finds

    def _wanted(self, text: str, finds: Iterable[Span]) -> Iterable[Span]:
        """The finds that are not on the list of what is allowed."""
        if not self.allow:
            return finds
        allowed = frozenset(word.casefold() for word in self.allow)
        return (span for span in finds if text[span.start : span.end].casefold() not in allowed)

    def _own_categories(self) -> tuple[str, ...]:
        named = {category for category, _ in (*self.patterns, *self.deny)}
        return tuple(sorted(named - set(CATEGORIES)))


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


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in stretches of about two million characters, so that memory stays flat."""
    first = size = 0
    for index, text in enumerate(texts):
        size += len(text)
        if size >= _BATCH:
            yield texts[first : index + 1]
            first, size = index + 1, 0
    yield texts[first:]


def _outside_tokens(text: str, finds: list[Span]) -> Iterator[Span]:
    """The finds without the mask tokens they may reach over."""
    if INERT not in text:
        yield from finds
        return
    for span in finds:
        start = span.start
        for part in text[span.start : span.end].split(INERT):
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
