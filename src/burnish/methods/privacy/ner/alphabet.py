"""Characters as the model sees them: their kind, and what they are folded to.

Both tables follow the Unicode data of the running Python; `unidata_version` is part of a
detector's digest for that reason.
"""

import functools
import unicodedata

import numpy as np
import numpy.typing as npt

BLANK, BREAK, UPPER, LOWER, LETTER, DIGIT, MARK = range(7)
"""Kinds of characters: blank, line end, letters by case (marks count as letters), digit, other."""

PLANE = 65536
BEYOND = 0xFFFD
"""What a character above the basic plane counts as."""

_FOLDED = {"'": "\u2018\u2019\u02bc`\u00b4", '"': "\u201c\u201d\u00ab\u00bb"}
_DASHES = "\u2010\u2011\u2012\u2013\u2014"


def kind_of(character: str) -> int:
    """The kind of one character of the basic plane."""
    if character in "\n\r":
        return BREAK
    if character.isspace():
        return BLANK
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        return UPPER
    if category == "Ll":
        return LOWER
    if category[0] in "LM":
        return LETTER
    return DIGIT if category[0] == "N" else MARK


def folded(character: str) -> int:
    """The code point without case and accent; quotes and dashes of all shapes become one."""
    for plain, shapes in (*_FOLDED.items(), ("-", _DASHES)):
        if character in shapes:
            return ord(plain)
    if kind_of(character) in (UPPER, LOWER):
        return ord(unicodedata.normalize("NFD", character.lower())[0])
    return ord(character)


@functools.lru_cache(maxsize=1)
def tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """(kind, folded code point) of each of the 65,536 characters of the basic plane."""
    characters = [chr(code) for code in range(PLANE)]
    kinds = np.fromiter(map(kind_of, characters), np.uint8, PLANE)
    folds = np.fromiter(map(folded, characters), np.uint32, PLANE)
    return kinds, folds
