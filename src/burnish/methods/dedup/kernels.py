"""Compiled loops over UTF-8 bytes and shingle hashes.

Imported when first used, because importing the compiler takes longer than a help page may.
Integer arithmetic only, so every machine gives the same bits.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., Any])
Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Signature = npt.NDArray[np.uint32]
Reals = npt.NDArray[np.float64]

_MIX = np.uint64(0xD6E8FEB86659FD93)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_POLY = np.uint64(0x5851F42D4C957F2D)
_HALF = np.uint64(32)
_EIGHT = np.uint64(8)
_FULL = np.uint64(64)


def compiled(function: F) -> F:
    """Compile `function`, kept on disk where any cache folder can be written, else in memory."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True)(function))


@compiled
def mix(value: Any) -> Any:
    """Return the 64-bit finaliser of `value` (xor-shift, multiply), a bijection."""
    value ^= value >> _HALF
    value *= _MIX
    value ^= value >> _HALF
    value *= _MIX
    value ^= value >> _HALF
    return value


@compiled
def stir(result: Any, block: Any) -> Any:
    """Take eight more bytes into a hash."""
    result = (result ^ block) * _MIX
    return result ^ (result >> _HALF)


@compiled
def take_in(data: Bytes, result: Any, block: Any, shift: Any) -> Any:
    """Return the state (result, block, shift) of a hash after more bytes."""
    for byte in data:
        block |= np.uint64(byte) << shift
        shift += _EIGHT
        if shift == _FULL:
            result = stir(result, block)
            block = np.uint64(0)
            shift = np.uint64(0)
    return result, block, shift


@compiled
def hash_bytes(data: Bytes, start: int, end: int) -> Any:
    """Return a 64-bit hash of data[start:end], eight bytes at a step."""
    result, block, _ = take_in(data[start:end], _GOLDEN, np.uint64(0), np.uint64(0))
    return (stir(result, block) ^ np.uint64(end - start)) * _GOLDEN


@compiled
def code_point(data: Bytes, at: int) -> Any:
    """Return (code point, bytes taken) of the UTF-8 character that starts at `at`."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return ((first & 0x1F) << 6) | (data[at + 1] & 0x3F), 2
    middle = ((data[at + 1] & 0x3F) << 6) | (data[at + 2] & 0x3F)
    if first < 0xF0:
        return ((first & 0x0F) << 12) | middle, 3
    return ((first & 0x07) << 18) | (middle << 6) | (data[at + 3] & 0x3F), 4


@compiled
def word_hashes(data: Bytes, start: int, end: int, table: Bytes, out: Hashes) -> int:
    """Write the hash of every word of data[start:end] to `out`; return how many.

    The same as `hash_bytes` of each word, in one pass over the bytes.
    """
    count = 0
    length = 0
    result = _GOLDEN
    block = np.uint64(0)
    shift = np.uint64(0)
    at = start
    while at < end:
        point, width = np.int64(data[at]), 1
        if point >= 0x80:
            point, width = code_point(data, at)
        kind = table[point]
        if kind == 1:
            result, block, shift = take_in(data[at : at + width], result, block, shift)
            length += width
        elif length:
            out[count] = (stir(result, block) ^ np.uint64(length)) * _GOLDEN
            count += 1
            length = 0
            result = _GOLDEN
            block = np.uint64(0)
            shift = np.uint64(0)
        if kind == 2:
            out[count] = hash_bytes(data, at, at + width)
            count += 1
        at += width
    if length:
        out[count] = (stir(result, block) ^ np.uint64(length)) * _GOLDEN
        count += 1
    return count


@compiled
def roll(words: Hashes, count: int, size: int, out: Hashes) -> int:
    """Write the rolling polynomial hash of every run of `size` words; return how many."""
    power = np.uint64(1)
    total = np.uint64(0)
    for at in range(size):
        power *= _POLY
        total = total * _POLY + words[at]
    out[0] = mix(total)
    for at in range(size, count):
        total = total * _POLY + words[at] - power * words[at - size]
        out[at - size + 1] = mix(total)
    return count - size + 1


@compiled
def order(values: Hashes, room: Hashes) -> None:
    """Sort hashes in place: each to about its final place by its size, the rest by insertion.

    Linear for evenly spread values, repeats included; `room` is as long as `values` or longer.
    """
    count = len(values)
    ends = np.zeros(count + 1, np.int64)
    for value in values:
        ends[np.int64(((value >> _HALF) * np.uint64(count)) >> _HALF) + 1] += 1
    for at in range(count):
        ends[at + 1] += ends[at]
    for value in values:
        slot = np.int64(((value >> _HALF) * np.uint64(count)) >> _HALF)
        room[ends[slot]] = value
        ends[slot] += 1
    for at in range(count):
        value = room[at]
        to = at
        while to and values[to - 1] > value:
            values[to] = values[to - 1]
            to -= 1
        values[to] = value


@compiled
def squeeze(values: Hashes, room: Hashes) -> int:
    """Sort `values` and move the distinct ones to the front; return how many."""
    order(values, room)
    kept = 1
    for at in range(1, len(values)):
        if values[at] != values[at - 1]:
            values[kept] = values[at]
            kept += 1
    return kept


@compiled
def shingle_parts(data: Bytes, size: int, table: Bytes, words: Hashes, out: Hashes) -> int:
    """Write the shingle hashes of each part of `data` to `out`; return how many.

    Parts end at U+001E; `words` is room for the word hashes of one part.
    """
    made = 0
    begun = 0
    for at in range(len(data) + 1):
        if at < len(data) and data[at] != 0x1E:
            continue
        count = word_hashes(data, begun, at, table, words)
        if count:
            made += roll(words, count, min(size, count), out[made:])
        begun = at + 1
    return made


@compiled
def shingle_rows(data: Bytes, ends: Longs, size: int, table: Bytes, out: Hashes) -> Longs:
    """Write the sorted distinct shingle hashes of each row to `out`; return their ends.

    Row i is data[ends[i]:ends[i + 1]]. A part with fewer than `size` words is one shingle of all
    its words, and a row without words a shingle of its bytes, so every row has at least one.
    """
    rows = len(ends) - 1
    marks = np.zeros(rows + 1, np.int64)
    longest = 0
    for row in range(rows):
        longest = max(longest, ends[row + 1] - ends[row])
    words = np.empty(longest // 2 + 2, np.uint64)
    for row in range(rows):
        start, end, written = ends[row], ends[row + 1], marks[row]
        made = shingle_parts(data[start:end], size, table, words, out[written:])
        if made == 0:
            out[written] = ~mix(hash_bytes(data, start, end))
            made = 1
        marks[row + 1] = written + squeeze(out[written : written + made], words)
    return marks


@compiled
def word_counts(data: Bytes, ends: Longs, table: Bytes) -> Longs:
    """Return the number of words of each row; rows as in `shingle_rows`."""
    rows = len(ends) - 1
    counts = np.zeros(rows, np.int64)
    for row in range(rows):
        words = np.empty((ends[row + 1] - ends[row]) // 2 + 2, np.uint64)
        counts[row] = word_hashes(data, ends[row], ends[row + 1], table, words)
    return counts


@compiled
def sign_rows(
    values: Hashes, marks: Longs, times: Signature, plus: Signature, out: npt.NDArray[np.uint32]
) -> None:
    """Write the MinHash signature of each row's shingle set to out, shape (rows, hashes)."""
    for row in range(len(marks) - 1):
        least = out[row]
        least[:] = np.uint32(0xFFFFFFFF)
        for at in range(marks[row], marks[row + 1]):
            item = np.uint32(values[at] >> _HALF)
            for slot in range(len(times)):
                value = np.uint32((plus[slot] ^ item) * times[slot])
                least[slot] = min(least[slot], value)


