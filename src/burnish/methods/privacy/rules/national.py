"""Numbers that states give to people and traders: SSN, ITIN, NINO, NHS and VAT numbers.

Sources: Social Security Administration, SSN randomization (areas 000, 666 and 900 to 999 are not
issued); IRS, General ITIN information (fourth and fifth digits); HMRC, National Insurance Manual
NIM39110 (prefixes and suffixes); NHS Data Dictionary, NHS number (modulus 11); the check digits of
VAT numbers by python-stdnum, their forms by the European Commission's VIES.
"""

import functools
import re
from collections.abc import Iterator

import stdnum.eu.vat
import stdnum.gb.nhs
import stdnum.gb.vat

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.label import LabelRule, digits, letters_and_digits, token
from burnish.methods.privacy.rules.rule import (
    FinderRule,
    NumberRule,
    PatternRule,
    Rule,
    number,
    words,
)
from burnish.methods.privacy.spans import Span

_SSN_WORDS = words(
    r"s\.?s\.?n\.?s?", r"soc(?:ial)?\.?[ _-]?sec(?:urity)?(?:[ _-]?(?:no|num(?:ber)?|nr))?",
    r"social", r"ss ?(?:#|no\b|num\b|number)", r"ssa",
)  # fmt: skip
_ITIN_WORDS = words(
    r"itins?", r"(?:individual[ _])?tax[ _]?payer[a-z' _-]{0,24}(?:id[a-z]*|number|no)",
                    r"tax ?id[a-z]*", r"tins?")  # fmt: skip
_SAMPLES = frozenset(("078051120", "123456789", "111111111", "333333333"))
_ITIN_GROUP = re.compile(r"9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])")


def _ssn(page: Page, start: int, end: int) -> float:
    plain = digits(page.text[start:end])
    if area_refused(plain):
        return 0.0
    if page.before(start, _SSN_WORDS):
        return 0.97
    grouped = page.text[start:end].count("-") == 2
    if plain in _SAMPLES or page.text[start:end].isdigit() or not page.alone(start, end):
        return 0.0
    return 0.85 if grouped else 0.6


def area_refused(plain: str) -> bool:
    """Whether the Social Security Administration gives no such number."""
    return (
        plain[:3] in ("000", "666") or plain[0] == "9" or plain[3:5] == "00" or plain[5:] == "0000"
    )


def _itin(page: Page, start: int, end: int) -> float:
    written = page.text[start:end]
    if not _ITIN_GROUP.match(digits(written)):
        return 0.0
    if page.before(start, _ITIN_WORDS) or page.before(start, _SSN_WORDS):
        return 0.97
    return 0.8 if not written.isdigit() and page.alone(start, end) else 0.0


_NINO_PREFIX = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_NINO_WORDS = words(
    r"n\.?i\.?n\.?o?\.?s?", r"nat(?:ional)?\.? ins(?:urance)?(?: (?:no|num(?:ber)?|nr)\.?)?",
    r"ni (?:no|num(?:ber)?|nr)\.?", r"ni",
)  # fmt: skip
_NINO = token(rf"{_NINO_PREFIX}[ .-]?\d{{2}}[ .-]?\d{{2}}[ .-]?\d{{2}}[ .-]?[A-D]", re.IGNORECASE)
_NINO_NAMED = token(
    rf"{_NINO_PREFIX}[ .-]?\d{{2}}[ .-]?\d{{2}}[ .-]?\d{{2}}(?:[ .-]?[A-D])?", re.IGNORECASE
)


def _nino(page: Page, start: int, end: int) -> float:
    if page.before(start, _NINO_WORDS):
        return 0.97
    return 0.85 if page.text[start:end].isupper() else 0.6


_NHS_WORDS = words(
    r"n\.?h\.?s\.?", r"national health(?: service)?", r"chi(?: (?:no|number))?", r"h ?& ?c number",
    r"patient (?:no|num(?:ber)?|id)[a-z]*",
)  # fmt: skip


_NHS_GROUPED = re.compile(r"\d{3}([ -])\d{3}\1\d{4}")


def _nhs(page: Page, start: int, end: int) -> float:
    written = page.text[start:end]
    if len(set(digits(written))) == 1 or not stdnum.gb.nhs.is_valid(digits(written)):
        return 0.0
    if page.before(start, _NHS_WORDS):
        return 0.97
    return 0.6 if _NHS_GROUPED.fullmatch(written) and page.alone(start, end) else 0.0


