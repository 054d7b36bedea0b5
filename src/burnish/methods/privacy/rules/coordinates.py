"""Coordinates of a place: decimal pairs, degrees and minutes, ISO 6709, and codes for an area.

A pair of decimals needs four places each (some ten metres), or a word that names it and three.
Sources: ISO 6709:2022, annexes C to H; RFC 5870 (geo); Open Location Code specification 1.0.
"""

import re

from burnish.methods.privacy.page import Page, always
from burnish.methods.privacy.rules.rule import PatternRule, Rule, words

_LATITUDE, _LONGITUDE = 90.0, 180.0
_NUMBER = r"[-+]?\d{1,3}\.\d{3,15}"
_TWO = rf"{_NUMBER}°?[ ]?(?:[,;/|][ ]?|[ ]){_NUMBER}°?"
_PAIR = re.compile(
    rf"(?<![\w.-])(?P<value>\( ?{_TWO} ?\)|{_TWO})"
    r"(?![\w])(?!\.\d)(?!,? ?[-+]?\d+\.\d)"
)
_JOINED = re.compile(r"[,;/|]|%2C")
_LIST = re.compile(r"\d\.\d{1,15}°?[,;]? ?$")
_LABELLED = re.compile(
    r"(?<![a-z])(?:lat(?:itude)?"
    r"|y)[\"']?[ ]?[:=]?[ ]?[\"']?(?P<value>[-+]?\d{1,2}\.\d{2,15}°?[\"']?[ \t]?[,;&"
    r"|]?\s{0,8}[\"']?"
    r"(?:and )?(?:lo?ng?(?:itude)?|x)[\"']?[ ]?[:=]?[ ]?[\"']?[-+]?\d{1,3}\.\d{1,15}°?)",
    re.IGNORECASE,
)
_LABELLED_REVERSED = re.compile(
    r"(?<![a-z])lo?ng?(?:itude)"
    r"?[\"']?[ ]?[:=]?[ ]?[\"']?(?P<value>[-+]?\d{1,3}\.\d{2,15}°?[\"']?[ \t]?[,;&|]?\s{0,8}[\"']?"
    r"(?:and )?lat(?:itude)?[\"']?[ ]?[:=]?[ ]?[\"']?[-+]?\d{1,2}\.\d{1,15}°?)",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?<![a-z])(?:lat|latitude|lon|lng|long|longitude)[\"']?(?: is"
    r"| of)?[ ]?[:=]?[ ]?[\"']?(?P<value>[-+]?\d{1,3}\.\d{3,15})(?![\w.])",
    re.IGNORECASE,
)
_MINUTES = (
    r"(?:\d{1,3} ?(?:°|º|deg\.?|d) ?(?:\d{1,2}(?:[.,]\d{1,8})? ?(?:'|′|min\.?"
    r"|m) ?)?(?:\d{1,2}(?:[.,]\d{1,8})? ?(?:\"|″|''|′′|sec\.?|s) ?)?)"
)
_SEXAGESIMAL = re.compile(
    rf"(?<![\w.])(?:{_MINUTES}[NS][, /;]{{0,3}}(?:and )?{_MINUTES}[EWO]"
    rf"|[NS] ?{_MINUTES}[, /;]{{0,3}}(?:and )?[EWO] ?{_MINUTES})(?![A-Za-z0-9])"
)
_DECIMAL_DEGREES = re.compile(
    r"(?<![\w.])(?:[-+]?\d{1,2}\.\d{2,15} ?°? ?[NS](?:orth"
    r"|outh)?[, /;]{1,3}(?:and )?[-+]?\d{1,3}\.\d{2,15} ?°? ?[EW](?:ast|est)?"
    r"|[NS] ?\d{1,2}\.\d{2,15}°?[, /;]{1,3}[EW] ?\d{1,3}\.\d{2,15}°?)(?![A-Za-z0-9])"
)
_ISO_6709 = re.compile(
    r"(?<![\w.+-])[-+]\d{2}(?:\d{2}){0,2}\.?\d{0,8}[-+]\d{3}(?:\d{2})"
    r"{0,2}\.?\d{0,8}(?:[-+]\d{1,5}(?:\.\d+)?)?(?:CRS\w{1,12})?/"
)
_GEO = re.compile(
    r"(?<![a-z])geo:-?\d{1,2}\.\d+,-?\d{1,3}\.\d+(?:,-?\d+(?:\.\d+)?)?(?:;[\w=.;-]+)?",
    re.IGNORECASE,
)
_IN_MAP = re.compile(
    r"[@=/](?P<value>-?\d{1,2}\.\d{4,15}(?:,"
    r"|%2C)-?\d{1,3}\.\d{4,15}(?:,\d{1,2}(?:\.\d+)?z)?)(?![\w.])"
)
_OPEN_CODE = re.compile(
    r"(?<![\w+])[23456789C][23456789CFGHJMPQRV][23456789CFGHJMPQRVWX]{6}\+[23456789CFGHJMPQRVWX]{2,3}(?![\w+])"
)
_WORDS = words(
    r"lat(?:itude)?s?", r"lon(?:gitude)?s?", r"lng", r"gps", r"coord(?:inate)?s?",
    r"geo(?:location|loc)?",
    r"geo ?tag(?:ged)?", r"location", r"located", r"position", r"pin(?:ned)?", r"map",
    r"way ?point",
)  # fmt: skip


def _pair(page: Page, start: int, end: int) -> float:
    found = re.findall(r"[-+]?\d{1,3}\.\d+", page.text[start:end])
    listed = _LIST.search(page.text, max(0, start - 24), start)
    if (
        listed
        or len(found) < 2
        or abs(float(found[0])) > _LATITUDE
        or abs(float(found[1])) > _LONGITUDE
    ):
        return 0.0
    places = min(len(value.partition(".")[2]) for value in found[:2])
    if page.before(start, _WORDS):
        return 0.95
    # Two numbers with a blank between are two cells of a table, unless they are very exact.
    if places < 5 and not _JOINED.search(page.text[start:end]):
        return 0.0
    # Two small decimals are rather shares or measurements than a place in the Gulf of Guinea.
    large = max(abs(float(value)) for value in found[:2]) >= 10
    return 0.75 if places >= 4 and large else 0.0


RULES: tuple[Rule, ...] = (
    PatternRule("COORDINATES", _PAIR, _pair),
    PatternRule("COORDINATES", _LABELLED, always(0.95), ("lat",)),
    PatternRule("COORDINATES", _LABELLED_REVERSED, always(0.95), ("lat",)),
    PatternRule("COORDINATES", _ALONE, always(0.85), ("lat", "lon", "lng")),
    PatternRule("COORDINATES", _SEXAGESIMAL, always(0.95), ("°", "º", "deg")),
    PatternRule("COORDINATES", _DECIMAL_DEGREES, always(0.9)),
    PatternRule("COORDINATES", _ISO_6709, always(0.9), ("/",)),
    PatternRule("COORDINATES", _GEO, always(0.97), ("geo:",)),
    PatternRule("COORDINATES", _IN_MAP, _pair, ("@", "=", "/")),
    PatternRule("COORDINATES", _OPEN_CODE, always(0.9), ("+",)),
)
