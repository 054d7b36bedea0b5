"""Bytes of mail as text: charsets that are stated, wrong or missing, and encoded headers."""

from __future__ import annotations

import binascii
import codecs
import re
from urllib.parse import unquote_to_bytes

_ENCODINGS = """
ascii utf-8 utf-8-sig utf-7 utf-16 utf-16le utf-16be utf-32 koi8-r koi8-u gb2312 gbk gb18030 big5
big5hkscs euc-jp euc-kr cp949 shift_jis cp932 iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_kr hz
johab mac-roman tis-620 cp437 cp850 cp852 cp858 cp866 cp874 cp1250 cp1251 cp1252 cp1253 cp1254
cp1255 cp1256 cp1257 cp1258 iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7
iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16
"""
_TRUSTED = frozenset(codecs.lookup(name).name for name in _ENCODINGS.split())
"""Charsets that texts are written in; other codecs of Python are no charsets, or very slow."""

_WESTERN = {"ascii", "iso8859-1", "cp1252"}
_MANY = ("utf", "gb", "big5", "euc", "cp9", "shift", "iso2022", "hz", "johab")
_NAME = re.compile(r"[A-Za-z0-9_.:+-]{1,40}")
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(r';\s*([\w%\'*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)', re.DOTALL)
_PARAMETERS_LIMIT = 4096
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def decode(data: bytes, charset: str = "") -> str:
    """The text of some bytes, whatever the charset is said to be; never fails.

    A charset of several bytes a character is believed where it fits. Before one of single bytes,
    which fits anything, UTF-8 is tried, and Windows-1252 is the last resort (and what browsers
    read for Latin-1 too).
    """
    stated = _codec(charset)
    tries = [stated, "utf-8"] if stated.startswith(_MANY) else ["utf-8", stated]
    for codec in tries:
        if codec:
            try:
                text = data.decode("cp1252" if codec in _WESTERN else codec)
            except (UnicodeError, ValueError):
                continue
            return _whole(text.removeprefix("\ufeff"))
    return data.decode("cp1252", "replace")


def decode_header(raw: str) -> str:
    """A header in one line, its encoded words (RFC 2047) decoded; never fails.

    `raw` may hold bytes as lone surrogates, as the parser of the standard library leaves them.
    """
    text = " ".join(_told(raw).split())
    pieces: list[str] = []
    data, charset, last = b"", "", 0
    for word in _WORD.finditer(text):
        gap = text[last : word.start()]
        if data and (gap.strip() or word[1].lower() != charset):
            pieces.append(decode(data, charset))
            data = b""
        # Blanks between encoded words are no part of the text.
        pieces.append(gap if gap.strip() or not last else "")
        data += _unpacked(word[2].lower(), word[3])
        charset, last = word[1].lower(), word.end()
    pieces.append(decode(data, charset) if data else "")
    pieces.append(text[last:])
    return _whole(" ".join("".join(pieces).split()))


def parameter(header: str, name: str) -> str:
    """A parameter of a header such as `charset`, with RFC 2231 pieces; empty where it has none."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(header[:_PARAMETERS_LIMIT]):
        value = match[2]
        if value.startswith('"'):
            value = _ESCAPED.sub(r"\1", value[1:-1])
        found.setdefault(match[1].lower(), value)
    if name in found:
        return decode_header(found[name])
    if f"{name}*" in found:
        return _extended(found[f"{name}*"])
    pieces: list[str] = []
    while (key := f"{name}*{len(pieces)}") in found or f"{key}*" in found:
        pieces.append(found.get(key) or found.get(f"{key}*", ""))
    return _extended("".join(pieces)) if f"{name}*0*" in found else decode_header("".join(pieces))


def _extended(value: str) -> str:
    """A value `charset'language'percent-encoded` (RFC 2231)."""
    parts = value.split("'", 2)
    charset, encoded = (parts[0], parts[2]) if len(parts) == 3 else ("", value)
    data = unquote_to_bytes(encoded.encode("utf-8", "surrogateescape"))
    return " ".join(decode(data, charset).split())


def _codec(charset: str) -> str:
    name = charset.strip().strip("\"'")
    if not _NAME.fullmatch(name):
        return ""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return codec if codec in _TRUSTED else ""


def _unpacked(way: str, encoded: str) -> bytes:
    data = encoded.encode("utf-8", "surrogateescape")
    if way == "q":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        return data


def _told(raw: str) -> str:
    """A header whose raw bytes have been decoded."""
    if raw.isascii():
        return raw
    return decode(raw.encode("utf-8", "surrogateescape"))


def _whole(text: str) -> str:
    """Text without lone surrogates, which UTF-7 and UTF-16 codecs may let through."""
    return text.encode("utf-8", "replace").decode("utf-8")
