"""Identifiers of letters and digits: accounts, tax numbers, passports, licences, plates."""

import re
from collections.abc import Callable, Iterator

from burnish.methods.residual import checks
from burnish.methods.residual.finding import Finding
from burnish.methods.residual.sheet import Sheet

_DIGIT = re.compile(r"[0-9]+")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_INSURED = re.compile(
    r"[A-Za-z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-Da-d](?![A-Za-z0-9])"
)
_TAXED = re.compile(r"([A-Z]{2})[ -]?([0-9A-Z](?:[ .]?[0-9A-Z]){6,12})(?![A-Za-z0-9])")
_PAPER = re.compile(r"[A-Z0-9](?:[ -]?[A-Z0-9]){4,17}")
_PLATE = re.compile(r"[A-Z0-9]{1,8}(?:[ -][A-Z0-9]{1,4}){0,2}")
_LICENCE = re.compile(
    r"driv\w*[ '’s]*\s*licen[cs]e|driver_?s?_?licen[cs]e|\bd\.?/?l\.?\s*(?:#|no|number)"
)
_VEHICLE = re.compile(
    r"licen[cs]e[ _-]?plate|number[ _-]?plate|\brego\b|\bplate\b|vehicle.{0,20}registration"
)
_TAX = re.compile(r"(?<![a-z])(?:vat|ust|tva|btw|iva|nip|moms)(?![a-z])")


def papers_in(sheet: Sheet) -> Iterator[Finding]:
    """The findings that hold a digit beside a letter, or stand behind the word for their paper."""
    yield from _joined(sheet)
    yield from _labelled(sheet)
    yield from _codes(sheet)


def _joined(sheet: Sheet) -> Iterator[Finding]:
    """What the token around some digits is by its own form."""
    text, done = sheet.text, 0
    for start, end in sheet.runs:
        mark = text[start - 1 : start]
        if start < done or not (
            mark.isalpha() or (mark in (" ", "-") and text[start - 2].isalpha())
        ):
            continue
        first = _back(sheet, start)
        found = _account(sheet, first) or _insured(sheet, first) or _taxed(sheet, first, end)
        if found:
            done = found.end
            yield found


def _account(sheet: Sheet, first: int) -> Finding | None:
    """An IBAN, whole or in blocks: read on until the country's length is reached."""
    window = sheet.after(first, 48)
    needed = checks.iban_length(window[:2].upper())
    if not needed or not window[2:4].isdigit():
        return None
    joined = ""
    for place, sign in enumerate(window):
        if sign.isalnum():
            joined += sign.upper()
        elif sign not in " -\u00a0":
            break
        if len(joined) == needed:
            known = joined.isascii() and checks.international_account(joined)
            return Finding(first, first + place + 1, "IBAN", 0.97) if known else None
    return None


def _insured(sheet: Sheet, first: int) -> Finding | None:
    """A national insurance number, its letters before or a blank away."""
    for place in (first, first - 3):
        match = _INSURED.match(sheet.text, max(0, place))
        if match is None or (place > 0 and sheet.text[place - 1].isalnum()):
            continue
        written = re.sub(r"[ -]", "", match[0]).upper()
        if checks.national_insurance(written) and _told(sheet, place, match[0]):
            return Finding(match.start(), match.end(), "NINO", 0.93)
    return None


def _told(sheet: Sheet, place: int, written: str) -> bool:
    """Whether it is written in capitals, or a word for it stands before."""
    return (
        written.upper() == written
        or "insurance" in sheet.before(place)
        or "ni" in sheet.near(place)
    )


def _taxed(sheet: Sheet, first: int, end: int) -> Finding | None:
    for place in (first, first - 3):
        match = _TAXED.match(sheet.text, max(0, place)) if place >= 0 else None
        if match is None or (place and sheet.text[place - 1].isalnum()) or match.end() < end:
            continue
        body = re.sub(r"[ .]", "", match[2])
        if checks.value_added_tax(match[1], body) and _TAX.search(sheet.before(place, 40)):
            return Finding(match.start(), match.end(), "VAT", 0.93)
    return None


def _labelled(sheet: Sheet) -> Iterator[Finding]:
    """A paper's number after its word: passport, licence of a driver, plate of a vehicle."""
    for place in sheet.places("passport"):
        yield from _first(sheet, place, _passport)
    for word in ("license", "licence", "dl", "d/l", "d.l"):
        for place in sheet.places(word):
            if _LICENCE.search(sheet.before(place + 4, 28)):
                yield from _first(sheet, place, _licence)
    for word in ("plate", "rego", "registration"):
        for place in sheet.places(word):
            if _VEHICLE.search(sheet.before(place, 40)):
                yield from _first(sheet, place, _plate)


def _first(
    sheet: Sheet, place: int, read: Callable[[Sheet, int], Finding | None]
) -> Iterator[Finding]:
    """The first number within reach of a word, if it can be read as the paper's."""
    for match in list(_DIGIT.finditer(sheet.after(place, 40)))[:2]:
        found = read(sheet, place + match.start())
        if found:
            yield found
            return


def _passport(sheet: Sheet, start: int) -> Finding | None:
    return _paper(sheet, start, "PASSPORT", (8, 9))


def _licence(sheet: Sheet, start: int) -> Finding | None:
    return _paper(sheet, start, "DRIVER_LICENCE", (6, 7, 8, 9, 10, 12, 13, 16))


def _paper(sheet: Sheet, start: int, category: str, sizes: tuple[int, ...]) -> Finding | None:
    match = _PAPER.match(sheet.text, _back(sheet, start))
    while match:
        written = re.sub(r"[ -]", "", match[0])
        if len(written) in sizes and sum(map(str.isdigit, written)) * 3 >= len(written):
            return Finding(match.start(), match.end(), category, 0.85)
        cut = max(match[0].rfind(" "), match[0].rfind("-"))
        match = _PAPER.match(sheet.text, match.start(), match.start() + cut) if cut > 0 else None
    return None


def _back(sheet: Sheet, start: int) -> int:
    """Where the token with these digits begins."""
    first = start
    while first and start - first < 8 and sheet.text[first - 1].isalnum():
        first -= 1
    return first


def _plate(sheet: Sheet, start: int) -> Finding | None:
    first = _back(sheet, start)
    lead = re.search(r"(?<![A-Za-z0-9])[A-Z]{1,3}[ -]$", sheet.text[max(0, first - 4) : first])
    first -= len(lead[0]) if lead else 0
    match = _PLATE.match(sheet.text, first)
    while match:
        written = re.sub(r"[ -]", "", match[0])
        mixed = not written.isdigit() and not written.isalpha()
        whole = match.end() == len(sheet.text) or not sheet.text[match.end()].isalnum()
        if 5 <= len(written) <= 8 and mixed and whole:
            return Finding(match.start(), match.end(), "LICENCE_PLATE", 0.84)
        cut = max(match[0].rfind(" "), match[0].rfind("-"))
        match = _PLATE.match(sheet.text, match.start(), match.start() + cut) if cut > 0 else None
    return None


def _codes(sheet: Sheet) -> Iterator[Finding]:
    """Bank identifier codes (ISO 9362) after their word."""
    for word in ("swift", "bic"):
        for place in sheet.places(word):
            match = _BIC.search(sheet.text, place, place + 40)
            if (
                match
                and not sheet.glued(*match.span())
                and not sheet.text[place : place + 1].isalpha()
            ):
                yield Finding(*match.span(), "SWIFT", 0.92)
