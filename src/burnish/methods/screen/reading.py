"""Rows as the corpus statistics read them: word hashes of what is asked, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.normalise import digest, encode, normalise
from burnish.methods.dedup.words import classes

Hashes = npt.NDArray[np.uint64]
Longs = npt.NDArray[np.int64]
LABEL, ANSWER, SOURCE = "label", "answer", "source"
KINDS = (LABEL, ANSWER, SOURCE)
"""What a row may come to: its label, how its answer begins, and where it is from."""

OPENING = 8
"""Words of an answer that make answers one."""

LONGEST = 4
"""Words of the longest run that is looked at."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)


def words_of(texts: Sequence[str]) -> list[Hashes]:
    """The hashes of each text's words, in order; words as in `dedup.words`, of the normal form."""
    from burnish.methods.dedup import kernels

    table, found = classes(), []
    for text in texts:
        data = np.frombuffer(encode(normalise(text)), np.uint8)
        room = np.empty(len(data) + 1, np.uint64)
        count = kernels.word_hashes(data, 0, len(data), table, room)
        found.append(room[:count].copy())
    return found


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of words of many rows: the hash, the row, the first word's place, and the length."""

    run: Hashes
    row: Longs
    word: Longs
    words: int


def runs_of(rows: Sequence[Hashes], chosen: Sequence[int]) -> Iterator[Runs]:
    """Every run of one to four words of the chosen rows, length by length, row by row."""
    if not len(chosen):
        return
    words = np.concatenate([rows[i] for i in chosen])
    sizes = np.array([len(rows[i]) for i in chosen])
    row = np.repeat(np.array(chosen, np.int64), sizes)
    place = np.arange(len(words)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    run = words
    for length in range(1, LONGEST + 1):
        if length > 1:
            run = (run[:-1] * _STEP + words[length - 1 :]) * _MIX
            run = run ^ (run >> np.uint64(29))
        whole = row[: len(run)] == row[length - 1 :]
        yield Runs(run[whole], row[: len(run)][whole], place[: len(run)][whole], length)


def outcome(kind: str, value: str | None) -> int:
    """One number for what a row comes to, 0 for nothing; of an answer its first words count."""
    if value is None or not value.strip():
        return 0
    if kind == ANSWER:
        value = " ".join(normalise(value).split()[:OPENING])
    return number(f"{kind} {value}") or 1


def number(text: str) -> int:
    """A 63-bit number for a text, the same everywhere."""
    return int.from_bytes(digest(text)[:8], "little") >> 1
