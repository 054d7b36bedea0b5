"""Reads a text, or all the fields and names of many documents, for personal data left in them.

It works with its own expressions, check digits and lists of names, and shares nothing with the
first detector, so that one fault does not blind both. It reports what it is sure of: its silence is
not a proof. It sees few names, and the two detectors miss alike more often than chance, so a
residual rate is a floor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from burnish.methods.residual.figures import figures_in
from burnish.methods.residual.finding import HIGH, Finding
from burnish.methods.residual.keys import keys_in
from burnish.methods.residual.network import network_in
from burnish.methods.residual.papers import papers_in
from burnish.methods.residual.people import people_in
from burnish.methods.residual.places import places_in
from burnish.methods.residual.sheet import Sheet
from burnish.methods.residual.views import views

_SHEET = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class DocumentFinding:
    """A finding in a field of a document, or in a field's name.

    `place` is 'value' or 'name'; `view` says how the text was read ('text', 'nfkc', 'html', 'url',
    'json', 'base64'), and `start` and `end` count that view's characters.
    """

    field: str
    place: str
    view: str
    start: int
    end: int
    category: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """One text of one document, read in one way."""

    document: int
    field: str
    place: str
    view: str
    text: str


def scan(text: str, least: float = HIGH) -> list[Finding]:
    """The findings of at least that confidence, sorted by where they start."""
    return _on_sheet(Sheet([text]), least)[0]


def scan_document(fields: Mapping[str, str], least: float = HIGH) -> list[DocumentFinding]:
    """The findings in every value and every name (of a key, a file), as written and decoded.

    What another view shows is reported only where the text as written does not show it.
    """
    return scan_documents([fields], least)[0]


def scan_documents(
    documents: Sequence[Mapping[str, str]], least: float = HIGH
) -> list[list[DocumentFinding]]:
    """The findings of each document; many are read at once, in about a megabyte at a time."""
    found: list[list[DocumentFinding]] = [[] for _ in documents]
    batch: list[_Piece] = []
    size = 0
    for piece in _pieces(documents):
        batch.append(piece)
        size += len(piece.text)
        if size >= _SHEET:
            _read(batch, found, least)
            batch, size = [], 0
    _read(batch, found, least)
    return [sorted(each) for each in found]


def _pieces(documents: Sequence[Mapping[str, str]]) -> Iterator[_Piece]:
    for number, fields in enumerate(documents):
        for field, value in fields.items():
            yield _Piece(number, field, "value", "text", value)
            if not _is_plain(field):
                yield _Piece(number, field, "name", "text", field)


def _is_plain(name: str) -> bool:
    """Whether a field's name is too short and simple to hold an identifier (`messages[12]`)."""
    return name.partition("[")[0].isidentifier() and name.isascii() and len(name) <= 12


def _read(batch: Sequence[_Piece], found: list[list[DocumentFinding]], least: float) -> None:
    """Add what a batch of pieces shows, and then what their other readings show besides."""
    sheet = Sheet([piece.text for piece in batch])
    seen: set[tuple[int, str, str]] = set()
    for piece, findings in zip(batch, _on_sheet(sheet, least), strict=True):
        _add(piece, findings, seen, found)
    others = [
        _Piece(piece.document, piece.field, piece.place, view, text)
        for piece, long in zip(batch, sheet.long_words(), strict=True)
        for view, text in views(piece.text, long)
    ]
    if others:
        second = Sheet([piece.text for piece in others])
        for piece, findings in zip(others, _on_sheet(second, least), strict=True):
            _add(piece, findings, seen, found)


def _add(
    piece: _Piece,
    findings: Sequence[Finding],
    seen: set[tuple[int, str, str]],
    found: list[list[DocumentFinding]],
) -> None:
    for one in findings:
        said = (piece.document, one.category, piece.text[one.start : one.end])
        if piece.view == "text" or said not in seen:
            seen.add(said)
            place = (piece.field, piece.place, piece.view, one.start, one.end)
            found[piece.document].append(DocumentFinding(*place, one.category, one.confidence))


def _on_sheet(sheet: Sheet, least: float) -> list[list[Finding]]:
    """The findings of each text, in characters of that text."""
    found: list[set[Finding]] = [set() for _ in sheet.starts]
    for one in _families(sheet):
        if one.confidence >= least:
            number, start = sheet.home(one.start)
            end = min(one.end - start, sheet.lengths[number])
            if end > one.start - start:
                placed = Finding(one.start - start, end, one.category, one.confidence)
                found[number].add(placed)
    return [sorted(each) for each in found]


def _families(sheet: Sheet) -> Iterator[Finding]:
    yield from figures_in(sheet)
    yield from papers_in(sheet)
    yield from places_in(sheet)
    yield from network_in(sheet)
    yield from keys_in(sheet)
    yield from people_in(sheet)
