"""Compiled loops over the lines of a text."""

from typing import Any

import numpy as np

from burnish.methods.dedup.kernels import compiled
from burnish.methods.quality.kernels import Known, Points, Reals, Room
from burnish.methods.quality.repeats import count_repeats
from burnish.methods.quality.traits import BREAK, BULLET, CLOSER, ENDER, KIND, TERMINAL
from burnish.methods.quality.words import SPACE

# Places in what `measure_lines` writes; all are counts.
(LINES, BREAKS, PARTS, LINE_REPEATS, LINE_REPEATED, PART_REPEATS, PART_REPEATED, BULLETS,
 ELLIPSES, TERMINALS, SHORT, C4_ENDED, C4_LINES, C4_SENTENCES, LOREM,
 LINE_CHARACTERS) = range(16)  # fmt: skip
LINE_COLUMNS = 16

_SHORT = 30
_LEAST_TOKENS = 3
_ELLIPSIS = 0x2026


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode(), np.uint8)


_LOREM = _bytes("lorem ipsum")
_JAVASCRIPT = _bytes("javascript")
_TERMS, _PRIVACY, _COOKIE = (
    _bytes("terms of use"),
    _bytes("privacy policy"),
    _bytes("cookie policy"),
)
_USES, _USE, _USE_OF = _bytes("uses cookies"), _bytes("use cookies"), _bytes("use of cookies")


@compiled
def is_space(traits: Any, point: Any) -> bool:
    """Return whether a character is space."""
    return bool(traits[point] >> KIND & 7 == SPACE)


@compiled
def stripped(raw: Points, start: int, end: int, traits: Any) -> Any:
    """Return begin and end of raw[start:end] without the space at its ends."""
    while start < end and is_space(traits, raw[start]):
        start += 1
    while start < end and is_space(traits, raw[end - 1]):
        end -= 1
    return start, end


@compiled
def find_lines(raw: Points, traits: Any, room: Room) -> Any:
    """Write the lines and paragraphs to `room`; return how many lines, paragraphs and breaks.

    Lines end where `str.splitlines` ends them; a blank line ends a paragraph.
    """
    lines = parts = breaks = 0
    begun = 0
    blank = True
    for at in range(len(raw) + 1):
        broken = at < len(raw)
        if broken and not traits[raw[at]] & BREAK:
            continue
        # A carriage return with a line feed is one break.
        breaks += broken and not (raw[at] == 13 and at + 1 < len(raw) and raw[at + 1] == 10)
        second = broken and raw[at] == 10 and at > 0 and raw[at - 1] == 13
        start, end = stripped(raw, begun, at, traits)
        begun = at + 1
        if start == end:
            blank = blank or not second
            continue
        room.lines[lines, 0], room.lines[lines, 1] = start, end
        lines += 1
        if blank:
            room.parts[parts, 0] = start
            parts += 1
        room.parts[parts - 1, 1] = end
        blank = False
    return lines, parts, breaks


@compiled
def ends_in_ellipsis(raw: Points, start: int, end: int) -> bool:
    """Return whether raw[start:end] ends in three points or U+2026."""
    if raw[end - 1] == _ELLIPSIS:
        return True
    three = end - start >= 3 and raw[end - 1] == raw[end - 2] == raw[end - 3]
    return bool(three and raw[end - 1] == 46)


@compiled
def ends_as_c4(raw: Points, start: int, end: int) -> bool:
    """Return whether a line ends in . ? ! or a closing quotation mark, and in no ellipsis."""
    last = raw[end - 1]
    mark = last == 46 or last == 63 or last == 33
    quote = last == 34 or last == 39 or last == 0x201D or last == 0x2019
    return (mark or quote) and not ends_in_ellipsis(raw, start, end)


@compiled
def enough_tokens(raw: Points, start: int, end: int, traits: Any) -> bool:
    """Return whether a line has three words or more, split at space."""
    tokens = 1
    at = start
    while at < end and tokens < _LEAST_TOKENS:
        tokens += is_space(traits, raw[at]) and not is_space(traits, raw[at - 1])
        at += 1
    return tokens >= _LEAST_TOKENS


@compiled
def sentences(raw: Points, start: int, end: int, traits: Any) -> int:
    """Return the sentences of a line: where . ! or ? and what closes it meet space.

    What goes on with a small letter is no new sentence ("e.g. this").
    """
    count = 1
    for at in range(start, end):
        if not traits[raw[at]] & ENDER:
            continue
        after = at + 1
        while after < end and traits[raw[after]] & CLOSER:
            after += 1
        spaced = after + 1 < end and is_space(traits, raw[after])
        small = spaced and 97 <= raw[after + 1] <= 122
        wide = raw[at] >= 0x3000 and after < end
        count += (spaced and not small) or wide
    return count


@compiled
def holds(raw: Points, start: int, end: int, needle: Points) -> bool:
    """Return whether raw[start:end] holds `needle`, which is small ASCII, in any case."""
    for at in range(start, end - len(needle) + 1):
        step = 0
        while step < len(needle):
            point = raw[at + step]
            if 65 <= point <= 90:
                point += 32
            if point != needle[step]:
                break
            step += 1
        if step == len(needle):
            return True
    return False


@compiled
def is_boilerplate(raw: Points, start: int, end: int) -> bool:
    """Return whether C4 cuts a line for what it says: JavaScript, cookies, terms of use."""
    return (
        holds(raw, start, end, _JAVASCRIPT)
        or holds(raw, start, end, _TERMS)
        or holds(raw, start, end, _PRIVACY)
        or holds(raw, start, end, _COOKIE)
        or holds(raw, start, end, _USES)
        or holds(raw, start, end, _USE)
        or holds(raw, start, end, _USE_OF)
    )


@compiled
def measure_line(raw: Points, start: int, end: int, traits: Any, gated: bool, out: Reals) -> None:
    """Add one line to `out`; `gated` says whether the text has a word that C4 looks for."""
    first, last = traits[raw[start]], traits[raw[end - 1]]
    out[BULLETS] += first & BULLET != 0
    out[ELLIPSES] += ends_in_ellipsis(raw, start, end)
    out[TERMINALS] += last & TERMINAL != 0
    out[SHORT] += end - start <= _SHORT
    if not (ends_as_c4(raw, start, end) and enough_tokens(raw, start, end, traits)):
        return
    out[C4_ENDED] += 1
    if gated and is_boilerplate(raw, start, end):
        return
    out[C4_LINES] += 1
    out[C4_SENTENCES] += sentences(raw, start, end, traits)


@compiled
def measure_lines(raw: Points, known: Known, room: Room, gated: bool, out: Reals) -> None:
    """Write what is counted of the lines of a text to `out` (LINE_COLUMNS,)."""
    lines, parts, breaks = find_lines(raw, known.traits, room)
    out[LINES], out[PARTS], out[BREAKS] = lines, parts, breaks
    if lines > 1:
        out[LINE_REPEATS], out[LINE_REPEATED] = count_repeats(raw, room.lines[:lines], room)
    if parts > 1:
        out[PART_REPEATS], out[PART_REPEATED] = count_repeats(raw, room.parts[:parts], room)
    for line in range(lines):
        start, end = room.lines[line, 0], room.lines[line, 1]
        out[LINE_CHARACTERS] += end - start
        measure_line(raw, start, end, known.traits, gated, out)
    out[LOREM] = gated and holds(raw, 0, len(raw), _LOREM)
