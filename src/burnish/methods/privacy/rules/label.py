"""Rules for forms that prove nothing by themselves: a word that names them must stand beside."""

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from burnish.methods.privacy.anchor import Anchor, anchor_for
from burnish.methods.privacy.page import Page
from burnish.methods.privacy.spans import Span

Judge = Callable[[str], float]
"""How sure a written value is by itself: 0 refuses it."""

_STOP = re.compile(r"\n\s*\n|[!?]\s|(?<!\bno)(?<!\bnr)(?<!\bnum)(?<!\bnumb)\.\s+(?=[a-z])|\ufffc")
_LINES = 2
_LABEL_LENGTH = 80
_AND = re.compile(r"\s?(?:[,;/&]|and\b|or\b|und\b|et\b){1,2}\s?(?:and\b|or\b)?\s?", re.IGNORECASE)
_REFERS_BACK = re.compile(
    r"[\"')\]]?[ ,]{0,2}(?:[(-] ?|(?:is|was|=|as|being|for) )"
    r"(?:(?:my|his|her|their|your|the|our|a|an) )?(?:[\w'-]+ ){0,2}"
)


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A form found up to `width` characters after a label, or before a label that refers to it.

    `label` is matched against the page in lower case, `form` (from `token`) against the page;
    neither a full stop before a new sentence nor an empty line may lie between. Several values
    joined by commas or 'and' all count. `judge` gives the score of what was written. A label holds
    one of the needles (`heads`: begins with it). `rare`: the form is seen seldom enough that the
    scan seeks it as well, and pages without one are left alone.
    """

    category: str
    label: re.Pattern[str]
    form: re.Pattern[str]
    judge: Judge
    needles: tuple[str, ...]
    regions: tuple[str, ...] = ()
    width: int = 40
    rare: bool = False
    heads: bool = False

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The needles of its label, and the anchor of a rare form."""
        form = (anchor_for(self.form),) if self.rare else ()
        return (self._label_anchor, *form)

    @property
    def _label_anchor(self) -> Anchor:
        return anchor_of(self.needles, heads=self.heads)

    @property
    def numbers(self) -> tuple[re.Pattern[str], ...]:
        """None: it looks for its label first."""
        return ()

    def find(self, page: Page) -> Iterator[Span]:
        """The finds, label by label."""
        if not self._worth(page):
            return
        for label in page.matches(self.label, self._label_anchor, low=True):
            yield from self._after(page, label.end())
            yield from self._before(page, label.start())

    def _worth(self, page: Page) -> bool:
        if page.hits is None:
            return page.holds(self.needles)
        return not self.rare or anchor_for(self.form) in page.hits

    def _after(self, page: Page, end: int) -> Iterator[Span]:
        value = self._first(page, end, end + self.width)
        if value is None or _interrupted(page.low[end : value.start()]):
            return
        while value is not None:
            yield from self._judged(*value.span(), value[0])
            joint = _AND.match(page.text, value.end())
            value = self.form.match(page.text, joint.end()) if joint else None

    def _first(self, page: Page, start: int, last: int) -> re.Match[str] | None:
        """The first value that its judge accepts and that begins in the stretch."""
        # The look-behind of a form must see what stands before, so the page is not cut.
        for value in self.form.finditer(page.text, start, last + 48):
            if value.start() > last:
                return None
            if self.judge(value[0]):
                return value
        return None

    def _before(self, page: Page, start: int) -> Iterator[Span]:
        values = list(self.form.finditer(page.text, max(0, start - 64), start))
        if values and _REFERS_BACK.fullmatch(page.low, values[-1].end(), start):
            yield from self._judged(*values[-1].span(), values[-1][0])

    def _judged(self, start: int, end: int, written: str) -> Iterator[Span]:
        score = self.judge(written)
        if score:
            yield Span(start, end, self.category, score)


def _interrupted(gap: str) -> bool:
    return gap.count("\n") >= _LINES or _STOP.search(gap) is not None


@functools.lru_cache(maxsize=256)
def anchor_of(needles: tuple[str, ...], reach: int = _LABEL_LENGTH, heads: bool = False) -> Anchor:
    """The anchor of patterns that hold one of the needles and are at most `reach` long.

    `heads`: they begin with it, and no letter stands before.
    """
    before = "[^A-Za-z]" if heads else ""
    return Anchor(f"{before}(?i:{'|'.join(map(re.escape, needles))})", reach, reach)


def token(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A compiled form that does not begin or end inside a word, a number or a joined code."""
    return re.compile(
        rf"(?<![A-Za-z0-9_])(?<![A-Za-z0-9][-/.])(?:{pattern})(?![A-Za-z0-9_])(?![-/.][A-Za-z0-9])",
        flags,
    )


def digits(written: str) -> str:
    """The digits of what was written, joined."""
    return "".join(filter(str.isdigit, written))


def letters_and_digits(written: str) -> str:
    """The letters and digits of what was written, joined, in capitals."""
    return "".join(filter(str.isalnum, written)).upper()


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for lists that are read oftener than they are written."""
    return frozenset(text.split())
