"""E-mail addresses and telephone numbers."""

import functools
import re
from collections.abc import Iterator

import phonenumbers

from burnish.methods.privacy.anchor import Anchor, sought_as
from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.rule import (
    FinderRule,
    PatternRule,
    Rule,
    number,
    words,
)
from burnish.methods.privacy.spans import Span

# E-mail ------------------------------------------------------------------------------------

_SIGN = re.compile("@")
_LOCAL = re.compile(r"(?:[\w+][\w.+'-]*|\"[^\"\n]{1,62}\")[ \t]?$")
_DOMAIN = re.compile(r"[ \t]?(?:\w(?:[\w-]{0,61}\w)?\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{1,59})")
_LITERAL = re.compile(r"\[[0-9A-Fa-f.:]{7,45}\]")
_AT = r"(?: ?[\[({<] ?at ?[\])}>] ?| at )"
_DOT = r"(?:\.| ?[\[({<] ?dot ?[\])}>] ?| dot )"
_SPELT = sought_as(
    re.compile(
        rf"(?<![\w.])\w+(?:{_DOT}\w+|[+_-]\w+){{0,3}}{_AT}\w[\w-]*"
        rf"(?:{_DOT}\w[\w-]*){{0,3}}{_DOT}[a-z]{{2,12}}",
        re.IGNORECASE,
    ),
    # What is spelt with neither is refused by the check.
    Anchor(r"(?i:[\[({<] ?(?:at|dot) ?[\])}>]| dot )", 1 << 30, 1 << 30),
)
_SPELT_NEEDLES = (" dot ", "[at]", "(at)", "{at}", "<at>", "[ at ]", "( at )", "[dot]", "(dot)")


def _emails(page: Page) -> Iterator[Span]:
    text = page.text
    for sign in page.matches(_SIGN):
        at = sign.start()
        local = _LOCAL.search(text, max(0, at - 66), at)
        domain = _DOMAIN.match(text, at + 1) or _LITERAL.match(text, at + 1)
        # A blank beside the sign is a slip of the pen only when both sides show it.
        if local and domain and local[0][-1].isspace() == domain[0][0].isspace():
            yield Span(local.start(), domain.end(), "EMAIL", 0.99)


def _spelt_email(page: Page, start: int, end: int) -> float:
    written = page.low[start:end]
    bracketed = any(mark in written for mark in "[({<")
    return 0.8 if bracketed or (" at " in written and " dot " in written) else 0.0


# Telephone ---------------------------------------------------------------------------------

