"""Passport and driver licence numbers: the forms of issuing states, beside a word that names them.

Two forms prove themselves: the machine-readable zone of a passport (ICAO Doc 9303, part 4) and the
driver number of Great Britain (DVLA, driver number format). The others come from the issuers'
public descriptions: Australian Passport Office and Austroads (driver licence and card numbers by
state), US Department of State and the driver licence formats by state that AAMVA members publish,
HM Passport Office, and the Council of the European Union's register of documents (PRADO).
"""

import re
from collections.abc import Iterator

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.label import LabelRule, digits, letters_and_digits, token
from burnish.methods.privacy.rules.rule import FinderRule, PatternRule, Rule, words
from burnish.methods.privacy.spans import Span

_OF = r"(?: (?:card|book|document|id))?(?:'s)?(?:[ _-]?(?:no|num(?:ber)?s?|nr|id)\b\.?)?"
_PASSPORT = words(
    rf"passports?{_OF}", r"passeport", r"reisepass(?:nummer|nr)?", r"pasaporte", r"passaporto",
    r"paspoort(?:nummer)?", r"pass-?(?:nr|nummer)", r"travel document",
)  # fmt: skip
_PASSPORT_FORM = token(
    r"[A-Z]{1,3} ?\d{6,9}|\d{2} ?[A-Z]{2} ?\d{5}|[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{8}\d?"
    r"|[A-Z]{2}[A-Z0-9]{6}\d|\d{9}|\d{8}|\d{7}|\d{3}[ -]\d{3}[ -]\d{3}|\d{4} \d{5}",
)
_PASSPORT_LOWER = token(r"[a-z]{1,2}\d{7}|\d{2}[a-z]{2}\d{5}|[cfghjk][cfghjklmnprtvwxyz0-9]{8}")
_ZONE = re.compile(
    r"P[A-Z<][A-Z]{1,3}<{0,2}[A-Z]{1,36}<<?[A-Z<]{5,38}<\s{1,3}[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[\d<]{0,2}"
)

_SECOND_LINE = re.compile(
    r"(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[\d<]\d(?![A-Z0-9<])"
)

_DRIVER = words(
    rf"driv(?:er|ing)[ _-]?'?s?'?[ _-]?(?:licen[cs]e|lic|permit){_OF}", r"drv\.? ?lic\.?",
    r"licen[cs]e[ _-]?(?:no|num(?:ber)?|nr|#|id|card)\b\.?", r"licen[cs]e (?:is|was)",
    r"d\.?l\.?(?:n| ?(?:no|num(?:ber)?|nr|#)\.?)?", r"driver (?:number|no)\.?",
    r"f(?:ü|ue)hrerschein(?:[ -]?(?:nr|nummer)\.?)?", r"permis de conduire",
    r"rijbewijs(?:nummer)?",
    r"patente(?: di guida)?", r"(?:permiso|carnet|licencia) de conduc(?:ir|ción)", r"prawo jazdy",
)  # fmt: skip
_LICENCE = words(r"licen[cs]e(?: (?:is|was))? ?[:#]?")
_DRIVER_FORM = token(
    r"[A-Z]\d{3}-\d{3}-\d{2,3}-\d{3}(?:-\d)?|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]\d{2}-\d{2}-\d{4}"
    r"|[A-Z]\d{4}[ -]\d{5}[ -]\d{5}|\d{2}-\d{3}-\d{4}|[A-Z]{3}-\d{2}-\d{4}|\d{3}[ -]\d{3}[ -]\d{3}"
    r"|[A-Z]\d{4}-\d{6,7}-\d{2}|\d{2}[ -]\d{2}[ -]\d{2,6}|\d{4}[ -]\d{4}|\d{3} \d{3} \d{4}"
    r"|[A-Z]{1,5}[A-Z*]{0,3}\d{2,4}[A-Z0-9*]{2,5}[A-Z0-9]{0,4}|[A-Z]{0,3} ?\d{4,14}[A-Z]{0,2}"
    r"|\d{1,3}[A-Z]{2,3}\d{4,5}|[A-Z0-9]{11}|[A-Z]\d[A-Z0-9]{4,8}",
    re.IGNORECASE,
)
_DVLA = re.compile(
    r"(?<![A-Za-z0-9])[A-Z](?:[A-Z]{4}|[A-Z]{3}9|[A-Z]{2}99|[A-Z]999|9999) ?\d(?:[05][1-9]"
    r"|[16][0-2])"
    r"(?:0[1-9]|[12]\d|3[01])\d ?[A-Z][A-Z9][A-Z0-9] ?[A-Z]{2}(?: ?\d{2})?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:(?:19|20)?\d\d)?")


def _passport(written: str) -> float:
    count = len(digits(written))
    return 0.9 if 5 <= count <= 9 or (count >= 2 and len(written) >= 9) else 0.0


def _driver(written: str) -> float:
    """Words, years and sums of money are no licence numbers; short numbers are rather others."""
    plain = letters_and_digits(written)
    count = len(digits(plain))
    if len(plain) < 5 or _YEAR.fullmatch(plain) or count < 3:
        return 0.0
    # 'Licence: Apache2000' and product names mix small letters and digits.
    if plain.isalpha() or re.search(r"[a-z]{4}", written):
        return 0.0
    return 0.85 if count >= 5 else 0.7


def _zones(page: Page) -> Iterator[Span]:
    for zone in (_ZONE, _SECOND_LINE) if "<" in page.text else ():
        for match in page.matches(zone):
            yield Span(match.start(), match.end(), "PASSPORT", 0.99)


def _dvla(page: Page, start: int, end: int) -> float:
    return 0.95 if page.text[start:end].isupper() or page.before(start, _DRIVER) else 0.75


_PASSPORT_NEEDLES = ("passport", "passeport", "pasaporte", "passaporto", "paspoort", "pass-n",
                     "passn", "reisepass", "travel document")  # fmt: skip
_DRIVER_NEEDLES = ("driv", "licen", "drv", "dl", "d.l", "hrerschein", "permis", "rijbewijs",
                   "patente", "conduc", "prawo jazdy")  # fmt: skip

RULES: tuple[Rule, ...] = (
    FinderRule("PASSPORT", _zones, (), (_ZONE, _SECOND_LINE)),
    LabelRule("PASSPORT", _PASSPORT, _PASSPORT_FORM, _passport, _PASSPORT_NEEDLES),
    LabelRule("PASSPORT", _PASSPORT, _PASSPORT_LOWER, _passport, _PASSPORT_NEEDLES, width=24),
    PatternRule("DRIVER_LICENCE", _DVLA, _dvla, (), ("GB",)),
    LabelRule("DRIVER_LICENCE", _DRIVER, _DRIVER_FORM, _driver, _DRIVER_NEEDLES),
    LabelRule("DRIVER_LICENCE", _LICENCE, _DRIVER_FORM, _driver, ("licen",), width=2),
)
