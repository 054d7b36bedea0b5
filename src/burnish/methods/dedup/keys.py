"""Keys by which rows meet: rows that share one may be near duplicates.

`minhash`: one key a band of a MinHash signature. `simhash`: one 64-bit SimHash a row, of which
different selections of bits are the keys (see `simhash`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.minhash import drawn_permutations
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.texts import Normals
from burnish.methods.dedup.words import classes


@dataclass(frozen=True)
class Keys:
    """The keys of n rows: `values` is uint64 (n, k); `sizes` counts each row's shingles."""

    values: npt.NDArray[np.uint64]
    sizes: npt.NDArray[np.uint32]


def keys_of(normals: Normals, settings: NearSettings) -> Keys:
    """Return the keys of each row; a row's keys depend on its text alone."""
    from burnish.methods.dedup import text_kernels as kernels

    text = (normals.data, normals.ends)
    if settings.method == "simhash":
        values = np.empty((len(normals), 1), np.uint64)
        sizes = kernels.simhashes(text, settings.words, classes(), values[:, 0])
        return Keys(values, sizes)
    values = np.empty((len(normals), settings.bands), np.uint64)
    hashes = drawn_permutations(settings.bands * settings.rows, settings.seed)
    sizes = kernels.minhash_keys(text, settings.words, classes(), hashes, settings.rows, values)
    return Keys(values, sizes)


def no_keys(normals: Normals) -> Keys:
    """Return sizes only, for a search that needs no keys; a size is at least that of the set."""
    from burnish.methods.dedup import kernels

    counts = kernels.word_counts(normals.data, normals.ends, classes())
    sizes = np.maximum(counts, 1).astype(np.uint32)
    return Keys(np.empty((len(normals), 0), np.uint64), sizes)
