"""Control characters and line ends.

Invisible format characters (zero width, bidirectional, tags, variation selectors) are kept: a
screen for hidden text has to see them, and scripts and emoji need them.
"""

from __future__ import annotations

import re

_ASCII = bytes([*range(9), *range(11, 32), 127])
_ANY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LOW_LINE_END = re.compile("\r\n?|[\x0b\x0c\u2028\u2029]")
_LOW = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HIGH = re.compile("[\x80-\x9f]")


def has_control(text: str) -> bool:
    """Whether a text holds a control character but tab and line feed, or another line end."""
    if text.isascii():
        # Twice as fast as a search: most texts hold none, and must be seen to the end.
        return len(text.encode("ascii").translate(None, _ASCII)) != len(text)
    return _ANY.search(text) is not None


def line_feeds(text: str, *, high: bool) -> str:
    """The text with line feeds for CR, CRLF, VT, FF, U+2028 and U+2029, and, if `high`, NEL."""
    return (_LINE_END if high else _LOW_LINE_END).sub("\n", text)


def without_control(text: str, *, high: bool) -> str:
    """The text without C0 controls (but tab, line feed and line ends) or, if `high`, without C1."""
    return (_HIGH if high else _LOW).sub("", text)
