"""Kinds of characters, and the words that hold English together."""

import sys
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SYMBOL, LETTER, UPPER, DIGIT, SPACE = range(5)
KINDS = 5

# About four in ten words of running text.
STOP_WORDS = (
    "a about after all also am an and any are as at be because been before but by can cannot "
    "could did do does down for from get had has have he her here him his how i if in into is it "
    "its me my no not now of off on once only or our out please she since so some than that the "
    "their them then there these they this to up was we were what when where which while who why "
    "will with would you your"
)

FUNCTION_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")
"""Of which a text must have two: Rae et al. 2021, appendix A.1.1."""

GATES = ("lorem", "policy", "cookies", "terms")
"""Without one of these words, or "javascript", a text has no phrase that C4 looks for."""


@lru_cache(maxsize=1)
def kinds() -> npt.NDArray[np.uint8]:
    """Return the kind of every code point: SYMBOL, LETTER, UPPER, DIGIT or SPACE; uint8.

    Marks count as letters and numbers of all sorts as digits; UPPER are capital letters.
    """
    table = np.zeros(sys.maxunicode + 1, np.uint8)
    # Planes 4 to 13 are unassigned, 15 and 16 private: symbols all.
    for point in (*range(0x40000), *range(0xE0000, 0xE1000)):
        table[point] = _kind(chr(point))
    return table


def _kind(character: str) -> int:
    if character.isspace():
        return SPACE
    category = unicodedata.category(character)
    if category == "Lu":
        return UPPER
    return {"L": LETTER, "M": LETTER, "N": DIGIT}.get(category[0], SYMBOL)
