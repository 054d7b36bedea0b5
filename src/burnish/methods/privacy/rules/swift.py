"""Business identifier codes of banks (ISO 9362:2022), as SWIFT gives them.

Four letters or digits of the party, the country (ISO 3166-1), two of the place and three of the
branch. Words in capitals have that form by chance, so a word such as 'BIC' stands before it, or
a word of payments stands near and the code holds what no word holds.
"""

import re

from burnish.methods.privacy.anchor import Anchor, sought_as
from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.label import token, word_set
from burnish.methods.privacy.rules.rule import PatternRule, Rule, words

_COUNTRIES = word_set(
    """
    AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BW BY BZ CA CC CD CF CG CH CI CK CL CM
    CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE
    GF GG GH GI GL GM GN GP GQ GR GT GU GW GY
    HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG
    MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA
    PE PF PG PH PK PL PM PR PS PT PW PY QA RE
    RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL
    TM TN TO TR TT TV TW TZ UA UG US UY UZ VA
    VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """
)
_CODE = token(
    r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?"
    r"|[A-Z]{4} [A-Z]{2} [A-Z2-9][A-NP-Z0-9](?: [A-Z0-9]{3})?"
)
# In small letters a code is of use only right after its name.
_CODE_LOWER = sought_as(
    token(r"[a-z]{6}[a-z2-9][a-np-z0-9](?:[a-z0-9]{3})?"),
    Anchor("(?i:swift|bic|bank identifier)", 0, 64),
)
_NAMED = words(r"swift(?:[ /_-]?(?:bic|code|no|number|address))?",
r"bic(?:[ /_-]?(?:swift|code|no|number))?",
               r"bank identifier(?: code)?")  # fmt: skip
_LABEL = re.compile(
    _NAMED.pattern + r"[\"')*>|_]{0,3}(?: is| was)?(?: ?[.…]{3,20})?\s?[:=|>,-]?[ \"'(*]{0,3}$"
)
_MORE_WORDS = re.compile(r" [A-Z]{3,}")
_NEAR = words(r"iban", r"bank[a-z]*", r"wire", r"transfer(?:red|s)?", r"remit[a-z]*",
r"beneficiary",
              r"konto[a-z]*", r"correspondent", r"clearing", r"sepa")  # fmt: skip
_NEEDLES = ("swift", "bic", "bank identifier", "iban", "bank", "wire", "transfer", "remit",
            "beneficiary", "konto", "correspondent", "clearing", "sepa")  # fmt: skip


def _swift(page: Page, start: int, end: int) -> float:
    plain = page.text[start:end].replace(" ", "")
    if plain[4:6] not in _COUNTRIES:
        return 0.0
    # Letters alone may be a word (CUSTOMER holds OM for Oman); a digit or XXX makes it a code.
    coded = any(map(str.isdigit, plain[6:])) or plain.endswith("XXX")
    if _named(page, start, end, coded):
        return 0.95
    return 0.8 if coded and (page.before(start, _NEAR, 64) or page.after(end, _NEAR, 32)) else 0.0


def _named(page: Page, start: int, end: int, coded: bool) -> bool:
    """Whether a word for the code stands before it; right before it, where letters are all."""
    if coded:
        return page.before(start, _NAMED, 32)
    label = _LABEL.search(page.low, max(0, start - 32), start)
    # In 'SWIFT CUSTOMER SERVICE' the words go on in capitals.
    return label is not None and _MORE_WORDS.match(page.text, end) is None


def _swift_lower(page: Page, start: int, end: int) -> float:
    plain = page.text[start:end].upper()
    digit = any(map(str.isdigit, plain[6:]))
    named = page.before(start, _NAMED, 16)
    return 0.8 if plain[4:6] in _COUNTRIES and named and (digit or plain.endswith("XXX")) else 0.0


RULES: tuple[Rule, ...] = (
    PatternRule("SWIFT", _CODE, _swift, _NEEDLES),
    PatternRule("SWIFT", _CODE_LOWER, _swift_lower, ("swift", "bic")),
)