_CALL = words(
    r"phones?", r"ph", r"tele?(?:phone)?", r"mobiles?", r"mob", r"cell(?:phone|ular)?",
    r"call(?:ed)?",
    r"ring", r"rang", r"fax", r"contact(?:able)?", r"text", r"sms", r"whatsapp", r"viber",
    r"reach(?:ed|able)?",
    r"dial(?:led)?", r"hotline", r"landline", r"voicemail", r"call ?back", r"number is",
    r"numbers are",
    r"my number", r"work number", r"home number", r"after hours", r"handy",
    r"(?<![.a-z])[mtpfhw](?= ?[:.])",
)  # fmt: skip
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d)(?!\d)"
)
_YEARS = re.compile(r"(?:19|20)\d\d ?- ?(?:19|20)\d\d(?!\d)")
_COUNTRIES = {
    "AU": ("AU",),
    "US": ("US",),
    "GB": ("GB",),
    "EU": ("DE", "FR", "IT", "ES", "NL", "IE"),
}
_PLUS = re.compile(
    r"(?:\+ ?|(?<![0-9A-Za-z/.])(?:0011 ?|00|011[ -]))\(?[0-9](?:[ ()./-]{0,3}[0-9]){6,15}"
)
_EXTENSION = re.compile(r",?[ \t]{0,2}(?:ext(?:ension|n)?|x)[ .:]{0,2}\d{1,6}\b", re.IGNORECASE)
_SHAPES = {
    "AU": (
        number(r"(?:\(0[2378]\)|0[2378])[ .-]?\d{4}[ .-]?\d{4}"),
        number(r"\(?04\d{2}\)?[ .-]?\d{3}[ .-]?\d{3}|04\d{2}[ .-]\d{2}[ .-]\d{2}[ .-]\d{2}"),
        number(r"04[ .-]?\d{2}[ .-]?\d{2}[ .-]?\d{2}[ .-]?\d{2}|04\d[ .-]\d{3}[ .-]\d{4}"),
        number(r"\(04\)[ .-]?\d{4}[ .-]?\d{4}"),
        number(r"1[38]00[ .-]\d{3}[ .-]?\d{3}|13[ .-]\d{2}[ .-]\d{2}"),
        number(r"1[38]00[ .-]\d{2}[ .-]\d{2}[ .-]\d{2}"),
    ),
    "US": (
        number(r"(?:1[ .-]?)?\([2-9]\d{2}\)[ .-]{0,3}\d{3}[ .-]{1,3}\d{4}"),
        number(r"(?:\d{1,2}[ .-])?[2-9]\d{2}([ .-])[2-9]\d{2}\1\d{4}"),
        number(r"(?:1-)?[2-9]\d{2}/[2-9]\d{2}-\d{4}|[2-9]\d{2}[ .-][2-9]\d{2}[ .-]\d{4}"),
    ),
    "GB": (
        number(r"\(?07\d{3}\)?[ .-]?\d{3}[ .-]?\d{3}|07\d{2}[ .-]\d{4}[ .-]\d{3}"),
        number(r"\(?02\d\)?[ .-]\d{4}[ .-]?\d{4}"),
        number(r"\(?0[13]\d{2,4}\)?[ .-]\d{3,4}[ .-]?\d{3,4}|\(?01\d{3}\)?[ .-]\d{5,6}"),
        number(r"0[58]0\d[ .-]\d{3}[ .-]?\d{3,4}"),
    ),
    "EU": (
        number(r"0\d[ .-]\d{2}[ .-]\d{2}[ .-]\d{2}[ .-]\d{2}"),
        number(r"\(?0\d{2,5}\)?(?: ?[/-] ?| )\d{3,9}(?:[ -]\d{2,6}){0,3}"),
        number(r"0(?:6|\d{2})[ -]\d{3} ?\d{2} ?\d{2,3}|06[ -]\d{8}"),
        number(r"3\d{2}[ .-]\d{3}[ .-]?\d{4}|0\d{1,3}[ .-]\d{5,8}"),
        number(r"[679]\d{2}[ .-]\d{3}[ .-]\d{3}|[679]\d{2}(?:[ .-]\d{2}){3}"),
        number(r"\(?0\d{1,2}\)?[ .-]\d{3}[ .-]\d{4}"),
    ),
}  # fmt: skip
"""Written forms that need no word beside them, by region."""
_EXACT = ("EU",)
"""Regions whose forms other numbers share: the number must be one that is given out."""


@functools.lru_cache(maxsize=65536)
def _possible(written: str, countries: tuple[str, ...], exact: bool = False) -> bool:
    """Whether the number could be dialled in one of the countries (never raises).

    `exact` asks that the numbering plan gives it out, rather than that its length is right.
    """
    check = phonenumbers.is_valid_number if exact else phonenumbers.is_possible_number
    for country in countries or (None,):
        try:
            parsed = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            continue
        if check(parsed):
            return True
    return False


class _Shaped:
    """Numbers in a usual written form of a region that its numbering plan allows."""

    __slots__ = ("countries", "exact", "shape")

    def __init__(self, shape: re.Pattern[str], region: str) -> None:
        self.shape, self.countries, self.exact = shape, _COUNTRIES[region], region in _EXACT

    def __call__(self, page: Page) -> Iterator[Span]:
        for first, last, digits in page.runs(self.shape):
            for match in self.shape.finditer(page.text, first, last + 1) if digits >= 6 else ():
                score = self._score(page, *match.span())
                if score:
                    yield _span(page.text, *match.span(), score)

    def _score(self, page: Page, start: int, end: int) -> float:
        written = page.text[start:end]
        named = page.before(start, _CALL)
        if not (named or page.alone(start, end)) or written.endswith("000 000"):
            return 0.0
        if self.exact and (_DATE.match(written) or _YEARS.match(written)):
            return 0.0
        if not _possible(written, self.countries, self.exact and not named):
            return 0.0
        return 0.95 if named else 0.8