@compiled
def shared(values: Hashes, first: int, first_end: int, second: int, second_end: int) -> int:
    """Return how many values two sorted sets, given as ranges of `values`, have in common."""
    found = 0
    while first < first_end and second < second_end:
        left, right = values[first], values[second]
        if left == right:
            found += 1
        first += left <= right
        second += right <= left
    return found


@compiled
def jaccard_pairs(values: Hashes, marks: Longs, left: Longs, right: Longs) -> Reals:
    """Return the Jaccard similarity of each pair (left[i], right[i]) of rows."""
    result = np.empty(len(left), np.float64)
    for at in range(len(left)):
        a, b = left[at], right[at]
        both = shared(values, marks[a], marks[a + 1], marks[b], marks[b + 1])
        sizes = marks[a + 1] - marks[a] + marks[b + 1] - marks[b]
        result[at] = both / (sizes - both)
    return result


@compiled
def bucket_pairs(starts: Longs, members: Longs, cap: int, out: Longs) -> int:
    """Write the pairs of every bucket to `out` (shape (m, 2)); return how many.

    Bucket b is members[starts[b]:starts[b + 1]], ascending. Each member is paired with the
    first `cap` before it and with its nearest predecessor.
    """
    made = 0
    for bucket in range(len(starts) - 1):
        first = starts[bucket]
        for later in range(first + 1, starts[bucket + 1]):
            for earlier in range(first, min(later, first + cap)):
                out[made, 0], out[made, 1] = members[earlier], members[later]
                made += 1
            if later - first > cap:
                out[made, 0], out[made, 1] = members[later - 1], members[later]
                made += 1
    return made


@compiled
def settle(first: Longs, second: Longs, similarity: Reals, survivor: Longs, best: Reals) -> None:
    """Decide in place who goes; pairs sorted by (second, first), first < second.

    `survivor` begins as 0, 1, 2, ... A row goes when a pair ties it to an earlier row that
    stays, and names the most similar such row (the earliest, if several are equal).
    """
    for at in range(len(first)):
        stays, goes = first[at], second[at]
        if survivor[stays] != stays:
            continue
        if survivor[goes] == goes or similarity[at] > best[goes]:
            survivor[goes] = stays
            best[goes] = similarity[at]


@compiled
def root_of(parent: Longs, row: int) -> int:
    """Return the root of `row`, halving the path on the way."""
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


@compiled
def components(first: Longs, second: Longs, parent: Longs) -> None:
    """Turn `parent` (begun as 0, 1, 2, ...) into the smallest row of each row's component."""
    for at in range(len(first)):
        left, right = root_of(parent, first[at]), root_of(parent, second[at])
        parent[max(left, right)] = min(left, right)
    for row in range(len(parent)):
        parent[row] = root_of(parent, row)
