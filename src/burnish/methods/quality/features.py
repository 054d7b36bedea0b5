"""Compiled loops that turn a text into hashed n-grams: words, pairs of words, four characters.

Imported when first used, because importing the compiler takes longer than a help page may.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.kernels import compiled, mix
from burnish.methods.quality.kernels import (
    Known,
    Longs,
    Points,
    Room,
    decode,
    find_words,
    fold_ascii,
    fold_points,
    is_ascii,
    room_for,
)

CHARACTERS = 4
"""Characters of a run; runs go over spaces."""

_POLY = np.uint64(0x5851F42D4C957F2D)
_WORD = np.uint64(0x243F6A8885A308D3)
_RUN = np.uint64(0x13198A2E03707344)


@compiled
def find_features(points: Points, traits: Any, room: Room, mask: Any, out: Longs) -> Any:
    """Write the buckets of a folded text's n-grams to `out`; return how many, and the words.

    First those of the words in their order, then of the pairs, then of the runs of characters.
    """
    words = find_words(points, traits, room)
    hashes = room.hashes
    made = 0
    for word in range(words):
        out[made] = np.int64(mix(hashes[word] ^ _WORD) & mask)
        made += 1
    for word in range(words - 1):
        out[made] = np.int64(mix(hashes[word] * _POLY + hashes[word + 1]) & mask)
        made += 1
    for at in range(len(points) - CHARACTERS + 1):
        value = _RUN
        for step in range(CHARACTERS):
            value = (value ^ np.uint64(points[at + step])) * _POLY
        out[made] = np.int64((value ^ (value >> np.uint64(32))) & mask)
        made += 1
    return made, words


@compiled
def widest(data: Points, ends: Longs) -> Any:
    """Return the bytes of the longest text, and of the longest that is not ASCII."""
    longest = wide = np.int64(0)
    for row in range(len(ends) - 1):
        size = ends[row + 1] - ends[row]
        longest = max(longest, size)
        if size > wide and not is_ascii(data, ends[row], ends[row + 1]):
            wide = size
    return longest, wide


@compiled
def score_rows(data: Points, ends: Longs, known: Known, weights: Any, bias: float) -> Any:
    """Return bias + sum of weights / sqrt(n-grams) of each text, float64 (n,)."""
    rows = len(ends) - 1
    longest, wide = widest(data, ends)
    small = np.empty(longest, np.uint8)
    points = np.empty(wide, np.uint32)
    folded = np.empty(3 * wide, np.uint32)
    room = room_for(max(longest, 3 * wide))
    out = np.empty(3 * max(longest, 3 * wide) + 3, np.int64)
    mask = np.uint64(len(weights) - 1)
    result = np.empty(rows, np.float64)
    for row in range(rows):
        raw = data[ends[row] : ends[row + 1]]
        if is_ascii(data, ends[row], ends[row + 1]):
            made, _ = find_features(fold_ascii(raw, small), known.traits, room, mask, out)
        else:
            text = fold_points(decode(raw, points), known, folded)
            made, _ = find_features(text, known.traits, room, mask, out)
        total = 0.0
        for place in range(made):
            total += weights[out[place]]
        result[row] = bias + total / math.sqrt(max(made, 1))
    return result


@compiled
def count_features(raw: Points, known: Known, buckets: int) -> Any:
    """Return the buckets of one text's n-grams, how many are of words, and where those stand.

    The places are (words, 2), in characters of the folded text.
    """
    room = room_for(3 * len(raw))
    out = np.empty(9 * len(raw) + 3, np.int64)
    mask = np.uint64(buckets - 1)
    if is_ascii(raw, 0, len(raw)):
        text = fold_ascii(raw, np.empty(len(raw), np.uint8))
        made, words = find_features(text, known.traits, room, mask, out)
    else:
        points = decode(raw, np.empty(len(raw), np.uint32))
        wide = fold_points(points, known, np.empty(3 * len(raw), np.uint32))
        made, words = find_features(wide, known.traits, room, mask, out)
    places = np.empty((words, 2), np.int64)
    places[:, 0] = room.starts[:words]
    places[:, 1] = room.ends[:words]
    return out[:made].copy(), places


@compiled
def says(points: Points, known: Known, room: Room, phrases: Any, longest: int) -> bool:
    """Return whether a folded text says one of the phrases, given by sorted keys."""
    words = find_words(points, known.traits, room)
    for first in range(words):
        key = np.uint64(0)
        for word in range(first, min(first + longest, words)):
            key = mix(key * _POLY + room.hashes[word])
            at = np.searchsorted(phrases, key)
            if at < len(phrases) and phrases[at] == key:
                return True
    return False


@compiled
def saying_rows(data: Points, ends: Longs, known: Known, phrases: Any, longest: int) -> Any:
    """Return whether each text says one of the phrases, bool (n,)."""
    longest_text, wide = widest(data, ends)
    small = np.empty(longest_text, np.uint8)
    points = np.empty(wide, np.uint32)
    folded = np.empty(3 * wide, np.uint32)
    room = room_for(max(longest_text, 3 * wide))
    result = np.zeros(len(ends) - 1, np.bool_)
    for row in range(len(result)):
        raw = data[ends[row] : ends[row + 1]]
        if is_ascii(data, ends[row], ends[row + 1]):
            result[row] = says(fold_ascii(raw, small), known, room, phrases, longest)
        else:
            text = fold_points(decode(raw, points), known, folded)
            result[row] = says(text, known, room, phrases, longest)
    return result


@compiled
def phrase_key(raw: Points, known: Known) -> Any:
    """Return the key of a phrase, UTF-8, and how many words it has."""
    room = room_for(3 * len(raw))
    points = decode(raw, np.empty(len(raw), np.uint32))
    folded = fold_points(points, known, np.empty(3 * len(raw), np.uint32))
    words = find_words(folded, known.traits, room)
    key = np.uint64(0)
    for word in range(words):
        key = mix(key * _POLY + room.hashes[word])
    return key, words


Buckets = npt.NDArray[np.int64]
