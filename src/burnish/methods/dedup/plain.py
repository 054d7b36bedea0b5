"""Characters whose normal form does not depend on their neighbours, as a table.

A text of nothing else can be normalised character by character, without the general algorithm:
no character of it combines with one before it (its combining class is 0 and no composition has
it as second), and none grows in bytes. Others are left to `normalise.normalise`.
"""

import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.normalise import normalise

CODE_POINTS = 0x10000
OTHER, SPACE = -1, -2
"""Numbers of a character that is not plain, and of white space; any other is a row."""

Table = tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.uint8]]

# Read one by one; in the second list every character is its own normal form.
_LOOKED_AT = ((0x80, 0x3400), (0xFF00, 0xFFF0))
_THEMSELVES = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4))
_JAMO = ((0x1161, 0x1176), (0x11A8, 0x11C3))


@lru_cache(maxsize=1)
def plain() -> Table:
    """Return (number of each code point, n + 1 ends, UTF-8 bytes of all normal forms)."""
    numbers = np.full(CODE_POINTS, OTHER, np.int32)
    seconds = _seconds()
    forms: list[bytes] = []
    for point in (p for first, end in _LOOKED_AT for p in range(first, end)):
        form = _form(chr(point), seconds)
        if form is not None:
            numbers[point] = SPACE if form.isspace() else len(forms)
            forms += [] if form.isspace() else [form.encode()]
    for first, end in _THEMSELVES:
        numbers[first:end] = np.arange(len(forms), len(forms) + end - first)
        forms += [chr(point).encode() for point in range(first, end)]
    ends = np.cumsum([0, *map(len, forms)]).astype(np.int64)
    return numbers, ends, np.frombuffer(b"".join(forms), np.uint8)


def _form(character: str, seconds: frozenset[str]) -> str | None:
    """Return the normal form of a plain character, None for any other."""
    # Between two letters, so that white space at an end is not lost.
    form = normalise(f"x{character}x")[1:-1]
    apart = (character, unicodedata.normalize("NFD", character), form)
    if any(text[:1] in seconds or unicodedata.combining(text[:1] or "x") for text in apart):
        return None
    mixed = not form.isspace() and any(map(str.isspace, form))
    return None if not form or mixed or len(form.encode()) > len(character.encode()) else form


def _seconds() -> frozenset[str]:
    """Return the characters that may become one with a character before them."""
    found = {chr(point) for first, end in _JAMO for point in range(first, end)}
    for point in range(CODE_POINTS):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            found.add(chr(int(parts[1], 16)))
    return frozenset(found)
