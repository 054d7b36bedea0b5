"""Numbers that tell a good text from a bad one, cheap enough for every row."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

import numpy as np
import numpy.typing as npt

from burnish.methods.quality import repetition as again
from burnish.methods.quality.gibberish import one_row_share, plausible_share
from burnish.methods.quality.words import (
    DIGIT,
    LETTER,
    SPACE,
    STOP_WORDS,
    SYMBOL,
    UPPER,
    stands_apart,
)
from burnish.methods.quality.words import kinds as count_kinds
from burnish.methods.quality.words import words as split_words


@dataclass(frozen=True)
class Measures:
    """What is measured of a text; shares are in [0, 1] and 0 where there is nothing to share.

    The terms follow Rae et al. 2021 (Gopher), appendix A.1, unless said otherwise.
    """

    words: int
    characters: int
    mean_word: float
    """Mean characters per word of scripts with spaces; 0 where there is none."""
    symbol_share: float
    """Characters that are neither letter, number nor space, of all that are not space."""
    digit_share: float
    """Numbers, of all characters that are not space."""
    upper_share: float
    """Capitals, of all letters."""
    vocabulary: float
    """Moving-average type-token ratio; see `repetition.vocabulary`."""
    duplicate_lines: float
    top_bigram: float
    duplicate_runs: float
    plausible: float
    """Letters in words that could be words; see `gibberish.plausible_share`."""
    one_row: float
    """Letters in words typed on one keyboard row; see `gibberish.one_row_share`."""
    stop_words: float
    """English function words, of all words."""

    @property
    def repetition(self) -> float:
        """Return the largest of the three shares of repeated text."""
        return max(self.duplicate_lines, self.top_bigram, self.duplicate_runs)


def measure(text: str) -> Measures:
    """Return the measures of one text."""
    words = split_words(text)
    kinds = count_kinds(text)
    ids = again.number(words)
    letters = np.array([len(word) for word in words], np.int64)
    solid = int(kinds.sum() - kinds[SPACE])
    plain = text.isascii()
    spaced = [len(word) for word in words if plain or not stands_apart(word)]
    return Measures(
        words=len(words),
        characters=len(text),
        mean_word=_share(sum(spaced), len(spaced)),
        symbol_share=_share(int(kinds[SYMBOL]), solid),
        digit_share=_share(int(kinds[DIGIT]), solid),
        upper_share=_share(int(kinds[UPPER]), int(kinds[UPPER] + kinds[LETTER])),
        vocabulary=again.vocabulary(ids),
        duplicate_lines=again.duplicate_lines(text),
        top_bigram=again.top_bigram(ids, letters),
        duplicate_runs=again.duplicate_runs(ids, letters),
        plausible=plausible_share(words),
        one_row=one_row_share(words),
        stop_words=_share(sum(word in STOP_WORDS for word in words), len(words)),
    )


def measure_all(texts: Iterable[str]) -> dict[str, npt.NDArray[np.float64]]:
    """Return every measure of every text: field name to float64 (n,), in the order of fields."""
    rows = [astuple(measure(text)) for text in texts]
    table = np.array(rows, np.float64).reshape(len(rows), len(fields(Measures)))
    return {field.name: table[:, at].copy() for at, field in enumerate(fields(Measures))}


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
