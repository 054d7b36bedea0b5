"""Government identifiers of Australia: TFN, ABN, ACN and Medicare numbers.

The check digits are weak (a random nine-digit number passes as a TFN one time in eleven), so a
number also needs its usual grouping or a word that names it.
"""

import stdnum.au.acn
import stdnum.au.tfn

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.rule import NumberRule, Rule, number, words

_TFN = words(r"t\.?f\.?n\.?s?", r"tax[ _-]?file", r"tax[ _-](?:no|num|id)[a-z]*")
_ABN = words(r"a\.?b\.?n\.?s?", r"business[ _-](?:no|num|reg|id)[a-z]*")
_ACN = words(r"a\.?c\.?n\.?s?", r"company[ _-](?:no|num|reg|id)[a-z]*", r"arbn")
_MEDICARE = words(r"medicare[a-z]*", r"medi care", r"irn")
_ABN_WEIGHTS = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
_MEDICARE_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9)


def _digits(page: Page, start: int, end: int) -> str:
    return "".join(filter(str.isdigit, page.text[start:end]))


def _grouped(page: Page, start: int, end: int) -> bool:
    return not page.text[start:end].isdigit() and page.alone(start, end)


def _tfn(page: Page, start: int, end: int) -> float:
    digits = _digits(page, start, end)
    if not stdnum.au.tfn.is_valid(digits):
        return 0.0
    if page.before(start, _TFN):
        return 0.97
    return 0.6 if len(digits) == 9 and _grouped(page, start, end) else 0.0


def _abn(page: Page, start: int, end: int) -> float:
    # Not stdnum's check: it refuses numbers that begin with 10, which the published rule lets pass.
    digits = [int(digit) for digit in _digits(page, start, end)]
    digits[0] -= 1
    if digits[0] < 0 or sum(d * w for d, w in zip(digits, _ABN_WEIGHTS, strict=True)) % 89:
        return 0.0
    if page.before(start, _ABN):
        return 0.98
    return 0.85 if _grouped(page, start, end) else 0.0


def _acn(page: Page, start: int, end: int) -> float:
    if not stdnum.au.acn.is_valid(_digits(page, start, end)):
        return 0.0
    if page.before(start, _ACN):
        return 0.96
    return 0.55 if _grouped(page, start, end) else 0.0


def _medicare(page: Page, start: int, end: int) -> float:
    digits = _digits(page, start, end)
    total = sum(int(d) * w for d, w in zip(digits, _MEDICARE_WEIGHTS, strict=False))
    if total % 10 != int(digits[8]) or digits[9] == "0":
        return 0.0
    if page.before(start, _MEDICARE):
        return 0.98
    return 0.75 if _grouped(page, start, end) else 0.0


RULES: tuple[Rule, ...] = (
    NumberRule("TFN", number(r"\d{3}[ ./-]?\d{3}[ ./-]?\d{2,3}"), _tfn, 8, ("AU",)),
    NumberRule("TFN", number(r"\d{2} ?\d{3} ?\d{3}"), _tfn, 8, ("AU",)),
    NumberRule("ABN", number(r"\d{2}[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{3}"), _abn, 11, ("AU",)),
    NumberRule("ACN", number(r"\d{3}[ .-]?\d{3}[ .-]?\d{3}"), _acn, 9, ("AU",)),
    NumberRule(
        "MEDICARE",
        number(r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ /-]{0,2}\d)?"),
        _medicare,
        10,
        ("AU",),
    ),
    NumberRule(
        "MEDICARE",
        number(r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?= )"),
        _medicare,
        10,
        ("AU",),
    ),
)
