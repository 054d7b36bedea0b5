"""A page: one document as the rules see it, with what several rules need worked out once."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from burnish.methods.privacy.anchor import Anchor, made_for
from burnish.methods.privacy.numbers import EARLY, FEWEST, Run
from burnish.methods.privacy.spans import Span

_NUMBER_RUN = re.compile(r"[0-9][0-9 \t().+/-]*[0-9]")
CONTEXT_WIDTH = 48
"""How far, in characters, a context word may stand from a bare number."""


@dataclass(frozen=True)
class Page:
    """The readable text of one document, its lower-case form and its runs of digits.

    A scan gives `hits`, the sorted places where each anchor ends; `scanned`, the runs of digits;
    and `fits`, those runs that are worth trying, by the `id` of the pattern. All are None where
    there was no scan.
    """

    text: str
    hits: Mapping[Anchor, Sequence[int]] | None = None
    scanned: tuple[Run, ...] | None = None
    fits: Mapping[int, Sequence[Run]] | None = None

    def matches(
        self, pattern: re.Pattern[str], anchor: Anchor | None = None, low: bool = False
    ) -> Iterator[re.Match[str]]:
        """All matches of the pattern in the text (or its lower-case form), in order.

        A pattern whose rule names it in its `patterns` has an anchor of its own.
        """
        text = self.low if low else self.text
        anchor = anchor or made_for(pattern, low)
        if anchor is None or self.hits is None:
            return pattern.finditer(text)
        ends = self.hits.get(anchor)
        return anchor.matches(pattern, text, ends) if ends else iter(())

    @cached_property
    def low(self) -> str:
        """The text in lower case, of the same length (`view` has folded the one that grows)."""
        low = self.text.lower()
        return low if len(low) == len(self.text) else self.text

    @cached_property
    def numbers(self) -> tuple[Run, ...]:
        """(start, end, digits) of each run of digits and separators with four digits or more."""
        if self.scanned is not None:
            return self.scanned
        found = []
        for match in _NUMBER_RUN.finditer(self.text):
            if match.end() - match.start() >= FEWEST:
                digits = sum(map(str.isdigit, match[0]))
                if digits >= FEWEST:
                    found.append((max(0, match.start() - EARLY), match.end(), digits))
        return tuple(found)

    def runs(self, pattern: re.Pattern[str]) -> Sequence[Run]:
        """The runs of digits that a pattern (one in the `numbers` of a rule) may match in."""
        return self.numbers if self.fits is None else self.fits.get(id(pattern), ())

    def holds(self, needles: Sequence[str]) -> bool:
        """Whether one of the needles (lower case) stands anywhere on the page."""
        low = self.low
        for needle in needles:  # noqa: SIM110  (a generator costs more than most searches here)
            if needle in low:
                return True
        return False

    def before(self, start: int, words: re.Pattern[str], width: int = CONTEXT_WIDTH) -> bool:
        """Whether one of the words (lower case) stands shortly before `start`."""
        return words.search(self.low, max(0, start - width), start) is not None

    def after(self, end: int, words: re.Pattern[str], width: int = CONTEXT_WIDTH) -> bool:
        """Whether one of the words (lower case) stands shortly after `end`."""
        return words.search(self.low, end, end + width) is not None

    def alone(self, start: int, end: int) -> bool:
        """Whether no further group of digits is joined to the number by a blank or a dash."""
        left, right = self.text[max(0, start - 2) : start], self.text[end : end + 2]
        return not (_joined(left[::-1]) or _joined(right))


def _joined(beside: str) -> bool:
    return len(beside) == 2 and beside[0] in " -./" and beside[1].isdigit()


Check = Callable[[Page, int, int], float]
"""Judges a candidate at (start, end) of a page: its score, or 0 when it is none."""

Finder = Callable[[Page], Iterator[Span]]


def always(score: float) -> Check:
    """The check of a pattern that proves itself."""
    return _Always(score)


@dataclass(frozen=True, slots=True)
class _Always:
    score: float

    def __call__(self, page: Page, start: int, end: int) -> float:
        return self.score
