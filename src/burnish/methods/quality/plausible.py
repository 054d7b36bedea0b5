"""Compiled loops over the different words of a text: what is known of them, can they be words."""

from typing import Any

import numpy as np

from burnish.methods.dedup.kernels import compiled
from burnish.methods.quality.gibberish import NEIGHBOURS, NEVER
from burnish.methods.quality.kernels import (
    ABBREVIATION,
    GATE,
    STOP,
    Hashes,
    Known,
    Longs,
    Points,
    Room,
)

_JAVASCRIPT = np.frombuffer(b"javascript", np.uint8)


@compiled
def marks_of(words: Hashes, marks: Any, key: Any) -> Any:
    """Return what is known of the word with this hash."""
    mask = len(words) - 1
    at = np.int64(key) & mask
    while marks[at] != 0 and words[at] != key:
        at = (at + 1) & mask
    return marks[at]


@compiled
def is_latin(points: Points, start: int, end: int) -> bool:
    """Return whether points[start:end] are all letters a to z."""
    at = start
    while at < end and 97 <= points[at] <= 122:
        at += 1
    return at == end


@compiled
def on_one_row(points: Points, start: int, end: int, keys: Any) -> bool:
    """Return whether a Latin word is typed on one row of the keyboard."""
    at = start
    while at < end and keys[points[at] - 97] == keys[points[start] - 97]:
        at += 1
    return at == end


@compiled
def is_odd(points: Any, start: int, end: int, vowels: Any, pairs: Any) -> bool:
    """Return whether a Latin word cannot be one (see `gibberish`)."""
    run = equal = steps = 0
    for at in range(start, end):
        letter = np.int64(points[at]) - 97
        run = 0 if vowels[letter] else run + 1
        if run == 5 or run == end - start:
            return True
        before = np.int64(points[at - 1]) - 97 if at > start else -1
        equal = equal + 1 if letter == before else 1
        pair = pairs[before, letter] if before >= 0 else 0
        if equal == 4 or pair & NEVER:
            return True
        steps += pair & NEIGHBOURS
    return bool(4 * steps > 3 * (end - start - 1))


@compiled
def names_javascript(points: Points, start: int, end: int) -> bool:
    """Return whether points[start:end] hold "javascript"."""
    for at in range(start, end - len(_JAVASCRIPT) + 1):
        step = 0
        while step < len(_JAVASCRIPT) and points[at + step] == _JAVASCRIPT[step]:
            step += 1
        if step == len(_JAVASCRIPT):
            return True
    return False


@compiled
def judge_words(points: Points, distinct: int, known: Known, room: Room, out: Longs) -> Any:
    """Add up letters judged, odd, typed, typed on one row, and stop words, in `out` (5,).

    Each different word is looked at once. Returns the marks of all of them.
    """
    seen = np.uint16(0)
    for number in range(distinct):
        word, times = room.first[number], room.times[number]
        start, end = room.starts[word], room.ends[word]
        size = end - start
        marks = marks_of(known.words, known.marks, room.hashes[word])
        if size >= 10 and names_javascript(points, start, end):
            marks |= np.uint16(GATE)
        seen |= marks
        out[4] += times * (marks & STOP)
        if size < 3 or not is_latin(points, start, end):
            continue
        out[2] += times * size
        out[3] += times * size * on_one_row(points, start, end, known.keys)
        if size >= 4:
            out[0] += times * size
            odd = is_odd(points, start, end, known.vowels, known.pairs) and not marks & ABBREVIATION
            out[1] += times * size * odd
    return seen
