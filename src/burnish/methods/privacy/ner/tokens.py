"""Texts cut into tokens, and the hashed features of their distinct words.

A token is a run of letters and marks, a run of digits, or any other single character; blanks
separate. A mask token such as `[PERSON]` is one token of its own kind, which the model sees as a
word that could stand in its place and never tags.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.privacy.ner.alphabet import BEYOND, PLANE, tables

FEATURES = 1
"""The version of tokens and features that a model is trained on."""

STAND_IN = "he"
"""The word a mask token is shown as: it changes least of what the model sees beside it."""

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a batch of texts.

    `starts`, `ends` (characters within their text), `words` (which distinct word) and `gaps` (0
    nothing before it, 1 blank, 2 line end, 3 blank line or start of the text) have one entry a
    token; text i has tokens firsts[i] to firsts[i + 1]. `features` [words, 6] and `names`
    [words, 2] have one a distinct word. The names are 64-bit hashes of the folded word and of it
    without a last s; 0 for a mask token, and where there is no such s.
    """

    starts: Ints
    ends: Ints
    words: Ints
    gaps: Ints
    firsts: Longs
    features: Ints
    names: Hashes


def tokenise(texts: Sequence[str], inert: re.Pattern[str] | None = None) -> Tokens:
    """The tokens of `texts`; what `inert` matches is one mask token."""
    from burnish.methods.privacy.ner.kernels import cut, describe, number

    kinds, folds = tables()
    codes, bounds = _code_points(texts)
    if inert is not None:
        _put_inert(codes, bounds, texts, inert)
    rows = np.empty((len(codes), 4), np.int32)
    count, firsts = cut(codes, bounds, kinds, rows)
    words = number(codes, rows, count)
    features, names = describe(codes, words, kinds, folds)
    _put_stand_in(features, codes, words)
    before = np.repeat(bounds[:-1], np.diff(firsts)).astype(np.int32)
    starts, ends = rows[:count, 0] - before, rows[:count, 1] - before
    return Tokens(starts, ends, rows[:count, 2], rows[:count, 3], firsts, features, names)


def _code_points(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], Longs]:
    """The code points of all texts in one array, and where each text begins and the last ends."""
    whole = "".join(texts).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(whole, np.uint32).copy()
    codes[codes >= PLANE] = BEYOND
    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=bounds[1:])
    return codes, bounds


def _put_inert(
    codes: npt.NDArray[np.uint32], bounds: Longs, texts: Sequence[str], inert: re.Pattern[str]
) -> None:
    from burnish.methods.privacy.ner.kernels import INERT, INERT_REST

    for text, begin in zip(texts, bounds.tolist(), strict=False):
        for match in inert.finditer(text):
            codes[begin + match.start() : begin + match.end()] = INERT_REST
            codes[begin + match.start()] = INERT


def _put_stand_in(features: Ints, codes: npt.NDArray[np.uint32], words: Longs) -> None:
    from burnish.methods.privacy.ner.kernels import INERT

    masks = codes[words[:, 0]] >= INERT
    if masks.any():
        features[masks] = _stand_in()


@functools.lru_cache(maxsize=1)
def _stand_in() -> Ints:
    features: Ints = tokenise([STAND_IN]).features[0]
    return features
