"""Texts that share a long run of words with a reference, such as a test set.

Brown et al., Language Models are Few-Shot Learners (2020), appendix C: 13-gram overlap, and
for shorter references their own length, but no less than 8 words.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.normalise import encode, normalise
from burnish.methods.dedup.shingles import Shingles, buffer, of_normal
from burnish.methods.dedup.words import classes

SHORTEST = 8


def overlap(
    texts: Sequence[str], reference_texts: Sequence[str], n: int = 13
) -> npt.NDArray[np.bool_]:
    """Return for each text whether it shares a run of `n` words with any reference text.

    A reference of fewer than `n` but at least 8 words counts when all of it occurs in the text;
    a still shorter one only when the text has the same words. Words are those of the normal
    form, as in `shingles`.
    """
    if n < SHORTEST:
        raise ValueError(f"n is {n}: runs under {SHORTEST} words are met by chance; raise it")
    known = [encode(normalise(text)) for text in reference_texts]
    asked = [encode(normalise(text)) for text in texts]
    lengths, sizes = np.minimum(_words(known), n), _words(asked)
    found = np.zeros(len(asked), np.bool_)
    for length in np.unique(lengths).tolist():
        chosen = [known[row] for row in np.flatnonzero(lengths == length)]
        met = _any_in(of_normal(asked, max(length, 1)), of_normal(chosen, max(length, 1)))
        found |= met & ((sizes == length) if length < SHORTEST else (sizes >= length))
    return found


def _words(normals: Sequence[bytes]) -> npt.NDArray[np.int64]:
    from burnish.methods.dedup import kernels

    return kernels.word_counts(*buffer(normals), classes())


def _any_in(sets: Shingles, known: Shingles) -> npt.NDArray[np.bool_]:
    """Return for each set whether any of its values is among the known ones."""
    hits = np.concatenate([[0], np.isin(sets.values, known.values).cumsum()])
    return hits[sets.offsets[1:]] > hits[sets.offsets[:-1]]
