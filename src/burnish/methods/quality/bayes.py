"""Compiled naive Bayes of langid over the bytes of texts.

Imported when first used, because importing the compiler takes longer than a help page may.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.kernels import compiled

Reals = npt.NDArray[np.float64]


class Model(NamedTuple):
    """The automaton that finds features in bytes, and what each says of every language."""

    moves: Any
    """Rows of 256 next states, flat: uint32."""
    rows: Any
    """Row of each state: int64."""
    found: Any
    """Feature that a state stands for, or -1: int32."""
    weights: Any
    """float32 (features, languages)"""
    priors: Any
    """float32 (languages,)"""
    twins: Any
    """int64 (m, 2): columns of one language in two scripts, which count as the first."""


@compiled
def count_features(text: Any, model: Model, counts: Any, touched: Any) -> int:
    """Count the features of a text in `counts`, list those it has; return how many."""
    moves, rows, found = model.moves, model.rows, model.found
    state = np.int64(0)
    listed = 0
    for at in range(len(text)):
        state = np.int64(moves[(rows[state] << 8) + np.int64(text[at])])
        feature = found[state]
        if feature >= 0:
            if counts[feature] == 0:
                touched[listed] = feature
                listed += 1
            counts[feature] += 1
    return listed


@compiled
def add_up(listed: int, model: Model, counts: Any, touched: Any, scores: Reals) -> None:
    """Add what the listed features say to `scores`, and set their counts back to nothing."""
    weights = model.weights
    for place in range(listed):
        feature = touched[place]
        times = np.float64(np.float32(math.log1p(counts[feature])))
        counts[feature] = 0
        row = weights[feature]
        for language in range(len(scores)):
            scores[language] += times * row[language]


@compiled
def to_probabilities(scores: Reals, size: int, model: Model) -> None:
    """Turn log scores of a text of `size` bytes into probabilities, in place.

    The square root of the length as temperature keeps them calibrated across lengths.
    """
    scale = 1.0 / math.sqrt(max(size, 1))
    highest = scores.max()
    total = 0.0
    for language in range(len(scores)):
        scores[language] = math.exp((scores[language] - highest) * scale)
        total += scores[language]
    for language in range(len(scores)):
        scores[language] /= total
    for pair in range(len(model.twins)):
        first, second = model.twins[pair, 0], model.twins[pair, 1]
        scores[first] += scores[second]
        scores[second] = 0.0


@compiled
def most_likely(data: Any, ends: Any, model: Model) -> Any:
    """Return the column of the likeliest language of each text, int64 (n,), and its probability.

    Text i is data[ends[i]:ends[i + 1]]. Sums are in float64 and in one order, so that every
    machine gives the same.
    """
    count = len(ends) - 1
    best, sure = np.zeros(count, np.int64), np.zeros(count, np.float64)
    counts = np.zeros(len(model.weights), np.int32)
    longest = 0
    for row in range(count):
        longest = max(longest, ends[row + 1] - ends[row])
    touched = np.empty(longest, np.int32)
    scores = np.empty(len(model.priors), np.float64)
    for row in range(count):
        text = data[ends[row] : ends[row + 1]]
        scores[:] = 0.0
        listed = count_features(text, model, counts, touched)
        if listed:
            add_up(listed, model, counts, touched, scores)
            scores += model.priors
        to_probabilities(scores, len(text), model)
        best[row] = np.argmax(scores)
        sure[row] = scores[best[row]]
    return best, sure


@compiled
def count_scripts(data: Any, ends: Any, scripts: Any, alphabetic: Any, out: Any) -> None:
    """Count the letters of each script in each text, given as code points; out (n, scripts)."""
    for row in range(len(ends) - 1):
        for at in range(ends[row], ends[row + 1]):
            point = data[at]
            if alphabetic[point]:
                out[row, scripts[point]] += 1