def _span(text: str, start: int, end: int, score: float) -> Span:
    """The find without a bracket whose partner is not part of it."""
    written = text[start:end]
    if written.count("(") > written.count(")"):
        start += written[0] == "("
    elif written.count(")") > written.count("("):
        if start and text[start - 1] == "(":
            start -= 1
        else:
            end -= written[-1] == ")"
    return Span(start, end, "PHONE", score)


def _international(page: Page) -> Iterator[Span]:
    for first, last, digits in page.runs(_PLUS):
        if digits < 7:
            continue
        for match in _PLUS.finditer(page.text, first, last):
            end = _longest(page.text, match.start(), match.end(), ())
            if end:
                start = _whole(page.text, match.start())
                yield _span(page.text, start, end, 0.93 if match[0][0] == "+" else 0.75)


def _whole(text: str, start: int) -> int:
    """Where the run of digits begins that `start` lies in: no part of a number is left."""
    while start and text[start].isdigit() and text[start - 1].isdigit():
        start -= 1
    return start


def _longest(text: str, start: int, end: int, countries: tuple[str, ...]) -> int:
    """The end of the longest run of whole digit groups that is a possible number, or 0."""
    written = text[start:end]
    prefix = "+" if not countries and written[0] != "+" else ""
    if text[end : end + 1].isalnum():
        written = _less_a_group(written)
    while sum(map(str.isdigit, written)) >= 7:
        dialled = prefix + re.sub(r"^(?:0011|011[ -]|00)", "", written) if prefix else written
        if _possible(dialled, countries):
            return start + len(written)
        written = _less_a_group(written)
    return 0


def _less_a_group(written: str) -> str:
    cut = re.search(r"[ ()./-]+[0-9]+\)?$", written)
    return written[: cut.start()] if cut else ""


class _Named:
    """Any possible number in the region right after a word such as 'phone' or 'call'."""

    __slots__ = ("countries",)

    shape = number(r"\(?\d(?:[ .()/-]{0,2}\d){6,13}")

    def __init__(self, countries: tuple[str, ...]) -> None:
        self.countries = countries

    def __call__(self, page: Page) -> Iterator[Span]:
        for first, last, digits in page.runs(self.shape):
            if digits < 7 or not page.before(first + 2, _CALL, 32):
                continue
            for match in self.shape.finditer(page.text, first, last + 1):
                if _DATE.match(match[0]) or _YEARS.match(match[0]):
                    continue
                end = _longest(page.text, *match.span(), self.countries)
                if end:
                    yield _span(page.text, match.start(), end, 0.7)


def _extended(page: Page, start: int, end: int) -> float:
    """A number with its extension; `350 000 x 12` is a product, the more so of a sum of money."""
    written = _EXTENSION.sub("", page.text[start:end])
    enough = sum(map(str.isdigit, written)) >= 7
    return 0.6 if enough and page.text[max(0, start - 1) : start] not in ("$", "£", "€") else 0.0


RULES: tuple[Rule, ...] = (
    FinderRule("EMAIL", _emails, (), (_SIGN,)),
    PatternRule("EMAIL", _SPELT, _spelt_email, _SPELT_NEEDLES),
    FinderRule("PHONE", _international, numbers=(_PLUS,)),
    *(
        FinderRule("PHONE", _Shaped(shape, region), (region,), numbers=(shape,))
        for region, shapes in _SHAPES.items()
        for shape in shapes
    ),
    *(
        FinderRule("PHONE", _Named(_COUNTRIES[region]), (region,), numbers=(_Named.shape,))
        for region in _COUNTRIES
    ),
    PatternRule(
        "PHONE",
        sought_as(
            re.compile(r"\+?\(?\d[\d ().-]{5,22}\d" + _EXTENSION.pattern, re.IGNORECASE),
            Anchor(r"[0-9],?[ \t]{0,2}(?i:ext(?:ension|n)?|x)[ .:]{0,2}[0-9]", 48, 16),
        ),
        _extended,
        ("ext", " x"),
    ),
)
