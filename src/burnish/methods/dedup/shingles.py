"""Sets of word shingles, many to a flat array."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.normalise import encode, normalise
from burnish.methods.dedup.words import classes

Texts = Sequence[str]


@dataclass(frozen=True)
class Shingles:
    """The sorted distinct shingle hashes of n texts.

    Text i has `values[offsets[i]:offsets[i + 1]]` (uint64); `offsets` is int64 of length n + 1.
    """

    offsets: npt.NDArray[np.int64]
    values: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1

    def take(self, rows: npt.NDArray[np.int64]) -> "Shingles":
        """Return the sets of `rows`, in that order."""
        sizes = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        steps = np.arange(offsets[-1]) - np.repeat(offsets[:-1], sizes)
        return Shingles(offsets, self.values[np.repeat(self.offsets[:-1][rows], sizes) + steps])


def join(parts: Sequence[Shingles]) -> Shingles:
    """Return the sets of all parts, one after the other."""
    sizes = [np.diff(part.offsets) for part in parts]
    total = np.concatenate([[0], *sizes]).cumsum().astype(np.int64)
    values = [part.values for part in parts]
    return Shingles(total, np.concatenate([np.zeros(0, np.uint64), *values]))


def shingles(texts: Texts, words: int = 5) -> Shingles:
    """Return the shingle sets of `texts`: hashes of every run of `words` words.

    Words (see `words.classes`) are those of the normal form. No shingle spans two parts of a
    text joined by `normalise.PART`, so that an edit where one ends leaves the other alone. A
    part of fewer words is one shingle of all its words; a text without words is one shingle of
    its normal form: short texts are alike only when their words are the same.
    """
    return of_normal([encode(normalise(text)) for text in texts], words)


def of_normal(normals: Sequence[bytes], words: int) -> Shingles:
    """Return the shingle sets of texts that are in normal form already."""
    return of_buffer(*buffer(normals), words)


def of_buffer(data: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64], words: int) -> Shingles:
    """Return the shingle sets of normal forms laid out as `buffer` does."""
    from burnish.methods.dedup import kernels

    room = np.empty(int(ends[-1]) // 2 + 2 * len(ends) + 2, np.uint64)
    marks = kernels.shingle_rows(data, ends, words, classes(), room)
    return Shingles(marks, room[: marks[-1]].copy())


def buffer(normals: Sequence[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the bytes of all texts and the n + 1 ends of each, as Arrow lays strings out."""
    sizes = np.fromiter((len(normal) for normal in normals), np.int64, len(normals))
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return np.frombuffer(b"".join(normals), np.uint8), ends
