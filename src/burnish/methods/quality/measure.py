"""Numbers that tell a good text from a bad one, cheap enough for every row.

Repetition: Rae et al., Scaling Language Models: Methods, Analysis & Insights from Training
Gopher (2021), table A1. Vocabulary: the moving-average type-token ratio of Covington and McFall,
Cutting the Gordian Knot (2010), with a window of 25 words, so that it compares between lengths.
What C4 (Raffel et al., Exploring the Limits of Transfer Learning, 2020, section 2.2) and FineWeb
(Penedo et al., 2024, section 3.6) look at is counted with them; `rules` judges it.

A word is a run of letters, marks, numbers and underscores, joined over single apostrophes
("can't"), case-folded; in scripts written without spaces every character is a word of its own.
Lines are those of `str.splitlines` that are not blank, without space at their ends; paragraphs
are lines between blank ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.quality.gibberish import ABBREVIATIONS, letters
from burnish.methods.quality.traits import counters, folds, traits
from burnish.methods.quality.words import (
    DIGIT,
    FUNCTION_WORDS,
    GATES,
    LETTER,
    SPACE,
    STOP_WORDS,
    SYMBOL,
    UPPER,
)

Reals = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Texts: TypeAlias = Iterable[str] | pa.Array | pa.ChunkedArray

_BATCH_CHARACTERS = 1_000_000
_BATCH_ROWS = 10_000


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
    function_words: int
    """How many of the, be, to, of, and, that, have, with the text has (Rae et al.)."""
    number_signs: float
    """The character #, per word."""
    ellipses: float
    """Three points or U+2026, per word."""
    bullet_lines: float
    """Lines that begin with a bullet point, a hyphen or an asterisk."""
    ellipsis_lines: float
    """Lines that end in an ellipsis."""
    lettered_words: float
    """Words with a letter in them, of all that stand between space."""
    duplicate_line_characters: float
    """Characters of lines that stood in the text before, of all in lines."""
    duplicate_paragraphs: float
    """Paragraphs that stood in the text before."""
    duplicate_paragraph_characters: float
    """Characters of paragraphs that stood in the text before, of all in lines."""
    top_2gram: float
    """Word characters in all occurrences of the most frequent pair of words; 0 if none repeats."""
    top_3gram: float
    top_4gram: float
    duplicate_6gram: float
    """Word characters in runs of six words that occurred before; of five is `duplicate_runs`."""
    duplicate_7gram: float
    duplicate_8gram: float
    duplicate_9gram: float
    duplicate_10gram: float
    terminal_lines: float
    """Lines that end in punctuation that ends a sentence; an ellipsis does not."""
    short_lines: float
    """Lines of 30 characters or fewer."""
    line_breaks: float
    """Line breaks, per word."""
    c4_ended: int
    """Lines of three words or more that end in . ? ! or a quotation mark and in no ellipsis."""
    c4_lines: int
    """Those of them that C4 keeps: no JavaScript, cookie or policy notice."""
    c4_sentences: int
    """Sentences in the lines that C4 keeps."""
    lorem_ipsum: int
    """1 where the text says "lorem ipsum"."""
    curly_brackets: int

    @property
    def repetition(self) -> float:
        """Return the largest of the three shares of repeated text."""
        return max(self.duplicate_lines, self.top_bigram, self.duplicate_runs)


FIELDS = tuple(field.name for field in fields(Measures))
_WHOLE = frozenset(field.name for field in fields(Measures) if field.type is int)


def measure(text: str) -> Measures:
    """Return the measures of one text; `measure_all` is far faster for many."""
    return rows(measure_all([text]))[0]


def measure_all(texts: Texts) -> dict[str, Reals]:
    """Return every measure of every text: field name to float64 (n,), in the order of fields.

    An Arrow array is read where it lies. Raises ValueError for a missing text, naming its row.
    """
    parts = [_columns(*batch) for batch in buffers(texts)]
    empty = np.zeros(0, np.float64)
    return {name: np.concatenate([empty, *(part[name] for part in parts)]) for name in FIELDS}


def rows(columns: dict[str, Reals]) -> list[Measures]:
    """Return one `Measures` per text from the columns that `measure_all` makes."""
    listed = [
        columns[name].astype(np.int64).tolist() if name in _WHOLE else columns[name].tolist()
        for name in FIELDS
    ]
    return [Measures(*values) for values in zip(*listed, strict=True)]


def buffers(texts: Texts) -> Iterator[tuple[Bytes, Longs]]:
    """Yield UTF-8 bytes of some texts and their n + 1 ends, for all texts in order.

    A lone surrogate, which UTF-8 forbids, keeps its three-byte form.
    """
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
        yield from map(_arrow, chunks)
        return
    batch: list[bytes] = []
    size = 0
    for text in texts:
        batch.append(text.encode("utf-8", "surrogatepass"))
        size += len(batch[-1])
        if size >= _BATCH_CHARACTERS or len(batch) >= _BATCH_ROWS:
            yield _joined(batch)
            batch, size = [], 0
    if batch:
        yield _joined(batch)


def _joined(batch: list[bytes]) -> tuple[Bytes, Longs]:
    ends: Longs = np.array([0, *accumulate(map(len, batch))], np.int64)
    return np.frombuffer(b"".join(batch), np.uint8), ends


