"""Other readings of a text: folded look-alikes, entities, percent signs, base64, JSON escapes."""

import base64
import binascii
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Iterator, Sequence

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_EDGES = "\"'`,;()<>{}[]|:"
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_LEAST = 12


def views(text: str, long: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(name, reading) of every reading that differs from the text; `long` are its long words."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
        if folded != text:
            yield "nfkc", folded
    if "&" in text and (plain := html.unescape(text)) != text:
        yield "html", plain
    if "%" in text and (plain := urllib.parse.unquote(text)) != text:
        yield "url", plain
    if "\\" in text and (plain := _unescaped(text)) != text:
        yield "json", plain
    for plain in _decoded(long):
        yield "base64", plain


def _unescaped(text: str) -> str:
    r"""The text with `\uXXXX` and `\\n` read, where it is text that JSON could hold."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        pass
    try:
        return "\n".join(_leaves(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            for leaf in _leaves(item):
                yield f"{key}: {leaf}"
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield str(value)


def _decoded(long: Sequence[str]) -> Iterator[str]:
    """The readable texts that base64 pieces of twelve characters or more stand for."""
    for piece in (piece for word in long for piece in word.translate(_BLANKED).split()):
        body = piece.rstrip("=").rpartition("=")[2]
        if len(body) < _LEAST or not _BASE64.issuperset(body) or len(body) % 4 == 1:
            continue
        bare = body.replace("-", "+").replace("_", "/")
        try:
            plain = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        if plain.replace("\n", " ").replace("\t", " ").isprintable():
            yield plain


_BLANKED = str.maketrans(dict.fromkeys(_EDGES, " "))
