"""Can these letters be words? What tells keyboard mash from language in Latin letters.

A word of four or more letters a to z is implausible if it has no vowel, five consonants in a
row, one letter four times in a row, a pair of letters that English never has, or if more than
three in four of its steps go to the neighbouring key of a QWERTY keyboard; a few abbreviations
are excepted. What is written in other letters is left to language identification. Mash that
roams over the keyboard and happens to alternate vowels and consonants is not caught.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.uint8]

# What is known of two letters: keys that touch, or a pair no word has.
NEIGHBOURS, NEVER = 1, 2

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = "aeiouy"

# First letter, and the letters that never follow it in a common English word. Pairs of common
# abbreviations (vpn, sql, json, vm) are left out.
_NEVER = {
    "b": "qx", "c": "jx", "f": "qx", "g": "qx", "h": "x", "j": "bcdfghjklmnpqrtvwxz", "k": "qx",
    "p": "q", "q": "bcdfghjkmnpqstvwxyz", "s": "x", "t": "q", "v": "fhjkqxz", "w": "qvx",
    "x": "jk", "y": "q", "z": "bcdfgjkmnpqrvx",
}  # fmt: skip

ABBREVIATIONS = ("dhcp", "html", "http", "https", "ntfs", "pptx", "sftp", "smtp", "snmp", "xlsx")


@lru_cache(maxsize=1)
def letters() -> tuple[Table, Table, Table]:
    """Return what is known of the letters a to z.

    They are: which are vowels (26,), the keyboard row of each (26,), and for each pair whether
    it is of NEIGHBOURS or NEVER stands in a word (26, 26).
    """
    vowels, rows = np.zeros(26, np.uint8), np.zeros(26, np.uint8)
    pairs = np.zeros((26, 26), np.uint8)
    vowels[_places(_VOWELS)] = 1
    for number, row in enumerate(_ROWS):
        places = _places(row)
        rows[places] = number
        for left, right in pairwise(places):
            pairs[left, right] = pairs[right, left] = NEIGHBOURS
    for first, seconds in _NEVER.items():
        pairs[_places(first), _places(seconds)] |= NEVER
    return vowels, rows, pairs


def _places(characters: str) -> list[int]:
    return [ord(character) - ord("a") for character in characters]
