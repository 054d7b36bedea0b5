"""Numbers that tell a good text from a bad one, cheap enough for every row.

Repetition: Rae et al., Scaling Language Models: Methods, Analysis & Insights from Training
Gopher (2021), table A1. Vocabulary: the moving-average type-token ratio of Covington and McFall,
Cutting the Gordian Knot (2010), with a window of 25 words, so that it compares between lengths.

A word is a run of letters, marks, numbers and underscores, joined over single apostrophes
("can't"), case-folded; in scripts written without spaces every character is a word of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.words import classes
from burnish.methods.quality.gibberish import ABBREVIATIONS, letters
from burnish.methods.quality.words import (
    DIGIT,
    KINDS,
    LETTER,
    SPACE,
    STOP_WORDS,
    SYMBOL,
    UPPER,
    kinds,
)

Reals = npt.NDArray[np.float64]
Points = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.int64]

_BATCH_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Measures:
    """What is measured of a text; shares are in [0, 1] and 0 where there is nothing to share."""

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
    """Different words among 25, the mean over all windows; a shorter text is one window."""
    duplicate_lines: float
    """Lines that stood in the text before, of all that are not blank."""
    top_bigram: float
    """Word characters in repeats of the pair of words that fills most; its first occurrence is
    no repeat, so a short text may say a thing twice."""
    duplicate_runs: float
    """Word characters in runs of five words that occurred before."""
    plausible: float
    """Letters of judged words that could be words (see `gibberish`); 1 where none is judged."""
    one_row: float
    """Letters, in words of three or more, typed on one row of a QWERTY keyboard. Single words
    ("property", "your") are often typed so, whole sentences hardly ever."""
    stop_words: float
    """English function words, of all words."""

    @property
    def repetition(self) -> float:
        """Return the largest of the three shares of repeated text."""
        return max(self.duplicate_lines, self.top_bigram, self.duplicate_runs)


def measure(text: str) -> Measures:
    """Return the measures of one text; `measure_all` is far faster for many."""
    return rows(measure_all([text]))[0]


def measure_all(texts: Iterable[str]) -> dict[str, Reals]:
    """Return every measure of every text: field name to float64 (n,), in the order of fields."""
    names = [field.name for field in fields(Measures)]
    parts = [_columns(batch) for batch in _batches(texts)]
    empty = np.zeros(0, np.float64)
    return {name: np.concatenate([empty, *(part[name] for part in parts)]) for name in names}


def rows(columns: dict[str, Reals]) -> list[Measures]:
    """Return one `Measures` per text from the columns that `measure_all` makes."""
    listed = [columns[field.name].tolist() for field in fields(Measures)]
    return [
        Measures(int(words), int(size), *rest) for words, size, *rest in zip(*listed, strict=True)
    ]


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= _BATCH_CHARACTERS or len(batch) >= _BATCH_CHARACTERS // 100:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _columns(texts: list[str]) -> dict[str, Reals]:
    from burnish.methods.quality import kernels

    made = kernels.measure_rows(
        *_points([text.casefold() for text in texts]), classes(), *_knowledge()
    ).T
    columns = {
        "words": made[kernels.WORDS],
        "characters": np.array([len(text) for text in texts], np.float64),
        "mean_word": _share(made[kernels.SPACED_LETTERS], made[kernels.SPACED]),
        "vocabulary": made[kernels.VOCABULARY],
        "duplicate_lines": np.array([_duplicate_lines(text) for text in texts], np.float64),
        "top_bigram": made[kernels.BIGRAM],
        "duplicate_runs": made[kernels.RUNS],
        "plausible": 1.0 - _share(made[kernels.ODD], made[kernels.JUDGED]),
        "one_row": _share(made[kernels.ONE_ROW], made[kernels.TYPED]),
        "stop_words": _share(made[kernels.STOPPED], made[kernels.WORDS]),
    }
    return {**columns, **_character_shares(texts)}


def _character_shares(texts: list[str]) -> dict[str, Reals]:
    points, ends = _points(texts)
    rows = np.repeat(np.arange(len(texts)) * KINDS, np.diff(ends))
    counted = np.bincount(rows + kinds()[points], minlength=len(texts) * KINDS)
    count = counted.reshape(len(texts), KINDS).T
    solid = count.sum(axis=0) - count[SPACE]
    return {
        "symbol_share": _share(count[SYMBOL], solid),
        "digit_share": _share(count[DIGIT], solid),
        "upper_share": _share(count[UPPER], count[UPPER] + count[LETTER]),
    }


def _points(texts: list[str]) -> tuple[Points, Longs]:
    """Return the code points of all texts and the n + 1 ends of each."""
    ends = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4"), ends


@lru_cache(maxsize=1)
def _knowledge() -> tuple[Any, Any]:
    """Return what the kernel knows of letters and of words."""
    return letters(), (_hashes(STOP_WORDS.split()), _hashes(list(ABBREVIATIONS)))


def _hashes(words: list[str]) -> npt.NDArray[np.uint64]:
    from burnish.methods.quality import kernels

    made = [kernels.hash_points(_points([word])[0], 0, len(word)) for word in words]
    return np.sort(np.array(made, np.uint64))


def _duplicate_lines(text: str) -> float:
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    return 1.0 - len(set(lines)) / len(lines) if lines else 0.0


def _share(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Reals:
    shares: Reals = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return shares
