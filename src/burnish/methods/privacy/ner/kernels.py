"""Compiled loops over code points: tokens, distinct words, hashed features, probabilities.

Imported when first used, because importing the compiler takes longer than a help page may.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from burnish.methods.dedup.kernels import compiled

Codes = npt.NDArray[np.uint32]
Kinds = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Reals = npt.NDArray[np.float32]

INERT, INERT_REST = 0x110000, 0x110001
"""What stands in the code points for a mask token: its first character, and the further ones."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_WORD, _AFFIX, _ENDING = np.uint64((1 << 17) - 1), np.uint64((1 << 14) - 1), np.uint64(4095)


@compiled
def _mixed(value: Any) -> Any:
    value ^= value >> _HALF
    value *= _MIX
    return value ^ (value >> _HALF)


@compiled
def _hash(codes: Codes, start: int, end: int) -> Any:
    """A polynomial hash of codes[start:end], mixed."""
    total, power = np.uint64(0), _ONE
    for at in range(start, end):
        total += (np.uint64(codes[at]) + _ONE) * power
        power *= _STEP
    return _mixed(total)


@compiled
def _hash_folded(codes: Codes, start: int, end: int, folds: Codes) -> Any:
    total, power = np.uint64(0), _ONE
    for at in range(start, end):
        total += (np.uint64(folds[codes[at]]) + _ONE) * power
        power *= _STEP
    return _mixed(total)


@compiled
def _find(keys: Hashes, ids: Ints, value: Any) -> Any:
    """(slot, word or -1) of a hash in a table of open addresses."""
    slot = np.int64(value & np.uint64(keys.size - 1))
    while ids[slot] >= 0 and keys[slot] != value:
        slot = (slot + 1) & (keys.size - 1)
    return slot, ids[slot]


@compiled
def _grown(keys: Hashes, ids: Ints) -> Any:
    """A table of twice the size with the same words in it."""
    more_keys, more_ids = np.zeros(keys.size * 2, np.uint64), np.full(ids.size * 2, -1, np.int32)
    for old in range(keys.size):
        if ids[old] >= 0:
            slot, _ = _find(more_keys, more_ids, keys[old])
            more_keys[slot], more_ids[slot] = keys[old], ids[old]
    return more_keys, more_ids


@compiled
def cut(codes: Codes, bounds: Longs, kinds: Kinds, out: Ints) -> Any:
    """Cut texts into tokens; returns (tokens, first token of each text).

    Text i is codes[bounds[i]:bounds[i + 1]]. Row t of `out` gets start and end in `codes`, and in
    its last column the gap code; the column between is for `number`.
    """
    groups = np.array([0, 0, 1, 1, 1, 2, 3], np.uint8)[kinds]
    firsts = np.empty(bounds.size, np.int64)
    rows = 0
    for text in range(bounds.size - 1):
        firsts[text] = rows
        last: Any = 0
        blanks, breaks = 0, 3
        for at in range(bounds[text], bounds[text + 1]):
            code = codes[at]
            group: Any = 4 if code >= INERT else np.int64(groups[code])
            if group == 0:
                blanks += 1
                breaks += kinds[code] == 1
            elif group != last or group == 3 or (group == 4 and code == INERT):
                out[rows, 0] = at
                out[rows, 3] = min(1 + breaks, 3) if blanks + breaks else 0
                rows += 1
                blanks = breaks = 0
            if group:
                out[rows - 1, 1] = at + 1
            last = group
    firsts[-1] = rows
    return rows, firsts


@compiled
def number(codes: Codes, out: Ints, rows: int) -> Longs:
    """Number the distinct words; returns where each first stands [words, 2] (start, end).

    Two words are one when their 64-bit hashes are. Column 2 of `out` gets the number.
    """
    keys, ids = np.zeros(1 << 12, np.uint64), np.full(1 << 12, -1, np.int32)
    words = np.empty((rows, 2), np.int64)
    count = 0
    for row in range(rows):
        value = _hash(codes, out[row, 0], out[row, 1])
        slot, word = _find(keys, ids, value)
        if word < 0:
            word = count
            keys[slot], ids[slot] = value, word
            words[word, 0], words[word, 1] = out[row, 0], out[row, 1]
            count += 1
            if 2 * count >= keys.size:
                keys, ids = _grown(keys, ids)
        out[row, 2] = word
    return words[:count].copy()


