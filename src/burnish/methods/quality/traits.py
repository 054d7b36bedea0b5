"""What is known of every code point, as tables for compiled loops.

Terminal marks are the sentence-ending punctuation of the larger scripts of the world; quotation
marks and ellipses are none.
"""

import sys
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.words import classes
from burnish.methods.quality.words import kinds

Traits = npt.NDArray[np.uint16]
Folds = npt.NDArray[np.int32]

CLASS = 3
"""Bits 0 and 1: SEPARATOR, WORD or ALONE of `dedup.words`."""
KIND = 2
"""Bits 2 to 4, shifted: the kind of `quality.words`."""
BREAK, TERMINAL, ENDER, ALPHABETIC, CLOSER, BULLET = 32, 64, 128, 256, 512, 1024

_LAST_CASED = 0x20000
_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_ENDERS = ".!?\u2026\u3002\uff01\uff1f\uff0e\uff61\u0964\u0965\u06d4\u061f\u0589\u1362\u104b\u17d4"
_TERMINAL = _ENDERS.replace("\u2026", "") + "\u203c\u203d\u2047\u2048\u2049\u1367\u061d\u061e"
_CLOSERS = "\"')]}\u2019\u201d\u00bb\u300d\u300f\uff09"
_BULLETS = "-*\u2022\u2023\u2043\u25aa\u25ab\u25cf\u25e6\u00b7\u2013"


@lru_cache(maxsize=1)
def traits() -> Traits:
    """Return the traits of every code point, uint16 (0x110000,)."""
    table: Traits = classes().astype(np.uint16) | (kinds().astype(np.uint16) << np.uint16(KIND))
    for point in range(_LAST_CASED):
        if chr(point).isalpha():
            table[point] |= ALPHABETIC
    table[_LAST_CASED:] |= np.where(classes()[_LAST_CASED:] == 2, ALPHABETIC, 0).astype(np.uint16)
    for marks, bit in (
        (_BREAKS, BREAK),
        (_TERMINAL, TERMINAL),
        (_ENDERS, ENDER),
        (_CLOSERS, CLOSER),
        (_BULLETS, BULLET),
    ):
        table[[ord(mark) for mark in marks]] |= bit
    return table


@lru_cache(maxsize=1)
def folds() -> tuple[Folds, Folds]:
    """Return the full case folding of every code point, and of those that fold to several.

    The first, int32 (0x110000,), holds the folded code point, or -1 - k for row k of the second,
    int32 (m, 3), which is filled up with -1.
    """
    single = np.arange(sys.maxunicode + 1, dtype=np.int32)
    several: list[list[int]] = []
    for point in range(_LAST_CASED):
        folded = chr(point).casefold()
        if len(folded) > 1:
            single[point] = -1 - len(several)
            several.append([*map(ord, folded), -1][:3])
        else:
            single[point] = ord(folded)
    return single, np.array(several, np.int32)


@lru_cache(maxsize=1)
def counters() -> npt.NDArray[np.uint64]:
    """Return, for each ASCII character, a one in the 12-bit field of its kind; uint64 (128,)."""
    shifts = kinds()[:128].astype(np.uint64) * np.uint64(12)
    return np.uint64(1) << shifts
