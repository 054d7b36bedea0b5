"""Payment cards, IBAN, and bank accounts (BSB, sort code, routing and account numbers)."""

import re
from collections.abc import Iterator

import stdnum.iban
import stdnum.luhn

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.rule import FinderRule, NumberRule, Rule, number, words
from burnish.methods.privacy.spans import Span

_ISSUER = re.compile(
    r"4|5[0-9]|2(?:014|149|2[2-9]|[3-6]\d|7[01]|720)|3[47]|3(?:0[0-59]|[689])|6|35|1800|2131"
)
_GROUPED = re.compile(r"\d{4,6}([ .-])\d{4,6}\1\d{2,6}(?:\1\d{1,4}){0,3}")
_DINERS = re.compile(r"30[0-5]|3[68]")
_CARD = words(
    r"cards?", r"visa", r"master ?card", r"amex", r"american express", r"credit", r"debit", r"cc",
    r"pan", r"discover", r"diners", r"jcb", r"eftpos", r"cardn[a-z]*",
)  # fmt: skip
_BSB = words(r"b\.?s\.?b\.?")
_BANK_CODE = words(
    r"b\.?s\.?b\.?",
    r"sort[ _-]?code",
    r"s/c",
    r"routing(?:[ _-]?(?:no|num|number))?",
    r"aba",
    r"branch",
)
_ACCOUNT = words(
    r"acc(?:oun)?ts?", r"accs?(?:[ .:]*(?:no|num|nr))?",
    r"ac[ .:]*(?:no|num|nr)", r"a/c", r"acc(?:oun)?t?[ _-]?n[a-z]*",
    r"bank[a-z]*", r"savings", r"deposit(?:ed)?", r"payee", r"iban", r"direct debit", r"credit to",
)  # fmt: skip
_YEARS = re.compile(r"(?:19|20)\d\d ?- ?(?:19|20)\d\d")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[ .-]?(?:[A-Z0-9][ .-]?){10,30}", re.IGNORECASE)


def _card(page: Page, start: int, end: int) -> float:
    written = page.text[start:end]
    digits = "".join(filter(str.isdigit, written))
    if not (12 <= len(digits) <= 19 and _ISSUER.match(digits) and stdnum.luhn.is_valid(digits)):
        return 0.0
    if len(set(digits)) == 1:
        return 0.0
    if page.before(start, _CARD):
        return 0.99
    if written != digits and not _GROUPED.fullmatch(written):
        return 0.0
    usual = len(digits) in (15, 16) or (len(digits) == 14 and _DINERS.match(digits))
    return 0.9 if usual or (written != digits and page.alone(start, end)) else 0.0


def _bank_code(page: Page, start: int, end: int) -> float:
    return 0.95 if page.before(start, _BANK_CODE, 28) else 0.0


def _account(page: Page, start: int, end: int) -> float:
    if _YEARS.fullmatch(page.text, start, end):
        return 0.0
    return 0.8 if page.before(start, _ACCOUNT, 28) else 0.0


def _code_and_account(page: Page, start: int, end: int) -> float:
    near = page.before(start, _BSB, 60) or page.before(start, _ACCOUNT, 60)
    return 0.96 if near else 0.0


def _ibans(page: Page) -> Iterator[Span]:
    for match in page.matches(_IBAN):
        if match.start() and page.text[match.start() - 1].isalnum():
            continue
        end = _iban_end(page.text, match.start(), match.end())
        if end:
            yield Span(match.start(), end, "IBAN", 0.99)


def _iban_end(text: str, start: int, end: int) -> int:
    """The end of the longest prefix that is a valid IBAN, or 0."""
    for stop in range(end, start + 14, -1):
        inside = stop < len(text) and text[stop].isalnum() and text[stop - 1].isalnum()
        if not inside and stdnum.iban.is_valid(text[start:stop], check_country=False):
            return start + len(text[start:stop].rstrip(" .-"))
    return 0


RULES: tuple[Rule, ...] = (
    NumberRule("CARD", number(r"\d(?:[ .-]?\d){11,18}"), _card, 12),
    NumberRule("CARD", number(r"\d{4}([ .-]?)\d{4}\1\d{4}\1\d{4}"), _card, 16),
    NumberRule("CARD", number(r"3\d{3}[ .-]?\d{6}[ .-]?\d{4,5}"), _card, 14),
    FinderRule("IBAN", _ibans, (), (_IBAN,)),
    NumberRule("BANK_ACCOUNT", number(r"\d{3}[ -]?\d{3}"), _bank_code, 6, ("AU",)),
    NumberRule("BANK_ACCOUNT", number(r"\d{2}[ /-]?\d{2}[ /-]?\d{2}"), _bank_code, 6, ("GB", "EU")),
    NumberRule("BANK_ACCOUNT", number(r"\d{9}|\d{4}[ -]\d{4}[ -]\d"), _bank_code, 9, ("US",)),
    NumberRule(
        "BANK_ACCOUNT",
        number(r"\d{3}[ -]?\d{3}[ /-]{1,3}\d{2,4}(?:[ -]?\d{2,4}){1,2}"),
        _code_and_account,
        11,
        ("AU",),
    ),
    NumberRule("BANK_ACCOUNT", number(r"\d{5,17}"), _account, 5),
    NumberRule("BANK_ACCOUNT", number(r"\d{2,4}(?:[ -]\d{2,10}){1,4}(?:[ -]\d)?"), _account, 6),
)
