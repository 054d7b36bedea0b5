"""Postal addresses, coordinates, and dates of birth in words."""

import re
from collections.abc import Iterator

from burnish.methods.residual.finding import Finding
from burnish.methods.residual.sheet import Sheet

_STREET = re.compile(
    r"[0-9]{1,5}[A-Za-z]?(?:[/\-][0-9]{1,5}[A-Za-z]?)?,?[ ]"
    r"(?:(?:[NSEW]|[NS][EW])\.? )?(?:(?:[A-Z][\w'’.\-]{0,30}|[0-9]{1,3}(?:st|nd|rd|th)) ){1,3}"
    r"(?:(?:Street|Road|Avenue|Lane|Drive|Court|Crescent|Parade|Terrace|Highway|Boulevard|Close"
    r"|Grove|Esplanade|Circuit"
    r"|Gardens|Mews|Parkway|Place|Way|Row)\b|(?:St|Rd|Ave|Ln|Dr|Ct|Cres|Pde|Tce|Hwy|Blvd|Pkwy"
    r"|Pl)\b\.?(?=[\s,;.)\"'<|]*(?:[\n,;|<\"')]|\Z|[0-9]|Apt|Unit|#"
    r"|[A-Z][a-z]+,? [A-Z]{2,3} [0-9]{4})))"
)
_SMALL_STREET = re.compile(
    r"[0-9]{1,5}[a-z]?(?:/[0-9]{1,5})? (?:[a-z'\-]{1,30} ){1,3}(?:street|st|road|rd|avenue|ave|lane"
    r"|drive|dr|court|crescent|parade|pde"
    r"|terrace|tce|close|way|blvd),? (?:[a-z'\-]{1,30},? ){1,3}(?:nsw|vic|qld|wa|sa|tas|act|nt"
    r"|[a-z]{2}) [0-9]{4,5}\b"
)
_LATIN = re.compile(
    r"[0-9]{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|chemin|impasse|quai) (?:d[eu]s? |de la "
    r"|de l['’])?[A-ZÀ-Þ][\w'’\-]+"
)
_BOX = re.compile(r"[Bb][Oo][Xx] [0-9]{1,6}")
_POST = re.compile(r"(?:\bp\.? ?o\.?|\bgpo|\bpost office) ?\Z")
_BEFORE = re.compile(
    r"(?:\b(?:Via|Viale|Piazza|Corso|Calle(?: de)?|Avenida|Rua|Plaza|ul\.|Rue de la|Rue du"
    r"|Rue) (?:[\w'’.áéíóúñàèìòù\-]+ ){0,3}"
    r"[\w'’áéíóúñàèìòù\-]+,?|\b[A-ZÄÖÜ][\wäöüß.\-]*(?:straße|strasse|weg|platz|gasse|allee|gatan"
    r"|gracht|straat|laan|gade)"
    r"|\b[A-ZÄÖÜ][\wäöüß]+ (?:Straße|Strasse|Weg|Platz|Allee)) \Z"
)
_PAIR = re.compile(r"[0-9]{1,3}\.[0-9]{4,9}°? ?[NS]?[,;\s]{1,3}-?[0-9]{1,3}\.[0-9]{4,9}°? ?[EW]?")
_ONE = re.compile(r"(?:itude)?[\"']?\s{0,2}[:=]\s{0,2}[\"']?(-?[0-9]{1,3}\.[0-9]{4,9})")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")
_DEGREES = re.compile(
    r"[0-9]{1,3} ?° ?[0-9]{1,2} ?['’′] ?[0-9.]{1,6} ?[\"”″]? ?[NS][, ]{1,3}[0-9]{1,3} ?°"
    r" ?[0-9]{1,2} ?['’′] ?[0-9.]{1,6} ?[\"”″]? ?[EW]"
)
_NUMBER = re.compile(
    r"[0-9]{1,4}[a-z]?(?:/[0-9]{1,3})*,?\s{1,2}(?:[A-Z]{1,2}-)?[0-9]{2,5}[ -][0-9A-Z]"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_WORDED = re.compile(
    rf"(?:{_DAY}[ \-/]*(?:of )?{_MONTH}|{_MONTH} ?{_DAY})[ ,\-/]*(?:'?[0-9]{{2}}\b"
    rf"|(?:of )?[12][0-9]{{3}})",
    re.I,
)


def places_in(sheet: Sheet) -> Iterator[Finding]:
    """The findings of every form of address, of coordinates, and of dates after a word of birth."""
    done = 0
    for start, end in sheet.runs:
        if start < done or end - start > 5:
            continue
        found = _at(sheet, start, end)
        if found:
            done = found.end
            yield found
    yield from _boxes(sheet)
    yield from _labelled(sheet)
    yield from _births(sheet)


def _at(sheet: Sheet, start: int, end: int) -> Finding | None:
    """What begins, or ends, with these digits: a street, a house number, a latitude."""
    text = sheet.text
    after = text[end : end + 2]
    if after[:1] in (".", "°") or after[1:] == "°":
        return _point(text, start)
    if not (after[1:].isalnum() or after[:1].isalpha() or after[:1] == ","):
        return None
    if not _attached(text, start) and (after[1:].isalpha() or after[:1] != " "):
        for form in (_STREET, _SMALL_STREET, _LATIN):
            match = form.match(text, start)
            if match:
                return Finding(*match.span(), "ADDRESS", 0.86)
    return _after_its_street(text, start)


def _after_its_street(text: str, start: int) -> Finding | None:
    """A house number behind its street, with a postcode after it, as the continent writes."""
    number = _NUMBER.match(text, start)
    if number is None or text[start - 1 : start] != " ":
        return None
    street = _BEFORE.search(text, max(0, start - 40), start)
    return Finding(street.start(), number.end(), "ADDRESS", 0.86) if street else None


def _point(text: str, start: int) -> Finding | None:
    """A latitude and a longitude precise to ten metres (ISO 6709)."""
    match = _PAIR.match(text, start) or _DEGREES.match(text, start)
    first = start - (text[start - 1 : start] == "-")
    if match is None or _attached(text, first) or not _on_earth(match[0]):
        return None
    return Finding(first, match.end(), "COORDINATES", 0.9)


def _on_earth(pair: str) -> bool:
    """Whether two decimals may be degrees: within range, and not both below ten without a mark."""
    if "°" in pair or any(mark in pair for mark in "NSEW"):
        return True
    first, second = (abs(float(number)) for number in _DECIMAL.findall(pair))
    return first <= 90 and second <= 180 and max(first, second) >= 10


def _boxes(sheet: Sheet) -> Iterator[Finding]:
    for match in _BOX.finditer(sheet.text):
        post = _POST.search(sheet.before(match.start(), 16))
        if post:
            yield Finding(match.start() - len(post[0]), match.end(), "ADDRESS", 0.9)


def _attached(text: str, start: int) -> bool:
    """Whether a number goes on to the left."""
    return start > 0 and (text[start - 1].isalnum() or text[start - 1] in ".$_-,")


def _labelled(sheet: Sheet) -> Iterator[Finding]:
    """A latitude or a longitude alone behind its word."""
    for word in ("lat", "lng", "lon", "longitude"):
        for place in sheet.places(word):
            told = _ONE.match(sheet.text, place)
            if told:
                yield Finding(*told.span(1), "COORDINATES", 0.9)


def _births(sheet: Sheet) -> Iterator[Finding]:
    """Dates with a month in letters shortly after a word of birth."""
    for word in ("birth", "born", "dob", "d.o.b", "bday"):
        for place in sheet.places(word):
            match = _WORDED.search(sheet.after(place, 48))
            if match:
                yield Finding(place + match.start(), place + match.end(), "DATE_OF_BIRTH", 0.9)
