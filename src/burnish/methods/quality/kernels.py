"""Compiled loops over one text after the other: characters, words, and what is known of words.

A text of ASCII is read as its bytes, any other as its code points, by the same loops, compiled
for both. Words are compared by a 64-bit hash. Imported when first used, because importing the
compiler takes longer than a help page may.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.kernels import code_point, compiled, mix
from burnish.methods.quality.traits import ALPHABETIC, CLASS, KIND

Points = npt.NDArray[Any]
"""The characters of a text: uint8 for ASCII, else uint32."""
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Reals = npt.NDArray[np.float64]

# Bits of what is known of a word.
STOP, ABBREVIATION, GATE = 1, 2, 4
FUNCTION = 8
"""The first of eight bits for the function words of Rae et al. 2021."""

_WINDOW = 25
_POLY = np.uint64(0x5851F42D4C957F2D)
_SEED = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_FIELD = np.uint64(12)
_LOW = np.uint64(0xFFF)


class Known(NamedTuple):
    """Tables over code points, letters and known words."""

    traits: Any
    """uint16 (0x110000,)"""
    folds: Any
    """int32 (0x110000,)"""
    folded: Any
    """int32 (m, 3)"""
    counters: Any
    """uint64 (128,)"""
    vowels: Any
    """uint8 (26,)"""
    keys: Any
    """uint8 (26,)"""
    pairs: Any
    """uint8 (26, 26)"""
    words: Any
    """Hashes of known words in an open table, uint64, a power of two."""
    marks: Any
    """What is known of each, uint16; 0 is a free slot."""


class Room(NamedTuple):
    """Memory that is used for one text after the other."""

    keys: Any
    owner: Any
    """An open table: slot to `base` plus the number of its key; what is below `base` is free."""
    base: Any
    """int64 (1,)"""
    starts: Any
    ends: Any
    hashes: Any
    """Of each word."""
    ids: Any
    """Number of each word among the different words; then of each listed run of words."""
    places: Any
    """At which word each listed run begins."""
    distinct: Any
    """int64 (1,): how many different runs."""
    sums: Any
    """Letters of all words before each."""
    first: Any
    times: Any
    last: Any
    """Of each different word or run: where it stands first and how often; for the vocabulary."""
    lines: Any
    """int64 (m, 2): begin and end of each line that is not blank, without space at its ends."""
    parts: Any
    """int64 (m, 2): the same of each paragraph."""


@compiled
def room_for(longest: int) -> Room:
    """Return room for texts of `longest` characters."""
    size = 16
    while size < 2 * longest + 2:
        size *= 2
    return Room(
        np.empty(size, np.uint64),
        np.full(size, -1, np.int64),
        np.zeros(1, np.int64),
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.uint64),
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.int64),
        np.zeros(1, np.int64),
        np.zeros(longest + 2, np.int64),
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.int64),
        np.empty((longest + 1, 2), np.int64),
        np.empty((longest + 1, 2), np.int64),
    )


@compiled
def slots(count: int) -> Any:
    """Return the mask of a table with room for `count` keys: a power of two less one."""
    size = 16
    while size < 2 * count:
        size *= 2
    return np.uint64(size - 1)


@compiled
def slot_of(keys: Hashes, owner: Longs, base: int, mask: Any, key: Any) -> Any:
    """Return the slot of `key`, or the free one where it belongs."""
    at = np.int64(((key ^ (key >> _HALF)) * _SPREAD) >> _HALF) & np.int64(mask)
    while owner[at] >= base and keys[at] != key:
        at = (at + 1) & np.int64(mask)
    return at


@compiled
def is_ascii(data: Points, start: int, end: int) -> bool:
    """Return whether all bytes of data[start:end] are below 128."""
    seen = np.uint8(0)
    for at in range(start, end):
        seen |= data[at]
    return bool(seen < 128)


@compiled
def fold_ascii(raw: Points, out: Points) -> Points:
    """Return `raw` with capitals made small, in `out`."""
    for at in range(len(raw)):
        letter = raw[at]
        capital = np.uint8(letter - np.uint8(65)) < 26
        out[at] = letter | np.uint8(32 * capital)
    return out[: len(raw)]


@compiled
def decode(data: Points, out: Points) -> Points:
    """Return the code points of UTF-8 bytes, in `out`."""
    count = 0
    at = 0
    while at < len(data):
        point, width = code_point(data, at)
        out[count] = point
        count += 1
        at += width
    return out[:count]


@compiled
def fold_points(raw: Points, known: Known, out: Points) -> Points:
    """Return `raw` in full case folding, in `out`, which has room for three times as many."""
    count = 0
    for at in range(len(raw)):
        folded = known.folds[raw[at]]
        if folded >= 0:
            out[count] = folded
            count += 1
            continue
        for part in known.folded[-1 - folded]:
            if part >= 0:
                out[count] = part
                count += 1
    return out[:count]


@compiled
def hash_points(points: Points, start: int, end: int) -> Any:
    """Return the 64-bit hash of points[start:end]."""
    result = _SEED
    for at in range(start, end):
        result = (result ^ np.uint64(points[at])) * _POLY
    return mix(result)


@compiled
def count_ascii(raw: Points, known: Known, out: Longs) -> None:
    """Add the characters of each kind to `out`, which has a place for every kind."""
    for begun in range(0, len(raw), 4095):
        packed = np.uint64(0)
        for at in range(begun, min(begun + 4095, len(raw))):
            packed += known.counters[raw[at]]
        for kind in range(len(out)):
            out[kind] += np.int64(packed & _LOW)
            packed >>= _FIELD


@compiled
def count_points(raw: Points, known: Known, out: Longs) -> None:
    """Add the characters of each kind to `out`, which has a place for every kind."""
    for at in range(len(raw)):
        out[known.traits[raw[at]] >> KIND & 7] += 1


@compiled
def joins(points: Points, at: int, traits: Any) -> bool:
    """Return whether a word goes on over the apostrophe at `at`."""
    apostrophe = points[at] == 0x27 or points[at] == 0x2019
    return apostrophe and at + 1 < len(points) and traits[points[at + 1]] & CLASS == 1


@compiled
def find_words(points: Points, traits: Any, room: Room) -> int:
    """Write begin, end and hash of every word to `room`; return how many."""
    count = 0
    begun = -1
    value = _SEED
    for at in range(len(points)):
        kind = traits[points[at]] & CLASS
        if kind == 1 or (begun >= 0 and joins(points, at, traits)):
            if begun < 0:
                begun = at
                value = _SEED
            value = (value ^ np.uint64(points[at])) * _POLY
            continue
        if begun >= 0:
            room.starts[count], room.ends[count], room.hashes[count] = begun, at, mix(value)
            count += 1
            begun = -1
        if kind == 2:
            room.starts[count], room.ends[count] = at, at + 1
            room.hashes[count] = hash_points(points, at, at + 1)
            count += 1
    if begun >= 0:
        room.starts[count], room.ends[count], room.hashes[count] = begun, len(points), mix(value)
        count += 1
    return count


@compiled
def number_words(count: int, room: Room) -> Any:
    """Number the different words in `room`; return how many, and the vocabulary.

    The vocabulary is the moving-average type-token ratio.
    """
    keys, owner, hashes, last = room.keys, room.owner, room.hashes, room.last
    times, sums = room.times, room.sums
    window = min(_WINDOW, count)
    mask = slots(count)
    base = room.base[0]
    distinct = 0
    total = 0
    for word in range(count):
        slot = slot_of(keys, owner, base, mask, hashes[word])
        if owner[slot] < base:
            keys[slot] = hashes[word]
            owner[slot] = base + distinct
            room.first[distinct] = word
            times[distinct] = last[distinct] = 0
            distinct += 1
        number = owner[slot] - base
        room.ids[word] = number
        times[number] += 1
        sums[word + 1] = sums[word] + room.ends[word] - room.starts[word]
        # A word is new in every window that begins after its previous occurrence.
        begin = max(last[number], word - window + 1, 0)
        total += max(min(word, count - window) - begin + 1, 0)
        last[number] = word + 1
    room.base[0] = base + distinct
    return distinct, total / ((count - window + 1) * window)


@compiled
def count_tokens(raw: Points, known: Known) -> Any:
    """Return how many runs without space there are, and how many of them hold a letter."""
    tokens = lettered = inside = letter = np.int64(0)
    for at in range(len(raw)):
        trait = np.int64(known.traits[raw[at]])
        solid = np.int64(trait >> KIND & 7 != 4)
        tokens += solid & (1 - inside)
        inside = solid
        now = (letter | np.int64(trait & ALPHABETIC != 0)) & solid
        lettered += now & (1 - letter)
        letter = now
    return tokens, lettered
