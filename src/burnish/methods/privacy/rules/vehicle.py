"""Licence plates: the series of registries, beside a word for plate or registration.

Sources: DVLA INF104 (Great Britain: current, prefix, suffix series), the vehicle registries of the
Australian states, the Kraftfahrt-Bundesamt, and Council Directive 1999/37/EC for the letters of
states. The current British series also counts beside a word for a vehicle.
"""

import re

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.label import LabelRule, letters_and_digits, token
from burnish.methods.privacy.rules.rule import PatternRule, Rule, words

_PLATE = words(
    r"(?:number|licen[cs]e|registration|rego?|vehicle|car|tag)[ _-]?plates?(?: (?:no"
    r"|num(?:ber)?)\.?)?",
    r"plates?(?: (?:no|num(?:ber)?|is|was|reads?)\b\.?| ?[:#])?",
    r"regos?(?: (?:no|num(?:ber)?)\.?)?",
    r"(?:car|vehicle|van|truck|bike)?'?s? ?reg(?:istration|\.|d)?\.?(?: (?:no|num(?:ber)?|mark"
    r"|nr)\b\.?| ?:)?",
    r"vrms?", r"vrn", r"kfz-?kennzeichen", r"kennzeichen", r"immatricul(?:ation|ée?)",
    r"matr[íi]cula",
    r"targa", r"targata", r"kenteken", r"plaque",
)  # fmt: skip
_FORM = token(
    r"[A-Z]{2} ?\d{2} ?[A-Z]{3}|[A-Z]\d{1,3} ?[A-Z]{3}|[A-Z]{3} ?\d{1,3}[A-Z]"  # Great Britain
    r"|[A-Z]{3}[ -]?\d{2}[A-Z]|[A-Z]{2}[ -]?\d{2}[ -]?[A-Z]{2}|\d[A-Z]{2}[ -]?\d[A-Z]{2}"
    r"|[A-Z]{3}[ -]?\d{3}|\d{3}[ -]?[A-Z]{2}\d|\d{3}[ -]?[A-Z]{3}|1[A-Z]{3}[ -]?\d{3}"
    r"|S\d{3}[ -]?[A-Z]{3}"
    r"|\d[A-Z]{3}\d{3}|[A-Z]{3}[ -]\d{4}|[A-Z]{1,2}\d{2}[ -]?[A-Z]{2,3}|\d{1,2}[A-Z]\d{4,5}"
    r"|[A-ZÄÖÜ]{1,3}[ -·][A-Z]{1,2} ?\d{1,4} ?[EH]?|[A-Z]{2}[ -]\d{3}[ -][A-Z]{2}"
    r"|\d{4} ?[BCDFGHJ-NPR-TV-Z]{3}"
    r"|[A-Z0-9]{1,3}-[A-Z0-9]{2,3}-[A-Z0-9]{1,3}|\d{2,3}-[A-Z]{1,2}-\d{1,6}|\d-[A-Z]{3}-\d{3}"
    r"|[A-Z]{1,2}-\d{3,5}[A-Z]{1,2}|[A-Z]{2,3} ?\d{4,5}|\d{3}-?[A-Z]{2,3}|[A-Z0-9]{5,8}"
)
_LOWER = token(
    r"[a-z]{2}\d{2} ?[a-z]{3}|[a-z]{3} ?\d{2}[a-z]|[a-z]{2} ?\d{2} ?[a-z]{2}|[a-z]{3}[ -]?\d{3}"
    r"|\d{3} ?[a-z]{3}"
    r"|\d[a-z]{3}\d{3}|1[a-z]{2} ?\d[a-z]{2}"
)
_BRITISH = token(
    r"[A-HJ-PR-Y][A-HJ-PR-Y](?:0[2-9]|[12]\d|5[1-9]|[67]\d)[ -]?[A-HJ-PR-Z]{3}", re.IGNORECASE
)
_VEHICLE = words(
    r"cars?", r"vans?", r"vehicles?", r"truck", r"lorry", r"motor(?:bike|cycle|home)",
    r"driv(?:es|ing|en)",
    r"drove", r"parked", r"parking", r"taxi", r"audi", r"bmw", r"ford", r"toyota",
    r"volkswagen", r"vw",
    r"vauxhall", r"nissan", r"mercedes", r"honda", r"tesla", r"kia", r"hyundai", r"skoda", r"volvo",
    r"renault", r"peugeot", r"fiat", r"mazda", r"land rover", r"mini", r"dashcam", r"mot",
)  # fmt: skip


def _plate(written: str) -> float:
    plain = letters_and_digits(written)
    mixed = not plain.isalpha() and not plain.isdigit()
    return 0.85 if mixed and 4 <= len(plain) <= 9 else 0.0


def _british(page: Page, start: int, end: int) -> float:
    beside = page.before(start, _VEHICLE) or page.after(end, _VEHICLE, 24)
    if beside and page.text[start:end].isupper():
        return 0.75
    return 0.6 if page.text.strip() == page.text[start:end] else 0.0


_NEEDLES = ("plate", "reg", "vrm", "vrn", "kennzeichen", "immatric", "matr", "targa", "kenteken",
            "plaque")  # fmt: skip

RULES: tuple[Rule, ...] = (
    LabelRule("LICENCE_PLATE", _PLATE, _FORM, _plate, _NEEDLES, width=24),
    LabelRule("LICENCE_PLATE", _PLATE, _LOWER, _plate, _NEEDLES, width=14),
    PatternRule("LICENCE_PLATE", _BRITISH, _british, (), ("GB",)),
)
