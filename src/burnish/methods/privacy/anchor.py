r"""Anchors: short expressions that say where on a page a pattern is worth trying.

An anchor is read over plain bytes, one byte for each character, so that a place in the bytes is
the same place in the text: ASCII stands for itself, any other character is `\xff`. Many anchors
are sought in one scan; the exact pattern is then matched only around their hits. What is found
does not depend on whether there was a scan, as long as every match of the pattern has a hit
within reach, which the tests of the rules try on text made from the patterns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    r"""Where a pattern may match, as an expression for the scan and how far around its end to look.

    `expression` is a Hyperscan expression over plain bytes, without look-around and back
    references; `(?i:...)` folds case, `\b` is a boundary of ASCII words, `\xff` any character
    that is not ASCII. Every match of the pattern must hold the place where the expression ends, or
    end there: at most `before` characters after the start of the match. Without `after` a match
    starts exactly `before` characters before the end of the expression; with it, a match and all
    that the pattern looks ahead at ends at most `after` characters after that place.
    """

    expression: str
    before: int
    after: int | None = None

    def matches(
        self, pattern: re.Pattern[str], text: str, ends: Sequence[int]
    ) -> Iterator[re.Match[str]]:
        """What `pattern.finditer(text)` yields, from the sorted places where the anchor ends."""
        if self.after is None:
            yield from self._at(pattern, text, ends)
            return
        for first, last in self._windows(ends, self.after):
            yield from pattern.finditer(text, first, min(last, len(text)))

    def _at(
        self, pattern: re.Pattern[str], text: str, ends: Sequence[int]
    ) -> Iterator[re.Match[str]]:
        done = 0
        for end in ends:
            match = pattern.match(text, end - self.before) if end - self.before >= done else None
            if match and match.end() > match.start():
                yield match
                done = match.end()

    def _windows(self, ends: Sequence[int], after: int) -> Iterator[tuple[int, int]]:
        """Stretches around the places, the ones that touch joined."""
        first = last = -1
        for end in ends:
            if end - self.before > last:
                if last >= 0:
                    yield first, last
                first = max(end - self.before, 0)
            last = end + after
        if last >= 0:
            yield first, last
