"""The shapes of a rule: a pattern over the page, over its numbers, or a finder of its own.

A rule tells the scan by its `anchors` where it may find something: with anchors it is not even
asked about a page on which none of them was seen. A rule without anchors is asked about every
page and searches the whole of it, which is slow; a `NumberRule` needs none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from burnish.methods.privacy.anchor import Anchor, anchor_for
from burnish.methods.privacy.page import Check, Finder, Page
from burnish.methods.privacy.spans import Span


class Rule(Protocol):
    """Finds one category on a page; `regions` empty means everywhere.

    `anchors` and `numbers` are all that it looks for through the scan: it finds nothing where none
    of them was seen. Both empty means that it reads whole pages.
    """

    @property
    def category(self) -> str: ...
    @property
    def regions(self) -> tuple[str, ...]: ...
    @property
    def anchors(self) -> tuple[Anchor, ...]: ...
    @property
    def numbers(self) -> tuple[re.Pattern[str], ...]: ...
    def find(self, page: Page) -> Iterator[Span]: ...


@dataclass(frozen=True, slots=True)
class PatternRule:
    """A pattern tried only where one of the `needles` (lower case) occurs on the page.

    The find is the group `value` where the pattern has one, else the whole match.
    """

    category: str
    pattern: re.Pattern[str]
    check: Check
    needles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The anchor made from its pattern."""
        return (anchor_for(self.pattern),)

    @property
    def numbers(self) -> tuple[re.Pattern[str], ...]:
        """None: it searches text, not runs of digits."""
        return ()

    def find(self, page: Page) -> Iterator[Span]:
        """The finds in order of their start."""
        # Needles are sought before a whole page is searched, but after the scan saw a match.
        held = page.hits is None and self._held(page)
        if page.hits is None and not held:
            return
        group: int | str = "value" if "value" in self.pattern.groupindex else 0
        for match in page.matches(self.pattern):
            held = held or self._held(page)
            if not held:
                return
            start, end = match.span(group)
            score = self.check(page, start, end) if end > start else 0.0
            if score:
                yield Span(start, end, self.category, score)

    def _held(self, page: Page) -> bool:
        return not self.needles or page.holds(self.needles)


@dataclass(frozen=True, slots=True)
class NumberRule:
    """A pattern tried only inside runs that hold at least `digits` digits."""

    category: str
    pattern: re.Pattern[str]
    check: Check
    digits: int
    regions: tuple[str, ...] = ()

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """None: runs of digits are sought for all rules at once."""
        return ()

    @property
    def numbers(self) -> tuple[re.Pattern[str], ...]:
        """Its pattern."""
        return (self.pattern,)

    def find(self, page: Page) -> Iterator[Span]:
        """The finds in order of their start."""
        for first, last, digits in page.runs(self.pattern):
            if digits < self.digits:
                continue
            # One character more, so that a letter right after the run is seen by a look-ahead.
            for match in self.pattern.finditer(page.text, first, last + 1):
                score = self.check(page, match.start(), match.end())
                if score:
                    yield Span(match.start(), match.end(), self.category, score)


@dataclass(frozen=True, slots=True)
class FinderRule:
    """A rule that needs more than a pattern and a check.

    `patterns` are all that the finder seeks by `page.matches`, `low` those that it seeks in lower
    case, `numbers` those it gives to `page.runs`. With any of them it is asked only about pages
    that may hold one, so it must find nothing else.
    """

    category: str
    finder: Finder
    regions: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    numbers: tuple[re.Pattern[str], ...] = ()
    low: tuple[re.Pattern[str], ...] = ()

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The anchors of its patterns."""
        low = (anchor_for(pattern, low=True) for pattern in self.low)
        return (*map(anchor_for, self.patterns), *low)

    def find(self, page: Page) -> Iterator[Span]:
        """What the finder finds."""
        return self.finder(page)


def number(pattern: str) -> re.Pattern[str]:
    """A compiled number pattern that does not begin or end inside a word or a longer number.

    A comma joins groups of three digits; between other digits it parts the cells of a table.
    """
    return re.compile(
        rf"(?<![0-9A-Za-z_])(?<![0-9]\.){_NO_THOUSANDS}(?:{pattern})"
        r"(?![0-9A-Za-z_])(?!\.[0-9])(?!,[0-9]{3}(?![0-9]))"
    )


_NO_THOUSANDS = r"(?:(?<![0-9],)|(?<=[0-9]{4},)|(?![0-9]{3}(?:,[0-9]{3}|(?![ .-]?[0-9]))))"


def words(*alternatives: str) -> re.Pattern[str]:
    """Context words (lower-case regular expressions) that begin and end at word boundaries.

    Where each begins with a letter that is not optional, the pattern does too, so that a search
    can skip to the letters that some word begins with.
    """
    said = "|".join(alternatives)
    if not all(_LETTER_FIRST.match(phrase) for phrase in alternatives):
        return re.compile(rf"(?<![a-z])(?:{said})(?![a-z])")
    heads = "".join(sorted({phrase[0] for phrase in alternatives}))
    bodies = "|".join(
        f"(?<={head})(?:{'|'.join(p[1:] for p in alternatives if p[0] == head)})" for head in heads
    )
    return re.compile(rf"[{heads}](?<![a-z].)(?:{bodies})(?![a-z])")


_LETTER_FIRST = re.compile(r"[a-z](?![?*{|])(?:[^|(\[]|\[[^\]|(]*\]|\((?:[^()]|\([^()]*\))*\))*$")
