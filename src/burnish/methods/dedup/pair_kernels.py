"""Compiled loops from keys to pairs of rows, and from pairs to families and similarities.

Imported when first used, as `kernels`. A place is a row's number in visiting order; a pair is
(first place << 32 | second place), the first being the smaller.
"""

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.kernels import Hashes, Longs, compiled

Places = npt.NDArray[np.uint32]

_HALF = np.uint64(32)
_RARITY, _VALUE = np.uint64(48), np.uint64(16)
_DIGIT_BITS = 11
_DIGITS = 1 << _DIGIT_BITS


@compiled
def radix_pass(
    keys: Hashes, places: Places, shift: int, out_keys: Hashes, out_places: Places
) -> bool:
    """Order pairs stably by one digit of their keys; False where all have the same digit."""
    counts = np.zeros(_DIGITS, np.int64)
    step, mask = np.uint64(shift), np.uint64(_DIGITS - 1)
    for at in range(len(keys)):
        counts[np.int64((keys[at] >> step) & mask)] += 1
    if len(keys) and counts[np.int64((keys[0] >> step) & mask)] == len(keys):
        return False
    total = 0
    for digit in range(_DIGITS):
        size = counts[digit]
        counts[digit] = total
        total += size
    for at in range(len(keys)):
        here = np.int64((keys[at] >> step) & mask)
        out_keys[counts[here]] = keys[at]
        out_places[counts[here]] = places[at]
        counts[here] += 1
    return True


@compiled
def radix_sort(keys: Hashes, places: Places) -> tuple[Hashes, Places]:
    """Return both arrays ordered stably by key, in linear time; what was given is overwritten."""
    other_keys, other_places = np.empty_like(keys), np.empty_like(places)
    for shift in range(0, 64, _DIGIT_BITS):
        if radix_pass(keys, places, shift, other_keys, other_places):
            keys, other_keys = other_keys, keys
            places, other_places = other_places, places
    return keys, places


@compiled
def buckets(keys: Hashes, places: Places) -> tuple[Longs, Places]:
    """Return (starts, members) of the runs of equal sorted keys with more than one place.

    Bucket b is members[starts[b]:starts[b + 1]], ascending.
    """
    starts = np.zeros(len(keys) // 2 + 1, np.int64)
    members = np.empty(len(keys), np.uint32)
    found, made, begun = 0, 0, 0
    for at in range(1, len(keys) + 1):
        if at < len(keys) and keys[at] == keys[begun]:
            continue
        if at - begun > 1:
            members[made : made + at - begun] = np.sort(places[begun:at])
            made += at - begun
            found += 1
            starts[found] = made
        begun = at
    return starts[: found + 1].copy(), members[:made].copy()


@compiled
def next_pairs(starts: Longs, members: Places, cap: int, state: Longs, out: Hashes) -> int:
    """Write pairs (first << 32 | second) of buckets to `out` until it is full; return how many.

    Each member of a bucket meets the first `cap` before it and its nearest predecessor there.
    `state` is (bucket, member), where to begin, and is moved to where to go on; the bucket is
    past the last when all is done. `out` has room for at least `cap` + 1 pairs.
    """
    made = 0
    bucket, later = state[0], state[1]
    while bucket < len(starts) - 1:
        first = starts[bucket]
        later = max(later, first + 1)
        while later < starts[bucket + 1]:
            if made + cap + 1 > len(out):
                state[0], state[1] = bucket, later
                return made
            second = np.uint64(members[later])
            for earlier in range(first, min(later, first + cap)):
                out[made] = (np.uint64(members[earlier]) << _HALF) | second
                made += 1
            if later - first > cap:
                out[made] = (np.uint64(members[later - 1]) << _HALF) | second
                made += 1
            later += 1
        bucket += 1
    state[0], state[1] = bucket, later
    return made


@compiled
def link(pairs: Hashes, parent: Places) -> None:
    """Unite the two ends of each pair; a root is the smallest of its tree."""
    for at in range(len(pairs)):
        left, right = np.uint32(pairs[at] >> _HALF), np.uint32(pairs[at])
        while parent[left] != left:
            parent[left] = parent[parent[left]]
            left = parent[left]
        while parent[right] != right:
            parent[right] = parent[parent[right]]
            right = parent[right]
        if left < right:
            parent[right] = left
        else:
            parent[left] = right


@compiled
def flatten(parent: Places) -> None:
    """Let every place name its root; a parent is never after its child."""
    for place in range(len(parent)):
        parent[place] = parent[parent[place]]


@compiled
def cut(first: Longs, second: Longs, sizes: Longs, limit: int) -> Longs:
    """Return the piece of each pair, so that the rows of a piece are at most `limit` in size.

    Pairs are taken in order; a pair larger than the limit is a piece of its own.
    """
    pieces = np.empty(len(first), np.int64)
    seen = np.full(len(sizes), -1, np.int64)
    piece, size = 0, 0
    for at in range(len(first)):
        a, b = first[at], second[at]
        more = (sizes[a] if seen[a] != piece else 0) + (sizes[b] if seen[b] != piece else 0)
        if size and size + more > limit:
            piece += 1
            size, more = 0, sizes[a] + sizes[b]
        size += more
        seen[a] = seen[b] = piece
        pieces[at] = piece
    return pieces


@compiled
def near(
    values: Hashes, marks: Longs, left: Longs, right: Longs, threshold: float
) -> npt.NDArray[np.float64]:
    """Return the Jaccard similarity of each pair of sets, or 0 where it is under `threshold`.

    A pair is given up as soon as it can no longer reach the threshold.
    """
    result = np.zeros(len(left), np.float64)
    for at in range(len(left)):
        a, a_end = marks[left[at]], marks[left[at] + 1]
        b, b_end = marks[right[at]], marks[right[at] + 1]
        sizes = a_end - a + b_end - b
        # One less than needed, so that rounding never gives up a pair that would reach it.
        needed = np.int64(sizes * threshold / (1.0 + threshold)) - 1
        spare = sizes - 2 * needed
        both = 0
        while a < a_end and b < b_end and spare >= 0:
            one, other = values[a], values[b]
            both += one == other
            spare -= one != other
            a += one <= other
            b += other <= one
        similarity = both / (sizes - both)
        if similarity >= threshold:
            result[at] = similarity
    return result


@compiled
def rarest(
    values: Hashes, marks: Longs, counts: npt.NDArray[np.uint16], threshold: float
) -> tuple[Hashes, Places]:
    """Return keys of each set's rarest elements, as many as `threshold` asks, and their rows.

    A key is 16 bits of frequency above 48 bits of the element, so their order is by rarity.
    """
    keys = np.empty(len(values), np.uint64)
    rows = np.empty(len(values), np.uint32)
    made = 0
    for row in range(len(marks) - 1):
        start, size = marks[row], marks[row + 1] - marks[row]
        ranked = np.empty(size, np.uint64)
        for at in range(size):
            value = values[start + at]
            often = np.uint64(counts[value % np.uint64(len(counts))])
            ranked[at] = (often << _RARITY) | (value >> _VALUE)
        ranked.sort()
        # Rounding may take one too many, never one too few.
        taken = min(size, size - np.int64(np.ceil(threshold * size - 1e-9)) + 1)
        keys[made : made + taken] = ranked[:taken]
        rows[made : made + taken] = row
        made += taken
    return keys[:made].copy(), rows[:made].copy()
