"""The shapes of a rule: a pattern over the page, over its numbers, or a finder of its own.

A rule tells the scan by its `anchors` where it may find something: with anchors it is not even
asked about a page on which none of them was seen. A rule without anchors is asked about every
page and searches the whole of it, which is slow; a `NumberRule` needs none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from burnish.methods.privacy.anchor import Anchor
from burnish.methods.privacy.page import Check, Finder, Page
from burnish.methods.privacy.spans import Span


class Rule(Protocol):
    """Finds one category on a page; `regions` empty means everywhere.

    `anchors` are all that it looks for through the scan; empty means that it reads whole pages.
    """

    @property
    def category(self) -> str: ...
    @property
    def regions(self) -> tuple[str, ...]: ...
    @property
    def anchors(self) -> tuple[Anchor, ...]: ...
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
    anchor: Anchor | None = None

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Its anchor, if it has one."""
        return (self.anchor,) if self.anchor else ()

    def find(self, page: Page) -> Iterator[Span]:
        """The finds in order of their start."""
        if self.needles and not any(needle in page.low for needle in self.needles):
            return
        group: int | str = "value" if "value" in self.pattern.groupindex else 0
        for match in page.matches(self.pattern, self.anchor):
            start, end = match.span(group)
            score = self.check(page, start, end) if end > start else 0.0
            if score:
                yield Span(start, end, self.category, score)


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

    def find(self, page: Page) -> Iterator[Span]:
        """The finds in order of their start."""
        for first, last, digits in page.numbers:
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

    `anchors` are those that the finder gives to `page.matches`; it finds nothing without them.
    """

    category: str
    finder: Finder
    regions: tuple[str, ...] = ()
    anchors: tuple[Anchor, ...] = ()

    def find(self, page: Page) -> Iterator[Span]:
        """What the finder finds."""
        return self.finder(page)


def number(pattern: str) -> re.Pattern[str]:
    """A compiled number pattern that does not begin or end inside a word or a longer number."""
    return re.compile(rf"(?<![0-9A-Za-z_])(?<![0-9][.,])(?:{pattern})(?![0-9A-Za-z_])(?![.,][0-9])")


def words(*alternatives: str) -> re.Pattern[str]:
    """Context words (lower-case regular expressions) that begin and end at word boundaries."""
    return re.compile(rf"(?<![a-z])(?:{'|'.join(alternatives)})(?![a-z])")
