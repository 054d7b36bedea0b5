"""Texts that say a word or phrase of a list, whole words, in any case (Raffel et al. 2020)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.quality.measure import buffers, known


@dataclass(frozen=True)
class Phrases:
    """The sorted keys of words and phrases, and the words of the longest."""

    keys: npt.NDArray[np.uint64]
    longest: int


def read_words(data: bytes) -> Phrases:
    """Return the phrases of a UTF-8 file that has one on each line; blank lines do not count.

    Raises ValueError for other bytes, a line without a word, and a file without any.
    """
    from burnish.methods.quality.features import phrase_key

    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError("the list of words is not UTF-8; save it as UTF-8") from None
    made: set[int] = set()
    longest = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        key, words = phrase_key(np.frombuffer(line.strip().encode(), np.uint8), known())
        if not words:
            raise ValueError(f"line {number} of the list has no word: letters or numbers")
        made.add(int(key))
        longest = max(longest, int(words))
    if not made:
        raise ValueError("the list of words is empty: write one word or phrase on each line")
    return Phrases(np.array(sorted(made), np.uint64), longest)


def saying(texts: Iterable[str], phrases: Phrases) -> npt.NDArray[np.bool_]:
    """Return whether each text says one of the phrases, bool (n,)."""
    from burnish.methods.quality.features import saying_rows

    found = [
        saying_rows(data, ends, known(), phrases.keys, phrases.longest)
        for data, ends in buffers(texts)
    ]
    return np.concatenate([np.zeros(0, np.bool_), *found])