_VAT_FORMS = (
    r"ATU\d{8}|BE[01]?\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|(?:EL|GR)\d{9}"
    r"|ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[A-HJ-NP-Z0-9]{2}\d{9}|HR\d{11}|HU\d{8}"
    r"|IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT(?:\d{12}|\d{9})|LU\d{8}|LV\d{11}|MT\d{8}"
    r"|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}"
    r"|(?:GB|XI)(?:\d{12}|\d{9}|GD\d{3}|HA\d{3})"
)
"""The forms of VAT identification numbers, as VIES lists them, without blanks."""
_VAT_FORM = re.compile(_VAT_FORMS)
_PREFIXES = (
    "AT BE BG CY CZ DE DK EE EL GR ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK GB XI"
)
_HEADS = "".join(sorted({prefix[0] for prefix in _PREFIXES.split()}))
_VAT = re.compile(
    rf"[{_HEADS}](?<![A-Za-z0-9_][A-Z])(?<![A-Za-z0-9][-/.][A-Z])"
    rf"(?:{'|'.join(sorted(prefix[1:] + f'(?<={prefix})' for prefix in _PREFIXES.split()))})"
    r"[ .-]?(?=[A-Z0-9 .-]{0,5}[0-9]{2})[A-Z0-9*+](?:[ .-]?[A-Z0-9*+]){1,14}"
)
_VAT_LOWER = re.compile(
    r"(?<![a-z0-9_./-])(?:at(?=u)|be|bg|cy|cz|de|dk|ee|el|es|fi|fr|hr|hu|ie|it|lt|lu|lv|mt|nl|pl|pt|ro|se|si|sk|gb|xi)[a-z0-9]{2}[0-9]{4}[a-z0-9]{2,6}(?![A-Za-z0-9_/-])"
)
_VAT_WORDS = words(
    r"v\.?a\.?t\.?(?: ?(?:reg(?:istration)?|id|no|num(?:ber)?|nr|#)[a-z.]*){0,3}", r"vatin",
    r"u(?:st|id)[ .-]?id?[ .-]?(?:nr|nummer|no)?\.?", r"umsatzsteuer[a-z-]*", r"ust-?id[a-z]*",
    r"mwst[a-z.-]*", r"t\.?v\.?a\.?(?: intra[a-z-]*)?", r"btw[a-z-]*", r"i\.?v\.?a\.?",
    r"partita iva", r"p\. ?iva", r"nif", r"cif", r"moms[a-z]*", r"nip", r"dph", r"dič", r"uid",
)  # fmt: skip
_VAT_DIGITS = token(r"\d{3}[ -]?\d{4}[ -]?\d{2}(?:[ -]?\d{3})?|\d{9,12}")


@functools.lru_cache(maxsize=4096)
def vat_valid(plain: str) -> bool:
    """Whether the check digits of a VAT number with its country prefix are right."""
    if plain[:2] in ("GB", "XI"):
        return stdnum.gb.vat.is_valid(plain[2:])
    return stdnum.eu.vat.is_valid(plain)


def _vats(page: Page) -> Iterator[Span]:
    for match in page.matches(_VAT):
        for end in range(match.end(), match.start() + 3, -1):
            whole = not (page.text[end - 1].isalnum() and page.text[end : end + 1].isalnum())
            score = _vat(page, match.start(), end) if whole else 0.0
            if score:
                yield Span(match.start(), end, "VAT", score)
                break


def _vat_lower(page: Page, start: int, end: int) -> float:
    plain = page.text[start:end].upper()
    return 0.7 if _VAT_FORM.fullmatch(plain) and vat_valid(plain) else 0.0


def _vat(page: Page, start: int, end: int) -> float:
    written = page.text[start:end]
    plain = letters_and_digits(written)
    if not written[-1].isalnum() or not _VAT_FORM.fullmatch(plain):
        return 0.0
    named = page.before(start, _VAT_WORDS)
    if vat_valid(plain):
        return 0.97 if named else (0.85 if len(plain) >= 10 else 0.0)
    # A label and the form with its country are two witnesses: a slip in the digits is let pass.
    return 0.6 if named or page.text.strip() == written else 0.0


def _vat_digits(written: str) -> float:
    return 0.8 if stdnum.gb.vat.is_valid(digits(written)) else 0.0


RULES: tuple[Rule, ...] = (
    NumberRule("SSN", number(r"\d{3}([ .-]?)\d{2}\1\d{4}"), _ssn, 9, ("US",)),
    NumberRule("ITIN", number(r"9\d{2}([ .-]?)\d{2}\1\d{4}"), _itin, 9, ("US",)),
    PatternRule("NINO", _NINO, _nino, (), ("GB",)),
    LabelRule(
        "NINO",
        _NINO_WORDS,
        _NINO_NAMED,
        lambda _: 0.9,
        ("ni", "nat", "n.i"),
        ("GB",),
        heads=True,
        rare=True,
    ),
    NumberRule("NHS", number(r"\d{3}[ .-]?\d{3}[ .-]?\d{4}"), _nhs, 10, ("GB",)),
    FinderRule("VAT", _vats, ("EU", "GB"), (_VAT,)),
    PatternRule("VAT", _VAT_LOWER, _vat_lower, (), ("EU", "GB")),
    LabelRule("VAT", _VAT_WORDS, _VAT_DIGITS, _vat_digits, ("vat",), ("GB",)),
)
