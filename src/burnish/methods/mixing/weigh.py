"""Caps and weights of sources, decided for each row by a number drawn from its content.

A row's number is a hash of its key and the seed, uniform in [0, 1). A cap keeps the rows with the
lowest numbers, so that raising it only adds rows; a weight of 2.3 shows every row twice and the
rows with a number below 0.3 a third time. Nothing depends on the order of rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Portion:
    """How much of a source is shown: rows whose number lies above `below` are not shown at all.

    `weight` is how often a row is shown on average.
    """

    weight: float = 1.0
    below: float = 1.0

    def __post_init__(self) -> None:
        if self.weight < 0 or not np.isfinite(self.weight):
            raise ValueError(f"weight is {self.weight}: set it to 0 or more")


def numbers(keys: Sequence[str], seed: int) -> Reals:
    """The number of each key, float64 (n,), uniform in [0, 1): 53 bits of BLAKE2b."""
    made = np.array([_word(key, seed) for key in keys], np.uint64)
    return (made >> np.uint64(11)).astype(np.float64) * 2.0**-53


def cut(drawn: Reals, cap: int) -> float:
    """The number up to which rows stay, so that `cap` of them do (more only where numbers tie)."""
    if cap >= len(drawn):
        return 1.0
    return float(np.partition(drawn, cap - 1)[cap - 1]) if cap else -1.0


def replayed(drawn: Reals, rows: int) -> Portion:
    """The portion that shows `rows` rows in all of those with these numbers, repeated evenly.

    So many exactly, but where numbers tie. Raises ValueError where there is nothing to show.
    """
    if not len(drawn):
        raise ValueError("there is no row to replay")
    whole, more = divmod(rows, len(drawn))
    if not whole:
        return Portion(below=cut(drawn, more))
    ranked = np.sort(_again(drawn))
    return Portion(weight=whole + (float(ranked[more]) if more else 0.0))


def times(drawn: Reals, portion: Portion) -> Counts:
    """How often each row is shown, int64 (n,)."""
    whole, part = divmod(portion.weight, 1.0)
    shown = int(whole) + (_again(drawn) < part).astype(np.int64)
    return np.where(drawn <= portion.below, shown, 0)


def _again(drawn: Reals) -> Reals:
    """Another number than the cap's: rows under a cap all have low ones."""
    again: Reals = (drawn * 2.0**20) % 1.0
    return again


def _word(key: str, seed: int) -> int:
    made = hashlib.blake2b(f"{seed}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(made.digest(), "big")
