"""Text that was decoded with the wrong charset, repaired with ftfy (Speer 2019) in linear time.

The loop of ftfy itself takes quadratic time on text that is made for it (117 seconds for 32,000
characters), so its steps are called here, and taken a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_LEADS = bytes([0xC0, *range(0xC2, 0xF5)])
_SPACED = b"\xc2\xc3\xc5\xce\xd0\xd9"
_SPACED_WIDE = b"\xe2\xe3\xf0"
"""Lead bytes, of two and of more bytes, after which ftfy takes a space for a lost U+00A0."""


def repaired(text: str) -> str:
    """The text with one step of repair on each line that could be mojibake.

    Text of which no line changes is done. Only repairs that lose nothing are made: where bytes
    have been lost the text stays as it is.
    """
    suspicious = _suspicious()
    if suspicious.search(text) is None:
        return text
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if suspicious.search(line) is not None:
            lines[place] = _step(line)
    return "\n".join(lines)


def left_readable(line: str) -> str:
    """The ASCII of a line, U+FFFD for all else: what no repair changes again."""
    return _NON_ASCII.sub("\ufffd", line)


def _step(line: str) -> str:
    from ftfy import fix_encoding
    from ftfy.badness import is_bad
    from ftfy.chardata import UTF8_DETECTOR_RE

    whole = fix_encoding(line, _config())
    if whole != line or not is_bad(line):
        return whole

    def mended(match: re.Match[str]) -> str:
        return fix_encoding(match[0], _config()) if is_bad(match[0]) else match[0]

    return str(UTF8_DETECTOR_RE.sub(mended, line))


@lru_cache(maxsize=1)
def _config() -> TextFixerConfig:
    """What loses bytes is left out, and so is the unbounded way into parts of a text."""
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        explain=False, replace_lossy_sequences=False, decode_inconsistent_utf8=False
    )


@lru_cache(maxsize=1)
def _suspicious() -> re.Pattern[str]:
    """What every repair of ftfy needs: characters that were the start of a UTF-8 sequence.

    For each charset that ftfy undoes these are a lead byte followed by a continuation byte or,
    for some, by a space. Ordinary text of the languages of those charsets has few of them, so
    that it is told apart several times faster than by ftfy's own test.
    """
    from ftfy.chardata import CHARMAP_ENCODINGS

    firsts: set[str] = set()
    seconds: set[str] = set()
    pairs: list[str] = []
    for charset in CHARMAP_ENCODINGS:
        leads, following = _characters(charset, _LEADS), _characters(charset, range(0x80, 0xC0))
        firsts |= leads
        seconds |= following
        pairs.append(f"(?<={_class(leads)}){_class(following)}")
        if charset != "macroman":
            pairs.append(f"(?<={_class(_characters(charset, _SPACED))}) ")
            wide = _class(_characters(charset, _SPACED_WIDE))
            pairs.append(f"(?<={wide}) {_class(following)}")
    first = _class(firsts | {chr(code) for code in range(0x80, 0xA0)})
    second = _class(seconds)
    # The look ahead sorts out most places before the charsets are tried one by one.
    return re.compile(f"{first}(?:(?<=[\x80-\x9f])|(?={second}| )(?:{'|'.join(pairs)}))")


def _characters(charset: str, codes: Iterable[int]) -> set[str]:
    return set(bytes(codes).decode(charset, "ignore"))


def _class(characters: set[str]) -> str:
    return "[" + "".join(re.escape(c) for c in sorted(characters) if not c.isascii()) + "]"
