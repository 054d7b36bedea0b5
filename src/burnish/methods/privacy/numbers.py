"""Runs of digits, found for a whole batch at once, and which patterns are worth trying on each.

The shape of a run is the run with each digit written `0`, each capital `A` and any other letter
`a`. There are few shapes in any text, so each is compared once with a loosened form of every
pattern (any digit for each digit, any letter for each letter, no look-around), and the answer kept.
"""

import functools
import re

import numpy as np
import numpy.typing as npt

from burnish.methods.privacy.expressions import loosened

Run = tuple[int, int, int]
"""Where a run starts (two characters early, for a `+(` before it), its end, its digits."""

FEWEST = 4
"""Shorter runs of digits are no identifier."""
EARLY = 2
LONGEST_SHAPE = 64

_KINDS = np.zeros(256, np.uint8)
_KINDS[list(b" \t().+/-")] = 1
_KINDS[list(b"0123456789")] = 2
_SHAPES = bytes(
    48 if 48 <= b <= 57 else 65 if 65 <= b <= 90 else 97 if 97 <= b <= 122 else b
    for b in range(256)
)


def runs(plain: bytes) -> npt.NDArray[np.int64]:
    """The runs of digits, blanks and `().+/-` with four digits or more: start, end, digits."""
    kinds = _KINDS[np.frombuffer(plain, np.uint8)]
    places = np.flatnonzero(kinds == 2)
    if not len(places):
        return np.empty((0, 3), np.int64)
    stretch = np.cumsum(kinds == 0)[places]
    firsts = np.flatnonzero(np.diff(stretch, prepend=-1))
    counts = np.diff(firsts, append=len(places))
    rows = np.stack([places[firsts], places[firsts + counts - 1] + 1, counts], axis=1)
    return rows[counts >= FEWEST]


def shapes(plain: bytes) -> str:
    """The plain bytes with each digit as `0`, each capital as `A`, each other letter as `a`."""
    return plain.translate(_SHAPES).decode("latin-1")


class Fitting:
    """Which of some patterns can match in a run of a shape: a superset, kept for each shape."""

    def __init__(self, patterns: tuple[re.Pattern[str], ...]) -> None:
        self._loose = tuple((id(pattern), loosened(pattern)) for pattern in patterns)
        self._keys = tuple(key for key, _ in self._loose)
        self._of = functools.lru_cache(maxsize=65536)(self._compare)

    def of(self, shape: str) -> tuple[int, ...]:
        """The `id` of each pattern that can match somewhere in the shape."""
        return self._of(shape) if len(shape) <= LONGEST_SHAPE else self._keys

    def _compare(self, shape: str) -> tuple[int, ...]:
        return tuple(key for key, loose in self._loose if loose is None or loose.search(shape))
