"""The view of a text that the rules read: look-alikes folded, escapes undone, offsets kept.

Writing `jane&#64;example.org`, full-width digits or a zero-width space inside a number hides it
from a pattern but from no reader, and so does a doubled blank. A view undoes those, and maps
every find back to the characters of the text as it was given.
"""

import functools
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from burnish.methods.privacy.spans import CATEGORIES, Span

INERT = "\ufffc"
"""Stands in a view for what is masked already; no rule matches it."""

_ENTITY = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
_PERCENT = r"%[2-7][0-9a-fA-F]"
_ESCAPE = r"\\u00[2-7][0-9a-fA-F]"
_MARKED = r"[A-Za-z][\u0300-\u036f]+|[^\x00-\x7f][\u0300-\u036f]*"
_BLANKS = r"[ \t\u00a0]{2,3}"
_PLAIN_MARKS = ("&", "%", "\\u", "[", "  ", " \t", "\t ", "\t\t")

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
}


@dataclass(frozen=True, slots=True)
class View:
    """A readable form of a text; `starts` and `ends` are None where it is the text itself."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def original(self, span: Span) -> Span:
        """The same find in characters of the text as it was given."""
        if self.starts is None or self.ends is None:
            return span
        return Span(self.starts[span.start], self.ends[span.end - 1], span.category, span.score)


def look_through(text: str, tokens: re.Pattern[str], hidden: Sequence[Span] = ()) -> View:
    """The view of a text in which the mask tokens and the spans in `hidden` are one `INERT` each.

    `tokens` comes from `token_pattern`; `hidden` is sorted and disjoint.
    """
    if not hidden and text.isascii() and not any(mark in text for mark in _PLAIN_MARKS):
        return View(text)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for start, end, shown in _pieces(text, tokens, hidden):
        out += (text[done:start], shown)
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        starts.extend([start] * len(shown))
        ends.extend([end] * len(shown))
        done = end
    out.append(text[done:])
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return View("".join(out), starts, ends)


@functools.lru_cache(maxsize=64)
def token_pattern(extra: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Matches, in its group 'token', the mask tokens of the known and the `extra` categories."""
    names = "|".join(re.escape(name) for name in (*CATEGORIES, *extra))
    token = rf"(?P<token>\[(?:{names})(?:_\d{{1,4}})?\])"
    return re.compile("|".join((token, _ENTITY, _PERCENT, _ESCAPE, _BLANKS, _MARKED)))


def _pieces(
    text: str, tokens: re.Pattern[str], hidden: Sequence[Span]
) -> Iterator[tuple[int, int, str]]:
    """The stretches that read otherwise than they are written: (start, end, what is read)."""
    done = 0
    for span in (*hidden, None):
        stop = len(text) if span is None else span.start
        for match in tokens.finditer(text, done, stop):
            shown = INERT if match["token"] else _read(match[0])
            if shown != match[0]:
                yield match.start(), match.end(), shown
        if span is not None:
            yield span.start, span.end, INERT
            done = span.end


@functools.lru_cache(maxsize=65536)
def _read(piece: str) -> str:
    """What a reader (or the program that reads the file) takes a piece for."""
    if piece[0] == "&":
        return "".join(map(_fold, html.unescape(piece)))
    if piece[0] in " \t\u00a0" and len(piece) > 1:
        return " "
    if piece[0] == "%":
        return chr(int(piece[1:], 16))
    if piece[0] == "\\":
        return chr(int(piece[2:], 16))
    return "".join(map(_fold, unicodedata.normalize("NFC", piece)))


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
