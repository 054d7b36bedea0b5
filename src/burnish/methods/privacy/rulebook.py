"""The rules that a detector applies, by what the scan must see before each is asked."""

import functools
from collections.abc import Sequence

from burnish.methods.privacy.anchor import Anchor
from burnish.methods.privacy.numbers import Fitting
from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules import REGIONS, rules_for
from burnish.methods.privacy.rules.encoded import BLOB, encoded
from burnish.methods.privacy.rules.rule import Rule
from burnish.methods.privacy.scanner import Hyperscan, Scanner, WholePages, available
from burnish.methods.privacy.spans import CATEGORIES, Span

_WORTH_A_SCAN = 200_000
"""Characters; fewer are searched sooner than a database of anchors is compiled."""
_WORTH_IN_ALL = 1_000_000
"""Characters of many small calls after which the database is compiled for the further ones."""


class Rulebook:
    """The rules of some categories and regions."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._read = 0
        # Sets of rules are kept as the bits of an integer, which are quick to unite.
        self._always = 0
        self._by_anchor: dict[Anchor, int] = {}
        self._by_number: dict[int, int] = {}
        for number, rule in enumerate(rules):
            bit = 1 << number
            for anchor in rule.anchors:
                self._by_anchor[anchor] = self._by_anchor.get(anchor, 0) | bit
            for pattern in rule.numbers:
                self._by_number[id(pattern)] = self._by_number.get(id(pattern), 0) | bit
            if not (rule.anchors or rule.numbers):
                self._always |= bit
        self._chosen = functools.lru_cache(maxsize=65536)(self._with_bits)

    def scanner(self, size: int, scan: bool | None) -> Scanner:
        """What makes pages of `size` characters of text, see `RuleDetector`."""
        self._read += size
        chosen = self._worth_a_scan(size) if scan is None else scan
        return _scanner() if chosen else _WHOLE

    def _worth_a_scan(self, size: int) -> bool:
        if not available():
            return False
        ready = _scanner.cache_info().currsize > 0
        return ready or size >= _WORTH_A_SCAN or self._read >= _WORTH_IN_ALL

    def finds(self, page: Page) -> list[Span]:
        """What the rules find on a page, in no order."""
        finds = [span for rule in self.asked(page) for span in rule.find(page)]
        finds += encoded(page, self.rules)
        return finds

    def asked(self, page: Page) -> Sequence[Rule]:
        """The rules that may find something."""
        if page.hits is None or page.fits is None:
            return self.rules
        asked = self._always
        for anchor in page.hits:
            asked |= self._by_anchor.get(anchor, 0)
        for pattern in page.fits:
            asked |= self._by_number.get(pattern, 0)
        return self._chosen(asked)

    def _with_bits(self, bits: int) -> tuple[Rule, ...]:
        return tuple(rule for number, rule in enumerate(self.rules) if bits >> number & 1)


_WHOLE = WholePages()


@functools.lru_cache(maxsize=32)
def rulebook(categories: tuple[str, ...], regions: tuple[str, ...]) -> Rulebook:
    """The rulebook of these categories and regions."""
    return Rulebook(rules_for(categories, regions))


@functools.cache
def _scanner() -> Hyperscan:
    """The scan for all rules there are: one database serves every choice of categories."""
    rules = rules_for(CATEGORIES, REGIONS)
    anchors = dict.fromkeys(anchor for rule in rules for anchor in rule.anchors)
    patterns = {id(pattern): pattern for rule in rules for pattern in rule.numbers}
    return Hyperscan([BLOB, *anchors], Fitting(tuple(patterns.values())))
