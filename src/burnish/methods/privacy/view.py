"""The view of a text that the rules read: look-alikes folded, escapes undone, offsets kept.

Writing `jane&#64;example.org`, full-width digits or a zero-width space inside a number hides it
from a pattern but from no reader, and so do doubled blanks, dashes between blanks (`340 - 79 - 41`)
and the line of a form to fill in (`____353 263 237____`). A view undoes those, and maps every find
back to the characters of the text as it was given. Only the pieces that read otherwise than they
are written are kept, so a text without any costs a look at it.
"""

import functools
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from burnish.methods.privacy.spans import CATEGORIES, Span

INERT = "\ufffc"
"""Stands in a view for what is masked already; no rule matches it."""

_PLAIN_MARKS = ("&", "%", "\\u", "[")
_WIDE = ("  ", " \t", "\t ", "\t\t", "\u00a0", "__", " - ", " \u2013 ")
_BLANKS = " \t\u00a0"
_COMBINING = "\u0300-\u036f"
_UNIT = re.compile(rf"[A-Za-z][{_COMBINING}]+|[^\x00-\x7f][{_COMBINING}]*")
Piece = tuple[int, int, str]
"""Where a stretch begins and ends, and what is read there."""

# Characters whose compatibility form is not what a reader takes them for.
_LOOK_ALIKES = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201b": "'",
    "\u02bc": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2212": "-",
    "\u3002": ".",
    "\u2028": "\n",
    "\u2029": "\n",
    "\u0130": "I",
    "\u0131": "i",
}


@dataclass(frozen=True, slots=True)
class View:
    """A readable form of a text.

    `starts` and `ends` are where its pieces lie in it, `pieces` where they lie in the text.
    """

    text: str
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    pieces: Sequence[Piece] = ()

    def original(self, span: Span) -> Span:
        """The same find in characters of the text as it was given."""
        if not self.pieces:
            return span
        first, last = self._extent(span.start)[0], self._extent(span.end - 1)[1]
        return Span(first, last, span.category, span.score)

    def _extent(self, place: int) -> tuple[int, int]:
        """Where the character at a place of the view stands in the text: its start and end."""
        index = bisect_right(self.starts, place) - 1
        if index < 0:
            return place, place + 1
        if place < self.ends[index]:
            return self.pieces[index][:2]
        origin = place - self.ends[index] + self.pieces[index][1]
        return origin, origin + 1


def look_through(text: str, tokens: "Reading", hidden: Sequence[Span] = ()) -> View:
    """The view of a text in which the mask tokens and the spans in `hidden` are one `INERT` each.

    `tokens` comes from `token_pattern`; `hidden` is sorted and disjoint.
    """
    pattern = tokens.pattern_for(text)
    if pattern is None and not hidden:
        return View(text)
    pieces = [*_pieces(text, pattern, hidden)]
    if not pieces:
        return View(text)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = length = 0
    for start, end, shown in pieces:
        out += (text[done:start], shown)
        starts.append(length + start - done)
        length = starts[-1] + len(shown)
        ends.append(length)
        done = end
    out.append(text[done:])
    return View("".join(out), starts, ends, pieces)


@dataclass(frozen=True, slots=True)
class Reading:
    """The patterns of what reads otherwise than it is written, a faster one for most texts.

    Each begins with one set of characters, so that a search can skip to them. `marks` leaves out
    what is written wide: doubled blanks, the line of a form to fill in, a dash between blanks and
    digits. A mask token is matched with the group 'token'.
    """

    marks: re.Pattern[str]
    marks_and_blanks: re.Pattern[str]

    def pattern_for(self, text: str) -> re.Pattern[str] | None:
        """The pattern that this text needs; None where it reads as it is written."""
        if any(mark in text for mark in _WIDE):
            return self.marks_and_blanks
        if text.isascii() and not any(mark in text for mark in _PLAIN_MARKS):
            return None
        return self.marks


@functools.lru_cache(maxsize=64)
def token_pattern(extra: tuple[str, ...] = ()) -> Reading:
    """How to find what reads otherwise: mask tokens of the known and the `extra` categories too."""
    names = "|".join(re.escape(name) for name in (*CATEGORIES, *extra))
    entity = r"#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30}"
    ways = (
        rf"(?P<token>(?<=\[)(?:{names})(?:_\d{{1,4}})?\])|(?<=&)(?:{entity});"
        r"|(?<=%)[2-7][0-9a-fA-F]|(?<=\\)u00[2-7][0-9a-fA-F]"
    )
    # A blank of another kind (U+00A0) belongs to the blanks beside it, not to a run of letters.
    foreign = (
        r"(?<=[^\x00-\x7f\u00a0])[^\x00-\x7f\u00a0]{0,63}[\u0300-\u036f]*"
        r"|(?<=\u00a0)[\u0300-\u036f]*"
    )
    wide = r"(?<=[0-9] )[-\u2013] (?=[0-9])|(?<=[ \t\u00a0])[ \t\u00a0]{1,2}|(?<=_)_{1,255}"
    return Reading(
        re.compile(rf"[\[&%\\\u0080-\U0010ffff](?:{ways}|{foreign})"),
        re.compile(rf"[\[&%\\ \t_\u0080-\U0010ffff](?:{ways}|{wide}|{foreign})"),
    )


def _pieces(text: str, pattern: re.Pattern[str] | None, hidden: Sequence[Span]) -> Iterator[Piece]:
    """The stretches that read otherwise than they are written, in order."""
    done = 0
    for span in (*hidden, None):
        stop = len(text) if span is None else span.start
        for match in pattern.finditer(text, done, stop) if pattern else ():
            for piece in _read(match, text, done):
                yield piece
                done = piece[1]
        if span is not None:
            yield span.start, span.end, INERT
            done = span.end


def _read(match: re.Match[str], text: str, done: int) -> Iterator[Piece]:
    """The pieces of a match; nothing before `done` is free."""
    start, end = match.span()
    first = text[start]
    if match["token"]:
        yield start, end, INERT
    elif first in "&%\\":
        shown = _escaped(match[0])
        if shown != match[0]:
            yield start, end, shown
    elif first == " " and text[start + 1] in "-\u2013":
        yield start, end, "-"
    elif first in " \t_" or (end - start > 1 and text[end - 1] in _BLANKS):
        yield start, end, " "
    else:
        # A mark over an ASCII letter belongs to it.
        if start > done and "\u0300" <= first <= "\u036f" and text[start - 1].isascii():
            start -= text[start - 1].isalpha()
        for begin, stop, shown in _foreign(text[start:end]):
            yield start + begin, start + stop, shown


@functools.lru_cache(maxsize=4096)
def _escaped(written: str) -> str:
    """What the program that reads the file takes an entity or an escape for."""
    if written[0] == "&":
        return "".join(map(_fold, html.unescape(written)))
    return chr(int(written[1:] if written[0] == "%" else written[2:], 16))


@functools.lru_cache(maxsize=16384)
def _foreign(run: str) -> tuple[Piece, ...]:
    """The pieces of a run of characters that are not ASCII, each with the marks over it."""
    read = [
        (unit.start(), unit.end(), "".join(map(_fold, unicodedata.normalize("NFC", unit[0]))))
        for unit in _UNIT.finditer(run)
    ]
    return tuple(piece for piece in read if piece[2] != run[piece[0] : piece[1]])


def _fold(character: str) -> str:
    if character in _LOOK_ALIKES:
        return _LOOK_ALIKES[character]
    kind = unicodedata.category(character)
    if kind == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Pd":
        return "-"
    return unicodedata.normalize("NFKC", character)
