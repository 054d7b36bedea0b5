"""Compiled loops from the bytes of messages to normal forms, and from those to keys.

Imported when first used, as `kernels`. Integer arithmetic only: every machine gives the same bits.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.kernels import (
    Bytes,
    Hashes,
    Longs,
    Signature,
    code_point,
    compiled,
    hash_bytes,
    mix,
    shingle_parts,
)

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.uint32]

_MIX = np.uint64(0xD6E8FEB86659FD93)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@compiled
def foreign(data: Bytes, starts: Longs, ends: Longs, numbers: npt.NDArray[np.int32]) -> Flags:
    """Return for each text data[starts[i]:ends[i]] whether it has a character that is not plain.

    `numbers` are those of `plain.plain`.
    """
    found = np.zeros(len(starts), np.bool_)
    for text in range(len(starts)):
        at = starts[text]
        while at < ends[text]:
            if data[at] < 0x80:
                at += 1
                continue
            point, width = code_point(data, at)
            if point >= len(numbers) or numbers[point] == -1:
                found[text] = True
                break
            at += width
    return found


@compiled
def plain_form(
    data: Bytes, at: int, table: tuple[npt.NDArray[np.int32], Longs, Bytes], out: Bytes, made: int
) -> Any:
    """Write the normal form of any other character; return (bytes taken, end, was it space)."""
    byte = data[at]
    if byte < 0x80:
        out[made] = byte
        return 1, made + 1, 0x09 <= byte <= 0x0D or (0x1C <= byte <= 0x1F and byte != 0x1E)
    point, width = code_point(data, at)
    number = table[0][point]
    if number < 0:
        return width, made, True
    for place in range(table[1][number], table[1][number + 1]):
        out[made] = table[2][place]
        made += 1
    return width, made, False


@compiled
def normal_plain(
    data: Bytes, span: tuple[int, int], table: tuple[npt.NDArray[np.int32], Longs, Bytes],
    out: Bytes, made: int,
) -> int:  # fmt: skip
    """Write the normal form of a text of plain characters to out[made:]; return its end.

    Each run of white space is one space, and none stands at the ends of the text or beside a
    U+001E, which ends a part.
    """
    at, end = span
    begun = made
    gap = False
    while at < end:
        byte = data[at]
        if 0x20 < byte < 0x7F:
            if gap:
                out[made] = 0x20
                made += 1
                gap = False
            out[made] = byte | ((0x41 <= byte <= 0x5A) << 5)
            made += 1
            at += 1
        elif byte == 0x20:
            gap = made > begun
            at += 1
        else:
            gap = gap and byte != 0x1E
            width, after, space = plain_form(data, at, table, out, made + gap)
            at += width
            if space:
                gap = made > begun
                continue
            out[made] = 0x20 if gap else out[made]
            made, gap = after, False
            begun = made if byte == 0x1E else begun
    return made


@compiled
def normal_rows(
    own: tuple[Bytes, Longs, Longs], table: tuple[npt.NDArray[np.int32], Longs, Bytes],
    other: tuple[Bytes, Longs], which: Longs, rows: Longs, out: Bytes,
) -> Longs:  # fmt: skip
    """Write the normal forms of rows to `out`; return their n + 1 ends.

    Row i is made of texts rows[i] to rows[i + 1], with a U+001E between two. Text j lies in
    `own` (bytes, starts, ends) and is plain (`table`) where which[j] < 0; elsewhere its form is
    number which[j] of `other` (bytes, n + 1 ends).
    """
    data, starts, ends = own
    made = 0
    marks = np.zeros(len(rows), np.int64)
    for row in range(len(rows) - 1):
        for text in range(rows[row], rows[row + 1]):
            if text > rows[row]:
                out[made] = 0x1E
                made += 1
            if which[text] < 0:
                made = normal_plain(data, (starts[text], ends[text]), table, out, made)
                continue
            first, last = other[1][which[text]], other[1][which[text] + 1]
            out[made : made + last - first] = other[0][first:last]
            made += last - first
        marks[row + 1] = made
    return marks


@compiled
def row_shingles(data: Bytes, size: int, table: Bytes, words: Hashes, out: Hashes) -> int:
    """Write the shingle hashes of one row, in order and with repeats, to `out`; return how many.

    The same shingles as `kernels.shingle_rows` makes sets of.
    """
    made = shingle_parts(data, size, table, words, out)
    if made == 0:
        out[0] = ~mix(hash_bytes(data, 0, len(data)))
        made = 1
    return made


@compiled
def longest_row(ends: Longs) -> int:
    """Return the length of the longest row."""
    longest = 0
    for row in range(len(ends) - 1):
        longest = max(longest, ends[row + 1] - ends[row])
    return longest


@compiled
def minhash_keys(
    text: tuple[Bytes, Longs], size: int, table: Bytes, hashes: tuple[Signature, Signature],
    rows: int, out: npt.NDArray[np.uint64],
) -> Places:  # fmt: skip
    """Write the band keys of each row to `out`, (n, bands); return the numbers of shingles.

    They are `lsh.band_keys` of what `kernels.sign_rows` gives, made without sets or signatures.
    """
    data, ends = text
    times, plus = hashes
    room = longest_row(ends) // 2 + 2
    words, made = np.empty(room, np.uint64), np.empty(room, np.uint64)
    least = np.empty(len(times), np.uint32)
    counts = np.empty(len(ends) - 1, np.uint32)
    for row in range(len(ends) - 1):
        count = row_shingles(data[ends[row] : ends[row + 1]], size, table, words, made)
        counts[row] = count
        least[:] = np.uint32(0xFFFFFFFF)
        for at in range(count):
            item = np.uint32(made[at] >> _HALF)
            for slot in range(len(times)):
                value = np.uint32((plus[slot] ^ item) * times[slot])
                least[slot] = min(least[slot], value)
        for band in range(out.shape[1]):
            out[row, band] = band_key(least, band, rows)
    return counts


@compiled
def band_key(least: npt.NDArray[np.uint32], band: int, rows: int) -> Any:
    """Return the key of one band of a signature, as `lsh.band_keys` does for many."""
    key = np.uint64(band + 1)
    for column in range(band * rows, (band + 1) * rows):
        key ^= np.uint64(least[column])
        key ^= key >> _HALF
        key *= _MIX
        key ^= key >> _HALF
        key *= _MIX
        key ^= key >> _HALF
        key += _GOLDEN
    return key


@compiled
def simhashes(
    text: tuple[Bytes, Longs], size: int, table: Bytes, out: npt.NDArray[np.uint64]
) -> Places:
    """Write the SimHash of each row to `out`, (n,); return the numbers of shingles.

    Bit b is set when more shingles (with repeats) have bit b of their hash set than not.
    """
    data, ends = text
    room = longest_row(ends) // 2 + 2
    words, made = np.empty(room, np.uint64), np.empty(room, np.uint64)
    ones = np.empty(64, np.int64)
    counts = np.empty(len(ends) - 1, np.uint32)
    for row in range(len(ends) - 1):
        count = row_shingles(data[ends[row] : ends[row + 1]], size, table, words, made)
        counts[row] = count
        ones[:] = 0
        for at in range(count):
            for bit in range(64):
                ones[bit] += np.int64((made[at] >> np.uint64(bit)) & np.uint64(1))
        result = np.uint64(0)
        for bit in range(64):
            if 2 * ones[bit] > count:
                result |= np.uint64(1) << np.uint64(bit)
        out[row] = result
    return counts
