"""Compiled loops for what stands in a text more than once: runs of words, lines, paragraphs.

A run of n words can only be repeated where both runs of n - 1 words in it are, so each length
looks at what the length below left over: exact, and in most texts nothing is left at four.
"""

from typing import Any

import numpy as np

from burnish.methods.dedup.kernels import compiled, mix
from burnish.methods.quality.kernels import Longs, Points, Reals, Room, slot_of, slots

LONGEST = 10
"""Words of the longest run."""
# Places in what `measure_runs` writes.
TOP_PAIR, TOP, COVERED = 0, 1, 4
RUN_COLUMNS = 10

_SHIFT = np.uint64(32)
_POLY = np.uint64(0x5851F42D4C957F2D)


@compiled
def repeated_words(words: int, room: Room) -> int:
    """List where a word stands that the text has twice, with its number; return how many."""
    ids, places, times = room.ids, room.places, room.times
    left = 0
    for at in range(words):
        number = ids[at]
        places[left] = at
        ids[left] = number
        left += times[number] > 1
    return left


@compiled
def lengthen(count: int, room: Room) -> int:
    """Turn the list of `count` repeated runs into one of runs with a word more; return how many.

    Both runs of the shorter kind in it must be repeated. `room.first` and `times` are of the
    different longer runs, whose number is left in `room.distinct`.
    """
    ids, places, first, times = room.ids, room.places, room.first, room.times
    keys, owner, base = room.keys, room.owner, room.base[0]
    mask = slots(count)
    made = 0
    distinct = 0
    for at in range(count - 1):
        if places[at + 1] != places[at] + 1:
            continue
        key = (np.uint64(ids[at]) << _SHIFT) | np.uint64(ids[at + 1])
        slot = slot_of(keys, owner, base, mask, key)
        if owner[slot] < base:
            keys[slot] = key
            owner[slot] = base + distinct
            first[distinct] = places[at]
            times[distinct] = 0
            distinct += 1
        number = owner[slot] - base
        places[made] = places[at]
        ids[made] = number
        times[number] += 1
        made += 1
    room.base[0] = base + distinct
    room.distinct[0] = distinct
    return made


@compiled
def drop_single(count: int, room: Room) -> int:
    """Take runs that occur once off the list of `count` runs; return how many are left."""
    ids, places, times = room.ids, room.places, room.times
    left = 0
    for at in range(count):
        number = ids[at]
        ids[left] = number
        places[left] = places[at]
        left += times[number] > 1
    return left


@compiled
def most_frequent(size: int, room: Room) -> int:
    """Return the letters in all occurrences of the most frequent run (the first, if several)."""
    first, times, sums = room.first, room.times, room.sums
    best = 1
    filled = 0
    for run in range(room.distinct[0]):
        if times[run] > best:
            best = times[run]
            filled = best * (sums[first[run] + size] - sums[first[run]])
    return filled


@compiled
def most_filling(size: int, room: Room) -> int:
    """Return the letters in the repeats of the run whose repeats fill most."""
    first, times, sums = room.first, room.times, room.sums
    most = 0
    for run in range(room.distinct[0]):
        most = max(most, (times[run] - 1) * (sums[first[run] + size] - sums[first[run]]))
    return most


@compiled
def covered(count: int, size: int, room: Room) -> int:
    """Return the letters in runs that stood in the text before, each letter once."""
    ids, places, first, sums = room.ids, room.places, room.first, room.sums
    filled = 0
    done = 0
    for listed in range(count):
        at = places[listed]
        if first[ids[listed]] != at:
            filled += sums[at + size] - sums[max(done, at)]
            done = at + size
    return filled


@compiled
def measure_runs(words: int, room: Room, out: Reals) -> None:
    """Write the shares of letters in repeated runs of 2 to 10 words to `out` (RUN_COLUMNS,).

    They are: the pair whose repeats fill most; the most frequent run of 2, 3 and 4; all
    repeats of runs of 5 to 10 words. `room` holds the numbered words.
    """
    total = room.sums[words]
    left = repeated_words(words, room)
    size = 2
    while size <= LONGEST and left > 1:
        made = lengthen(left, room)
        if size == 2:
            out[TOP_PAIR] = min(1.0, most_filling(size, room) / total)
        if size <= 4:
            out[TOP + size - 2] = min(1.0, most_frequent(size, room) / total)
        left = drop_single(made, room)
        if size > 4:
            out[COVERED + size - 5] = covered(left, size, room) / total
        size += 1


@compiled
def sample(points: Points, start: int, end: int) -> Any:
    """Return a hash of the length and of up to 24 characters of points[start:end]."""
    value = np.uint64(end - start)
    for begin in (start, (start + end) // 2, end - 8):
        for at in range(max(begin, start), min(begin + 8, end)):
            value = (value ^ np.uint64(points[at])) * _POLY
    return mix(value)


@compiled
def same(points: Points, one: int, other: int, size: int) -> bool:
    """Return whether the two stretches of `size` characters are equal."""
    step = 0
    while step < size and points[one + step] == points[other + step]:
        step += 1
    return step == size


@compiled
def count_repeats(points: Points, spans: Longs, room: Room) -> Any:
    """Return how many stretches stood in the text before, and the characters in them."""
    base = room.base[0]
    mask = np.int64(slots(len(spans)))
    distinct = repeats = characters = 0
    for place in range(len(spans)):
        start, end = spans[place, 0], spans[place, 1]
        key = sample(points, start, end)
        at = np.int64(key) & mask
        while room.owner[at] >= base:
            first = room.first[room.owner[at] - base]
            size = spans[first, 1] - spans[first, 0]
            if size == end - start and same(points, spans[first, 0], start, size):
                break
            at = (at + 1) & mask
        if room.owner[at] >= base:
            repeats += 1
            characters += end - start
            continue
        room.owner[at] = base + distinct
        room.first[distinct] = place
        distinct += 1
    room.base[0] = base + distinct
    return repeats, characters
