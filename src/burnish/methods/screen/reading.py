"""Rows as the corpus statistics read them: word hashes of what is asked, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.normalise import digest, encode, normalise
from burnish.methods.dedup.words import classes

Hashes = npt.NDArray[np.uint64]
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


def runs_of(words: Hashes) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Hashes of every run of one to four words, and (start, length) of each; sorted, distinct."""
    hashes, places = [words], [np.stack([np.arange(len(words)), np.ones(len(words), int)], 1)]
    run = words
    for length in range(2, min(LONGEST, len(words)) + 1):
        run = (run[:-1] * _STEP + words[length - 1 :]) * _MIX
        run = run ^ (run >> np.uint64(29))
        hashes.append(run)
        places.append(np.stack([np.arange(len(run)), np.full(len(run), length)], 1))
    values, first = np.unique(np.concatenate(hashes), return_index=True)
    return values, np.concatenate(places)[first].astype(np.int64)


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
