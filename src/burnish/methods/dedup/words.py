"""What a word is, as a table over all code points.

A word is a longest run of letters, marks, numbers (Unicode categories L, M, N) and the
underscore. In scripts written without spaces (Han, Kana, Bopomofo, Thai, Lao, Myanmar, Khmer)
every character is a word of its own. All else separates words.
"""

import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SEPARATOR, WORD, ALONE = 0, 1, 2
CODE_POINTS = 0x110000

# Planes 4 to 13 are unassigned, 15 and 16 private: no letters there.
_WITH_LETTERS = ((0x0, 0x40000), (0xE0000, 0xE1000))
_WITHOUT_SPACES = (
    (0x0E00, 0x0F00),
    (0x1000, 0x10A0),
    (0x1780, 0x1800),
    (0x3040, 0x3130),
    (0x31A0, 0x3200),
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0xF900, 0xFB00),
    (0x20000, 0x32400),
)


@lru_cache(maxsize=1)
def classes() -> npt.NDArray[np.uint8]:
    """Return the class (SEPARATOR, WORD or ALONE) of every code point; uint8, read-only."""
    table = np.zeros(CODE_POINTS, np.uint8)
    for first, end in _WITH_LETTERS:
        for point in range(first, end):
            table[point] = unicodedata.category(chr(point))[0] in "LMN"
    table[ord("_")] = WORD
    for first, end in _WITHOUT_SPACES:
        table[first:end] *= ALONE
    table.flags.writeable = False
    return table
