"""Quoted replies in mail, in English, German, French, Spanish, Dutch, Italian, Portuguese.

Written here because the library for it (mail-parser-reply 1.36) takes quadratic time on lines
made for it, three seconds for 12 KB, and takes lists with hyphens for signatures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from burnish.methods.normalise.lines import plain, says_something

_HEADER_LIMIT = 400
_WROTE = {
    "on": ("wrote", "writes", "said"),
    "am": ("schrieb", "geschrieben"),
    "von": ("schrieb", "geschrieben"),
    "le": ("écrit",),
    "el": ("escribió", "escribio"),
    "op": ("schreef", "geschreven"),
    "il": ("scritto",),
    "em": ("escreveu",),
}
_VERBS = tuple(f" {verb}" for verbs in _WROTE.values() for verb in verbs)
_MOMENT = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.h]\d\d\b")

_ORIGINAL = frozenset(
    (
        *("original message", "original-nachricht", "ursprüngliche nachricht"),
        *("message d'origine", "message original", "mensaje original", "oorspronkelijk bericht"),
        *("messaggio originale", "mensagem original", "reply message", "original appointment"),
    )
)
_FORWARDED = (
    *("forwarded message", "begin forwarded message", "weitergeleitete nachricht", "forwarded by"),
    *("anfang der weitergeleiteten", "message transféré", "message réexpédié"),
    *("mensaje reenviado", "doorgestuurd bericht", "begin doorgestuurd bericht"),
    *("messaggio inoltrato", "mensagem encaminhada"),
)
_FROM = frozenset(("from", "von", "de", "van", "da"))
_LABELS = frozenset(
    (
        *("sent", "date", "to", "cc", "subject", "gesendet", "datum", "an", "betreff"),
        *("envoyé", "envoyé le", "à", "objet", "enviado", "enviado el", "fecha", "para", "asunto"),
        *("verzonden", "aan", "onderwerp", "inviato", "data", "a", "oggetto", "assunto", "kopie"),
    )
)
_WRITER_WORDS = 6
_BLOCK_LINES = 6
_BLOCK_LABELS = 2


def without_replies(lines: list[str], names: set[str]) -> list[str]:
    """The lines without those quoted by `>` and without the message replied to beneath.

    Answers between quoted lines stay. What was forwarded stays too: it is what the mail is about.
    Adds `quoted_reply` to `names` where a line went; a text that is nothing else is kept.
    """
    for kept in (_unquoted, _above):
        rest = kept(lines)
        if len(rest) != len(lines) and says_something(rest):
            lines = rest
            names.add("quoted_reply")
    return lines


def _unquoted(lines: list[str]) -> list[str]:
    """The lines without runs that begin with `>`, and without the line that introduces a run."""
    kept: list[str] = []
    quoting = False
    for line in lines:
        if line.startswith(">"):
            if not quoting:
                _drop_introduction(kept)
            quoting = True
        elif line.strip() or not quoting:
            quoting = False
            kept.append(line)
    return kept


def _drop_introduction(kept: list[str]) -> None:
    """Take `... wrote:` and the blank lines after it from the end of the lines kept so far."""
    end = len(kept)
    while end and not kept[end - 1].strip():
        end -= 1
    size = _introduction(kept[max(0, end - 3) : end], loose=True)
    if size:
        del kept[end - size :]
        kept.append("")


def _above(lines: list[str]) -> list[str]:
    """The lines above the first header of an older message."""
    before = ""
    for place, line in enumerate(lines):
        start = _header_start(lines, place) if line.strip() else None
        if start is not None and not _opens_forwarded(before):
            return lines[:start]
        before = line if line.strip() else before
    return lines


def _header_start(lines: Sequence[str], place: int) -> int | None:
    """Where the header of an older message starts that is recognised at a line; None for none."""
    line = lines[place]
    if len(line) > _HEADER_LIMIT:
        return None
    if line[0] in "-_*" and plain(line.strip("-_ *")) in _ORIGINAL:
        return place
    if ":" not in line:
        return None
    if line.rstrip().endswith(":"):
        size = _introduction(lines[max(0, place - 2) : place + 1], loose=False)
        if size:
            return place + 1 - size
    return place if _is_block(lines[place : place + _BLOCK_LINES]) else None


def _is_block(lines: Sequence[str]) -> bool:
    """Whether `From:` is followed at once by two more of the lines that Outlook writes."""
    if _label(lines[0]) not in _FROM:
        return False
    labels = [_label(line) for line in lines[1:]]
    return sum(label in _LABELS for label in labels[: _BLOCK_LABELS + 1]) >= _BLOCK_LABELS


def _label(line: str) -> str:
    head, colon, _ = line[:40].partition(":")
    return plain(head) if colon else ""


def _introduction(lines: Sequence[str], *, loose: bool) -> int:
    """How many of the last lines are `On ... wrote:`; 0 where they are not.

    A loose one needs no date, because quoted lines follow it.
    """
    if not lines or not lines[-1].rstrip().endswith(":"):
        return 0
    for size in range(1, len(lines) + 1):
        words = " ".join(lines[-size:])
        if len(words) > _HEADER_LIMIT or not lines[-size].strip():
            break
        if _introduces(words, dated=not loose):
            return size
    return 1 if loose and _names_writer(lines[-1]) else 0


def _names_writer(line: str) -> bool:
    """Whether a line is no more than `Jo Doe <jo@example.org> wrote:`."""
    words = line.casefold().rstrip(": \t")
    return words.endswith(_VERBS) and len(words.split()) <= _WRITER_WORDS


def _introduces(text: str, *, dated: bool) -> bool:
    """Whether a text is `On ... wrote:`, with a date or an address where it must be dated."""
    words = text.casefold().replace(",", " ").replace(":", " ").split()
    if not words:
        return False
    verbs = _WROTE.get(words[0], ())
    if any(word in verbs for word in words):
        return not dated or "@" in text or _MOMENT.search(text) is not None
    return words[0][0].isdigit() and "@" in text and text.rstrip().endswith(">:")


def _opens_forwarded(line: str) -> bool:
    return len(line) <= _HEADER_LIMIT and plain(line.strip("-_ *:")).startswith(_FORWARDED)