def _arrow(array: pa.Array) -> tuple[Bytes, Longs]:
    if array.null_count:
        row = array.is_null().index(True).as_py()
        raise ValueError(f"row {row} has no text (null): leave such rows out")
    large = array.type == pa.large_string()
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64 if large else np.int32)
    found: Longs = ends[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return np.frombuffer(data or b"", np.uint8), found


def _columns(data: Bytes, ends: Longs) -> dict[str, Reals]:
    from burnish.methods.quality import one_pass as made_by

    made = made_by.measure_rows(data, ends, known()).T
    runs = made[made_by.RUNS : made_by.LINE_COUNTS]
    columns = {
        "words": made[made_by.WORDS],
        "characters": made[made_by.CHARACTERS],
        "mean_word": _share(made[made_by.SPACED_LETTERS], made[made_by.SPACED]),
        **_character_shares(made[made_by.KIND_COUNTS : made_by.RUNS]),
        "vocabulary": made[made_by.VOCABULARY],
        "plausible": 1.0 - _share(made[made_by.ODD], made[made_by.JUDGED]),
        "one_row": _share(made[made_by.ONE_ROW], made[made_by.TYPED]),
        "stop_words": _share(made[made_by.STOPPED], made[made_by.WORDS]),
        "function_words": made[made_by.FUNCTIONS],
        "number_signs": _share(made[made_by.HASHES], made[made_by.WORDS]),
        "ellipses": _share(made[made_by.ELLIPSES], made[made_by.WORDS]),
        "lettered_words": _share(made[made_by.LETTERED], made[made_by.TOKENS]),
        "curly_brackets": made[made_by.CURLY],
        "top_bigram": runs[0],
        **{f"top_{size}gram": runs[size - 1] for size in (2, 3, 4)},
        "duplicate_runs": runs[4],
        **{f"duplicate_{size}gram": runs[size - 1] for size in range(6, 11)},
    }
    return {**columns, **_line_columns(made[made_by.LINE_COUNTS :], made[made_by.WORDS])}


def _character_shares(count: npt.NDArray[Any]) -> dict[str, Reals]:
    solid = count.sum(axis=0) - count[SPACE]
    return {
        "symbol_share": _share(count[SYMBOL], solid),
        "digit_share": _share(count[DIGIT], solid),
        "upper_share": _share(count[UPPER], count[UPPER] + count[LETTER]),
    }


def _line_columns(made: npt.NDArray[Any], words: Reals) -> dict[str, Reals]:
    from burnish.methods.quality import lines as of

    distinct = made[of.LINES] - made[of.LINE_REPEATS]
    return {
        "duplicate_lines": 1.0 - _share(distinct, made[of.LINES], nothing=1.0),
        "bullet_lines": _share(made[of.BULLETS], made[of.LINES]),
        "ellipsis_lines": _share(made[of.ELLIPSES], made[of.LINES]),
        "duplicate_line_characters": _share(made[of.LINE_REPEATED], made[of.LINE_CHARACTERS]),
        "duplicate_paragraphs": _share(made[of.PART_REPEATS], made[of.PARTS]),
        "duplicate_paragraph_characters": np.minimum(
            1.0, _share(made[of.PART_REPEATED], made[of.LINE_CHARACTERS])
        ),
        "terminal_lines": _share(made[of.TERMINALS], made[of.LINES]),
        "short_lines": _share(made[of.SHORT], made[of.LINES]),
        "line_breaks": _share(made[of.BREAKS], words),
        "c4_ended": made[of.C4_ENDED],
        "c4_lines": made[of.C4_LINES],
        "c4_sentences": made[of.C4_SENTENCES],
        "lorem_ipsum": made[of.LOREM],
    }


@lru_cache(maxsize=1)
def known() -> Any:
    """Return the tables that the compiled loops read (`kernels.Known`)."""
    from burnish.methods.quality import kernels

    words: dict[int, int] = {}
    lists = [
        (STOP_WORDS.split(), kernels.STOP),
        (ABBREVIATIONS, kernels.ABBREVIATION),
        (GATES, kernels.GATE),
        *(([word], kernels.FUNCTION << bit) for bit, word in enumerate(FUNCTION_WORDS)),
    ]
    for listed, mark in lists:
        for word in listed:
            key = int(kernels.hash_points(np.frombuffer(word.encode(), np.uint8), 0, len(word)))
            words[key] = words.get(key, 0) | mark
    return kernels.Known(traits(), *folds(), counters(), *letters(), *_table(words))


def _table(words: dict[int, int]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint16]]:
    """Return an open table of at least four slots for each word."""
    size = 1 << (4 * len(words)).bit_length()
    keys, marks = np.zeros(size, np.uint64), np.zeros(size, np.uint16)
    for key, mark in words.items():
        at = key % size
        while marks[at]:
            at = (at + 1) % size
        keys[at], marks[at] = key, mark
    return keys, marks


def _share(part: npt.NDArray[Any], whole: npt.NDArray[Any], nothing: float = 0.0) -> Reals:
    shares: Reals = np.divide(part, whole, out=np.full(len(part), nothing), where=whole > 0)
    return shares
