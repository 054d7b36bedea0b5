"""Reads a text, or all the fields and names of a document, for personal data left in it.

It works from tokens and group sizes with its own check digits and its own short lists, and shares
nothing with the first detector, so that one fault does not blind both. It reports what it is sure
of: its silence is not a proof. It sees few names, and the two detectors miss alike more often than
chance, so a residual rate is a floor.
"""

import base64
import binascii
import html
import unicodedata
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from burnish.methods.residual.chunks import chunks_in
from burnish.methods.residual.figures import figures_in
from burnish.methods.residual.finding import HIGH, Finding
from burnish.methods.residual.stream import Stream
from burnish.methods.residual.wordings import words_in

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


@dataclass(frozen=True, slots=True, order=True)
class DocumentFinding:
    """A finding in a field of a document, or in a field's name.

    `place` is 'value' or 'name'; `view` says how the text was read ('text', 'nfkc', 'html', 'url',
    'base64'), and `start` and `end` count that view's characters.
    """

    field: str
    place: str
    view: str
    start: int
    end: int
    category: str
    confidence: float


def scan(text: str, least: float = HIGH) -> list[Finding]:
    """The findings of at least that confidence, sorted by where they start."""
    stream = Stream(text)
    found = [*figures_in(stream), *words_in(stream), *chunks_in(stream)]
    return sorted({finding for finding in found if finding.confidence >= least})


def scan_document(fields: Mapping[str, str], least: float = HIGH) -> list[DocumentFinding]:
    """The findings in every value and every name (of a key, a file), as written and decoded.

    What another view shows is reported only where the text as written does not show it.
    """
    found = []
    for field, value in fields.items():
        for place, text in (("value", value), ("name", field)):
            found += [
                DocumentFinding(field, place, view, f.start, f.end, f.category, f.confidence)
                for view, f in _all_views(text, least)
            ]
    return sorted(found)


def _all_views(text: str, least: float) -> Iterator[tuple[str, Finding]]:
    seen: set[tuple[str, str]] = set()
    for view, read in _views(text):
        for finding in scan(read, least):
            said = (finding.category, read[finding.start : finding.end])
            if said not in seen:
                seen.add(said)
                yield view, finding


def _views(text: str) -> Iterator[tuple[str, str]]:
    yield "text", text
    if not text.isascii():
        visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
        folded = unicodedata.normalize("NFKC", visible)
        if folded != text:
            yield "nfkc", folded
    if "&" in text and html.unescape(text) != text:
        yield "html", html.unescape(text)
    if "%" in text and urllib.parse.unquote(text) != text:
        yield "url", urllib.parse.unquote(text)
    for plain in _decoded(text):
        yield "base64", plain


def _decoded(text: str) -> Iterator[str]:
    """The readable texts that base64 pieces of twelve characters or more stand for."""
    for piece in text.replace('"', " ").replace("'", " ").replace(",", " ").split():
        body = piece.rstrip("=").rpartition("=")[2]
        if len(body) < 12 or not _BASE64.issuperset(body):
            continue
        bare = body.replace("-", "+").replace("_", "/")
        try:
            plain = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        if plain.isprintable():
            yield plain
