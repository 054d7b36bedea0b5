"""Compiled loops over the code points of case-folded texts.

Words are compared by a 64-bit hash. Imported when first used, because importing the compiler
takes longer than a help page may.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.kernels import compiled, mix
from burnish.methods.quality.gibberish import NEIGHBOURS, NEVER

Points = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Table = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float64]

# Columns of what `measure_rows` writes.
WORDS, SPACED, SPACED_LETTERS, STOPPED, VOCABULARY, BIGRAM, RUNS, JUDGED, ODD, TYPED, ONE_ROW = (
    range(11)
)
COLUMNS = 11

_WINDOW = 25
_RUN = 5
_POLY = np.uint64(0x5851F42D4C957F2D)
_SEED = np.uint64(0x9E3779B97F4A7C15)


@compiled
def hash_points(points: Points, start: int, end: int) -> Any:
    """Return the 64-bit hash of points[start:end]."""
    result = _SEED
    for at in range(start, end):
        result = (result ^ np.uint64(points[at])) * _POLY
        result ^= result >> np.uint64(29)
    return mix(result)


@compiled
def joins(points: Points, at: int, end: int, table: Table) -> bool:
    """Return whether a word goes on over the apostrophe at `at`."""
    apostrophe = points[at] == 0x27 or points[at] == 0x2019
    return apostrophe and at + 1 < end and table[points[at + 1]] == 1


@compiled
def spans(points: Points, start: int, end: int, table: Table, out: Longs) -> int:
    """Write (start, end) of every word of points[start:end] to `out`; return how many."""
    count = 0
    begun = -1
    for at in range(start, end):
        kind = table[points[at]]
        if kind == 1 and begun < 0:
            begun = at
        if kind == 1 or (begun >= 0 and joins(points, at, end, table)):
            continue
        if begun >= 0:
            out[count, 0], out[count, 1] = begun, at
            count += 1
            begun = -1
        if kind == 2:
            out[count, 0], out[count, 1] = at, at + 1
            count += 1
    if begun >= 0:
        out[count, 0], out[count, 1] = begun, end
        count += 1
    return count


@compiled
def room(count: int) -> int:
    """Return the least power of two that is twice `count` or more."""
    size = 2
    while size < 2 * count:
        size *= 2
    return size


@compiled
def slot_of(keys: Hashes, taken: Longs, key: Any) -> Any:
    """Return the slot of `key` in an open table whose free slots have taken == 0."""
    mask = np.uint64(len(keys) - 1)
    at = key & mask
    while taken[at] != 0 and keys[at] != key:
        at = (at + np.uint64(1)) & mask
    keys[at] = key
    return np.int64(at)


@compiled
def vocabulary(words: Hashes) -> float:
    """Return the moving-average type-token ratio."""
    count = len(words)
    window = min(_WINDOW, count)
    keys = np.empty(room(count), np.uint64)
    last = np.zeros(len(keys), np.int64)
    total = 0
    for at in range(count):
        slot = slot_of(keys, last, words[at])
        # A word is new in every window that begins after its previous occurrence.
        first = max(last[slot], at - window + 1, 0)
        total += max(min(at, count - window) - first + 1, 0)
        last[slot] = at + 1
    return total / ((count - window + 1) * window)


@compiled
def top_bigram(words: Hashes, lengths: Longs) -> int:
    """Return the characters in repeats of the pair of words that fills most."""
    keys = np.empty(room(len(words)), np.uint64)
    times = np.zeros(len(keys), np.int64)
    most = 0
    for at in range(len(words) - 1):
        slot = slot_of(keys, times, mix(words[at] * _POLY + words[at + 1]))
        most = max(most, times[slot] * (lengths[at] + lengths[at + 1]))
        times[slot] += 1
    return most


@compiled
def duplicate_runs(words: Hashes, lengths: Longs) -> int:
    """Return the characters in runs of five words that occurred before."""
    keys = np.empty(room(len(words)), np.uint64)
    times = np.zeros(len(keys), np.int64)
    filled = 0
    covered = 0
    for at in range(len(words) - _RUN + 1):
        key = np.uint64(0)
        for step in range(_RUN):
            key = key * _POLY + words[at + step]
        slot = slot_of(keys, times, mix(key))
        if times[slot]:
            for word in range(max(covered, at), at + _RUN):
                filled += lengths[word]
            covered = at + _RUN
        times[slot] = 1
    return filled


@compiled
def is_latin(points: Points, start: int, end: int) -> bool:
    """Return whether points[start:end] are all letters a to z."""
    at = start
    while at < end and 97 <= points[at] <= 122:
        at += 1
    return at == end


@compiled
def on_one_row(points: Points, start: int, end: int, rows: Table) -> bool:
    """Return whether a Latin word is typed on one row of the keyboard."""
    at = start
    while at < end and rows[points[at] - 97] == rows[points[start] - 97]:
        at += 1
    return at == end


@compiled
def crowded(points: Points, start: int, end: int, vowels: Table) -> bool:
    """Return whether a Latin word has no vowel, five consonants or four equal letters in a row."""
    run = 0
    equal = 0
    longest = 0
    for at in range(start, end):
        run = 0 if vowels[points[at] - 97] else run + 1
        equal = equal + 1 if at > start and points[at] == points[at - 1] else 1
        longest = max(longest, run)
        if equal == 4:
            return True
    return longest >= 5 or longest == end - start


@compiled
def strays(points: Points, start: int, end: int, pairs: Table) -> bool:
    """Return whether a Latin word has an impossible pair or walks along the keys."""
    steps = 0
    for at in range(start, end - 1):
        pair = pairs[points[at] - 97, points[at + 1] - 97]
        if pair & NEVER:
            return True
        steps += pair & NEIGHBOURS
    return 4 * steps > 3 * (end - start - 1)


@compiled
def is_known(known: Hashes, key: Any) -> bool:
    """Return whether `key` is in the sorted array `known`."""
    low, high = 0, len(known)
    while low < high:
        middle = (low + high) // 2
        if known[middle] < key:
            low = middle + 1
        else:
            high = middle
    return bool(low < len(known) and known[low] == key)


@compiled
def judge_letters(
    points: Points, words: Longs, hashes: Hashes, letters: Any, known: Hashes, out: Reals
) -> None:
    """Add up the letters judged, implausible, typed and typed on one row, into `out`."""
    vowels, rows, pairs = letters
    for word in range(len(hashes)):
        start, end = words[word, 0], words[word, 1]
        size = end - start
        if size < 3 or not is_latin(points, start, end):
            continue
        out[TYPED] += size
        out[ONE_ROW] += size * on_one_row(points, start, end, rows)
        if size < 4:
            continue
        out[JUDGED] += size
        odd = crowded(points, start, end, vowels) or strays(points, start, end, pairs)
        if odd and not is_known(known, hashes[word]):
            out[ODD] += size


@compiled
def measure_row(
    points: Points, words: Longs, table: Table, letters: Any, lists: Any, out: Reals
) -> None:
    """Write the columns of one text, whose words are given as (start, end), to `out`."""
    stops, abbreviations = lists
    count = len(words)
    lengths = words[:, 1] - words[:, 0]
    hashes = np.empty(count, np.uint64)
    for word in range(count):
        hashes[word] = hash_points(points, words[word, 0], words[word, 1])
        if table[points[words[word, 0]]] == 1:
            out[SPACED] += 1
            out[SPACED_LETTERS] += lengths[word]
        out[STOPPED] += is_known(stops, hashes[word])
    out[WORDS] = count
    total = lengths.sum()
    out[VOCABULARY] = vocabulary(hashes)
    out[BIGRAM] = min(1.0, top_bigram(hashes, lengths) / total)
    out[RUNS] = duplicate_runs(hashes, lengths) / total
    judge_letters(points, words, hashes, letters, abbreviations, out)


@compiled
def measure_rows(points: Points, ends: Longs, table: Table, letters: Any, lists: Any) -> Reals:
    """Return the columns of every text, float64 (n, 11).

    Text i is points[ends[i]:ends[i + 1]], case-folded. `letters` are (vowels, keyboard rows,
    pairs) of the letters a to z; `lists` the sorted hashes of (stop words, abbreviations).
    """
    rows = len(ends) - 1
    result = np.zeros((rows, COLUMNS), np.float64)
    longest = 0
    for row in range(rows):
        longest = max(longest, ends[row + 1] - ends[row])
    words = np.empty((longest + 1, 2), np.int64)
    for row in range(rows):
        count = spans(points, ends[row], ends[row + 1], table, words)
        if count:
            measure_row(points, words[:count], table, letters, lists, result[row])
    return result