@compiled
def describe(codes: Codes, words: Longs, kinds: Kinds, folds: Codes) -> Any:
    """(features [words, 6], names [words, 2]); rows of mask tokens stay zero.

    The names are hashes of the folded word, and of it without a last s after four letters or more.
    """
    sizes = np.array([0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 7], np.int32)
    features = np.zeros((words.shape[0], 6), np.int32)
    names = np.zeros((words.shape[0], 2), np.uint64)
    for word in range(words.shape[0]):
        start, end = words[word, 0], words[word, 1]
        length = end - start
        if codes[start] >= INERT:
            continue
        capitals = 0
        for at in range(start, end):
            capitals += kinds[codes[at]] == 2
        case = 3
        if capitals == 0:
            case = 0
        elif capitals == length:
            case = 1
        elif capitals == 1 and kinds[codes[start]] == 2:
            case = 2
        name = _hash_folded(codes, start, end, folds)
        names[word, 0] = name
        if length > 4 and folds[codes[end - 1]] == 115:
            names[word, 1] = _hash_folded(codes, start, end - 1, folds)
        features[word, 0] = name & _WORD
        features[word, 1] = _hash_folded(codes, start, min(start + 3, end), folds) & _AFFIX
        features[word, 2] = _hash_folded(codes, max(end - 3, start), end, folds) & _AFFIX
        features[word, 3] = _hash_folded(codes, max(end - 2, start), end, folds) & _ENDING
        features[word, 4] = (
            _hash_folded(codes, min(start + 1, end), min(start + 4, end), folds) & _AFFIX
        )
        features[word, 5] = kinds[codes[start]] * 32 + case * 8 + sizes[min(length, 15)]
    return features, names


@compiled
def standing(words: Ints, firsts: Longs, names: Hashes, wanted: Hashes, bounds: Longs) -> Kinds:
    """Which tokens of each text are wanted: 1, or 2 where only without its last s.

    Text i wants the words whose hashes are wanted[bounds[i]:bounds[i + 1]], in order.
    """
    out = np.zeros(words.size, np.uint8)
    for text in range(firsts.size - 1):
        here = wanted[bounds[text] : bounds[text + 1]]
        for token in range(firsts[text], firsts[text + 1]):
            for form in range(2):
                name = names[words[token], form]
                if name == 0 or out[token]:
                    continue
                place = np.searchsorted(here, name)
                if place < here.size and here[place] == name:
                    out[token] = form + 1
    return out


@compiled
def judge(logits: Reals, limits: Reals, shares: Reals, begins: Kinds) -> None:
    """Turn logits [rows, 9] into probabilities by category, where above their limit.

    `shares` [rows, 4] gets the sum of B and I (softmax) or 0; `limits` [4] are the least
    probabilities; `begins` gets 1 + category where the likeliest tag begins one, else 0.
    """
    hopeless = np.log(limits.min() / 2)
    for row in range(logits.shape[0]):
        shares[row], begins[row] = 0, 0
        if logits[row, 1:].max() - logits[row, 0] < hopeless:
            continue
        best = 0
        for tag in range(1, 9):
            if logits[row, tag] > logits[row, best]:
                best = tag
        begins[row] = (best + 1) // 2 if best % 2 else 0
        total = np.float64(0)
        for tag in range(9):
            total += np.exp(np.float64(logits[row, tag]) - np.float64(logits[row, best]))
        for category in range(4):
            one, two = logits[row, 1 + 2 * category], logits[row, 2 + 2 * category]
            share = np.exp(np.float64(one) - np.float64(logits[row, best]))
            share += np.exp(np.float64(two) - np.float64(logits[row, best]))
            share /= total
            shares[row, category] = share if share > limits[category] else 0
