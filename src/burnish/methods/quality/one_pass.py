"""The compiled loop over all texts: what is counted of each, in one row of numbers."""

from typing import Any

import numpy as np

from burnish.methods.dedup.kernels import compiled
from burnish.methods.quality.kernels import (
    FUNCTION,
    GATE,
    Known,
    Longs,
    Points,
    Reals,
    Room,
    count_ascii,
    count_points,
    count_tokens,
    decode,
    find_words,
    fold_ascii,
    fold_points,
    is_ascii,
    number_words,
    room_for,
)
from burnish.methods.quality.lines import LINE_COLUMNS, measure_lines
from burnish.methods.quality.plausible import judge_words
from burnish.methods.quality.repeats import RUN_COLUMNS, measure_runs
from burnish.methods.quality.traits import CLASS
from burnish.methods.quality.words import KINDS

# Columns of what `measure_rows` writes; from the named one on where there are several.
(WORDS, SPACED, SPACED_LETTERS, VOCABULARY, JUDGED, ODD, TYPED, ONE_ROW, STOPPED, FUNCTIONS,
 CHARACTERS, HASHES, ELLIPSES, CURLY, TOKENS, LETTERED) = range(16)  # fmt: skip
KIND_COUNTS = 16
RUNS = KIND_COUNTS + KINDS
LINE_COUNTS = RUNS + RUN_COLUMNS
COLUMNS = LINE_COUNTS + LINE_COLUMNS


@compiled
def measure_marks(raw: Points, out: Reals) -> None:
    """Count number signs, ellipses and opening curly brackets of a text."""
    hashes = curly = ellipses = points = 0
    for at in range(len(raw)):
        hashes += raw[at] == 35
        curly += raw[at] == 123
    for at in range(len(raw)):
        points = points + 1 if raw[at] == 46 else 0
        ellipses += points == 3 or raw[at] == 0x2026
        points = 0 if points == 3 else points
    out[HASHES], out[CURLY], out[ELLIPSES] = hashes, curly, ellipses


@compiled
def measure_words(folded: Points, known: Known, room: Room, out: Reals) -> Any:
    """Write what is measured of the words of a text; return the marks of all of them."""
    count = find_words(folded, known.traits, room)
    out[WORDS] = count
    if not count:
        return np.uint16(0)
    distinct, out[VOCABULARY] = number_words(count, room)
    counts = np.zeros(5, np.int64)
    marks = judge_words(folded, distinct, known, room, counts)
    for place in range(5):
        out[JUDGED + place] = counts[place]
    for bit in range(8):
        out[FUNCTIONS] += (marks & (FUNCTION << bit)) != 0
    for word in range(count):
        spaced = known.traits[folded[room.starts[word]]] & CLASS == 1
        out[SPACED] += spaced
        out[SPACED_LETTERS] += spaced * (room.ends[word] - room.starts[word])
    measure_runs(count, room, out[RUNS : RUNS + RUN_COLUMNS])
    return marks


@compiled
def measure_text(raw: Points, folded: Points, known: Known, room: Room, out: Reals) -> None:
    """Write the columns of one text, given as it stands and case-folded."""
    out[CHARACTERS] = len(raw)
    measure_marks(raw, out)
    out[TOKENS], out[LETTERED] = count_tokens(raw, known)
    marks = measure_words(folded, known, room, out)
    gated = marks & GATE != 0
    measure_lines(raw, known, room, gated, out[LINE_COUNTS : LINE_COUNTS + LINE_COLUMNS])


@compiled
def measure_rows(data: Points, ends: Longs, known: Known) -> Reals:
    """Return the columns of every text, float64 (n, COLUMNS).

    Text i is data[ends[i]:ends[i + 1]], UTF-8.
    """
    rows = len(ends) - 1
    result = np.zeros((rows, COLUMNS), np.float64)
    longest = wide = 0
    plain = np.empty(rows, np.bool_)
    for row in range(rows):
        size = ends[row + 1] - ends[row]
        plain[row] = is_ascii(data, ends[row], ends[row + 1])
        longest = max(longest, size)
        wide = max(wide, 0 if plain[row] else size)
    small = np.empty(longest, np.uint8)
    points = np.empty(wide, np.uint32)
    folded = np.empty(3 * wide, np.uint32)
    room = room_for(max(longest, 3 * wide))
    kinds = np.empty(KINDS, np.int64)
    for row in range(rows):
        raw = data[ends[row] : ends[row + 1]]
        kinds[:] = 0
        if plain[row]:
            count_ascii(raw, known, kinds)
            measure_text(raw, fold_ascii(raw, small), known, room, result[row])
        else:
            text = decode(raw, points)
            count_points(text, known, kinds)
            measure_text(text, fold_points(text, known, folded), known, room, result[row])
        for kind in range(KINDS):
            result[row, KIND_COUNTS + kind] = kinds[kind]
    return result
