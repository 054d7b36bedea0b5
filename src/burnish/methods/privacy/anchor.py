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

from burnish.methods.privacy.expressions import scannable


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    r"""Where a pattern may match, as an expression for the scan and how far around its end to look.

    `expression` is a Hyperscan expression over plain bytes, without look-around and back
    references; `(?i:...)` folds case, `\b` is a boundary of ASCII words, `\xff` any character
    that is not ASCII. Every match of the pattern must hold the place where the expression ends, or
    end there: at most `before` characters after the start of the match. Without `after` a match
    starts exactly `before` characters before the end of the expression; with it, a match and all
    that the pattern looks ahead at ends at most `after` characters after that place. `others` are
    further expressions of the same reach. `tail`, without `after`: how far behind the expression a
    match may read.
    """

    expression: str
    before: int
    after: int | None = None
    others: tuple[str, ...] = ()
    tail: int = 1 << 30

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


_MADE: dict[tuple[int, bool], tuple[re.Pattern[str], Anchor]] = {}
_AHEAD = 64
"""How far a pattern may look ahead of what it matches."""
_UNBOUND = 1 << 30


def anchor_for(pattern: re.Pattern[str], low: bool = False) -> Anchor:
    """The anchor made from a pattern: what it matches, or how that begins; one for each pattern.

    `low`: the pattern is matched against text in lower case. Raises ValueError for a pattern that
    cannot be read.
    """
    key = id(pattern), low
    if key not in _MADE:
        flags = pattern.flags | (re.IGNORECASE if low else 0)
        _MADE[key] = pattern, _anchor(pattern.pattern, flags)
    return _MADE[key][1]


def sought_as(pattern: re.Pattern[str], anchor: Anchor, low: bool = False) -> re.Pattern[str]:
    """The pattern, from now on sought by this anchor.

    The anchor may pass over matches that whoever seeks the pattern has no use for.
    """
    _MADE[id(pattern), low] = pattern, anchor
    return pattern


def made_for(pattern: re.Pattern[str], low: bool) -> Anchor | None:
    """The anchor that a rule had made for a pattern, if one had."""
    made = _MADE.get((id(pattern), low))
    return made[1] if made else None


def _anchor(expression: str, flags: int) -> Anchor:
    sought = scannable(expression, flags)
    head, least, most = sought.head.written, sought.head.least, sought.head.most
    before, after = int(min(most, _UNBOUND)), int(min(sought.tail + _AHEAD, _UNBOUND))
    if least == most:
        return Anchor(head, before, tail=after)
    return Anchor(head, before, after)
