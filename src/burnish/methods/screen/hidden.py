"""Text that a reader does not see and a model does.

Invisible characters (Unicode tags, variation selectors, zero-width runs and fillers), controls that
reorder what is seen (Boucher and Anderson, Trojan Source, 2021), look-alike letters of another
script in a word (Unicode Technical Standard 39, section 5), elements that HTML does not show, and
blobs of base64. Joiners where writing needs them stay: in emoji sequences, in Arabic, Persian and
the scripts of India, one at a time; bidirectional controls in text that runs from right to left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from burnish.methods.screen.finding import Finding

INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f"
    "\u3164\ufeff\uffa0\U0001d173-\U0001d17a"
)
"""Characters without a glyph that are no space, as a character class; selectors and tags aside."""

_SUSPECT = re.compile(
    f"[{INVISIBLE}\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f\U000e0000-\U000e01ef\u0400-\u04ff"
    "\u0370-\u03ff\u0500-\u058f]"
)
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_FLAG = "\U0001f3f4"
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_RUN = re.compile(f"[{INVISIBLE}]{{4,}}")
_SPLIT = re.compile("(?<=[A-Za-z])[\u200b-\u200d\u2060-\u2064\ufeff\u180e]+(?=[A-Za-z])")
_SPLITS = 3
_OVERRIDES = re.compile("[\u202d\u202e]")
_OPENING = re.compile("[\u202a\u202b\u2066-\u2068]")
_CLOSING = re.compile("[\u202c\u2069]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_LIKE_LATIN = re.compile(
    "[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0432"
    "\u043a\u043c\u043d\u0442\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425"
    "\u0406\u0408\u0405\u04ae\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1"
    "\u03a4\u03a5\u03a7\u03bf\u0585\u0578\u0570\u057d]"
)
"""Cyrillic, Greek and Armenian letters drawn as Latin ones; letters of formulas aside."""

_STYLE = (
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:[;\"']|$)"
    r"|font-size\s*:\s*(?:0|1)(?:\.\d+)?(?:px|pt|em|rem|%)?\s*(?:[;\"'])"
    r"|(?<!-)color\s*:\s*(?:#fff(?:fff)?\b|white\b|transparent|rgba?\([^)]{0,60},\s*0?\.?0\s*\))"
    r"|text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{3,}px|(?:height|width)\s*:\s*[01]px"
)
_HIDDEN_ELEMENT = re.compile(
    rf"<[a-z][a-z0-9]{{0,15}}\b[^<>]{{0,300}}?(?:style\s*=\s*[\"'][^<>]{{0,300}}?(?:{_STYLE})"
    r"|\shidden\b(?!\s*=\s*[\"']?false))[^<>]{0,300}>(?P<inner>[^<]{12,4000})",
    re.IGNORECASE,
)
_BLOB = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{1024,}={0,2}")
_SPACED = re.compile(r"\S+\s+\S+\s+\S+")


def hidden(text: str) -> list[Finding]:
    """What is hidden in a text, sorted; kinds are the names of `KINDS`."""
    found: list[Finding] = []
    if not text.isascii() and _SUSPECT.search(text):
        found += [Finding(*at, kind) for kind, look in _LOOKS.items() for at in look(text)]
    if "<" in text:
        found += [
            Finding(m.start(), m.end(), "hidden_html")
            for m in _HIDDEN_ELEMENT.finditer(text)
            if _SPACED.search(m["inner"])
        ]
    if len(text) >= 1024:
        found += [Finding(m.start(), m.end(), "blob") for m in _BLOB.finditer(text) if _mixed(m[0])]
    return sorted(found)


def _mixed(blob: str) -> bool:
    return any(map(str.islower, blob)) and any(map(str.isupper, blob))


Places = Iterator[tuple[int, int]]


def _tags(text: str) -> Places:
    """Unicode tags, but for the emoji flags of regions, which end in a cancel tag."""
    for match in _TAGS.finditer(text):
        flag = text[: match.start()].endswith(_FLAG) and match[0].endswith("\U000e007f")
        if not (flag and len(match[0]) <= 8):
            yield match.span()


def _selectors(text: str) -> Places:
    """More than one variation selector in a row, or one of the supplement not on an ideograph."""
    for match in _SELECTORS.finditer(text):
        base = text[match.start() - 1] if match.start() else ""
        plain = match[0] <= "\ufe0f" or unicodedata.name(base, "").startswith("CJK")
        if len(match[0]) > 1 or not plain:
            yield match.span()


def _runs(text: str) -> Places:
    return (match.span() for match in _RUN.finditer(text))


def _split_words(text: str) -> Places:
    """Words of Latin letters cut by zero-width characters; one or two are a web page's."""
    cuts = [match.span() for match in _SPLIT.finditer(text)]
    if len(cuts) >= _SPLITS:
        yield from cuts


def _reordering(text: str) -> Places:
    """Overrides, and embeddings or isolates in a text without a letter from right to left.

    Also where they stay open to the end of a line: what follows is reordered, too.
    """
    yield from (match.span() for match in _OVERRIDES.finditer(text))
    leftward = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text)
    start = 0
    for line in text.splitlines(keepends=True):
        opened = [match.start() for match in _OPENING.finditer(line)]
        if opened and (not leftward or len(opened) > len(_CLOSING.findall(line))):
            yield start + opened[0], start + opened[0] + 1
        start += len(line)


def _look_alikes(text: str) -> Places:
    """Words of Latin letters with look-alikes of another script, in a text written in Latin."""
    mixed = [
        match.span()
        for match in _WORD.finditer(text)
        if not match[0].isascii() and _LIKE_LATIN.search(match[0]) and _LATIN.search(match[0])
    ]
    if mixed and 2 * len(_LATIN.findall(text)) > sum(map(str.isalpha, text)):
        yield from mixed


_LOOKS: dict[str, Callable[[str], Places]] = {
    "unicode_tags": _tags,
    "variation_selectors": _selectors,
    "invisible_run": _runs,
    "split_words": _split_words,
    "reordering": _reordering,
    "look_alikes": _look_alikes,
}
KINDS = (*_LOOKS, "hidden_html", "blob")
