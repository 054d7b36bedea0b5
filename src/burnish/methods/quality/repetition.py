"""How much of a text says the same again, and how rich its vocabulary is.

Repetition: the measures of Rae et al., Scaling Language Models: Methods, Analysis & Insights
from Training Gopher (2021), table A1. Vocabulary: MATTR, Covington and McFall, Cutting the
Gordian Knot: The Moving-Average Type-Token Ratio (2010).
"""

from collections import Counter

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]

VOCABULARY_WINDOW = 25
_RUN = 5


def number(words: list[str]) -> Ids:
    """Return one number per word, equal for equal words."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(word, len(known)) for word in words], np.int64)


def vocabulary(ids: Ids) -> float:
    """Return the mean share of different words over all windows of 25 words, in (0, 1].

    The window makes the ratio comparable between lengths; a shorter text is one window. 0.0
    where there are no words.
    """
    count = len(ids)
    if count == 0:
        return 0.0
    window = min(VOCABULARY_WINDOW, count)
    at = np.arange(count)
    # A word is new in every window that begins after its previous occurrence.
    starts = np.maximum(np.maximum(_previous(ids) + 1, at - window + 1), 0)
    new_in = np.minimum(at, count - window) - starts + 1
    return float(np.maximum(new_in, 0).sum() / ((count - window + 1) * window))


def _previous(ids: Ids) -> Ids:
    """Return the position of each word's previous occurrence, or -1."""
    by = np.argsort(ids, kind="stable")
    previous = np.full(len(ids), -1, np.int64)
    again = np.flatnonzero(ids[by][1:] == ids[by][:-1]) + 1
    previous[by[again]] = by[again - 1]
    return previous


def duplicate_lines(text: str) -> float:
    """Return the share of lines that are not blank and have stood in the text before."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    return 1.0 - len(set(lines)) / len(lines) if lines else 0.0


def top_bigram(ids: Ids, letters: Ids) -> float:
    """Return the share of word characters in repeats of the pair of words that fills most.

    The first occurrence is not a repeat, so a short text may say a thing twice. `letters` are
    the lengths of the words.
    """
    if len(ids) < 2:
        return 0.0
    pairs = Counter(zip(ids.tolist(), ids[1:].tolist(), strict=False))
    if len(pairs) == len(ids) - 1:
        return 0.0
    length = dict(zip(ids.tolist(), letters.tolist(), strict=True))
    most = max((n - 1) * (length[a] + length[b]) for (a, b), n in pairs.items() if n > 1)
    return float(min(1.0, most / int(letters.sum())))


def duplicate_runs(ids: Ids, letters: Ids) -> float:
    """Return the share of word characters in runs of five words that occurred before."""
    runs = len(ids) - _RUN + 1
    if runs < 2:
        return 0.0
    if len(set(ids.tolist())) == len(ids):
        return 0.0
    listed = ids.tolist()
    seen: set[tuple[int, ...]] = set()
    covered = np.zeros(len(ids), np.bool_)
    for at in range(runs):
        run = tuple(listed[at : at + _RUN])
        if run in seen:
            covered[at : at + _RUN] = True
        seen.add(run)
    return float(letters[covered].sum() / letters.sum())
