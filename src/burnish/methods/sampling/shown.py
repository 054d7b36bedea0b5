"""A document as a reviewer sees it: its texts with the masks in them, and where each piece was.

What is shown is what was written. Outside the masks it must be the text from before masking; a text
that is not is shown all the same, but then nobody knows where its pieces came from. Where a value
was replaced by a surrogate, the category's token is shown in its place: a surrogate looks like a
miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

TOKEN = re.compile(r"\[[A-Z][A-Z0-9_]*\]")
NUMBER = re.compile(r"_\d{1,4}$")
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Mask:
    """A masked place: `start` to `end` before masking, `shown_start` to `shown_end` as written."""

    start: int
    end: int
    category: str
    score: float
    shown_start: int = NOWHERE
    shown_end: int = NOWHERE


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text as shown; characters `start` to `end` before masking, where that is known."""

    text: str
    start: int = NOWHERE
    end: int = NOWHERE
    mask: Mask | None = None


def pieces(before: str, written: str, masks: Sequence[Mask]) -> tuple[Piece, ...]:
    """The written text in pieces, each mask one of them."""
    ordered = _found(written, sorted(masks, key=lambda mask: (mask.start, mask.end)))
    fit = _in_order(ordered, written) if ordered else before == written
    found = _placed(before, written, ordered) if fit else _as_written(written)
    return tuple(piece for piece in found if piece.text)


def shown_text(found: Sequence[Piece]) -> str:
    """The pieces joined: what a reviewer reads."""
    return "".join(piece.text for piece in found)


def in_the_clear(before: str, masks: Sequence[Mask]) -> tuple[Piece, ...]:
    """The text before masking, what is masked in pieces of its own."""
    out: list[Piece] = []
    done = 0
    for mask in sorted(masks, key=lambda mask: (mask.start, mask.end)):
        start = max(mask.start, done)
        out += (
            Piece(before[done:start], done, start),
            Piece(before[start : mask.end], start, mask.end, mask),
        )
        done = max(done, mask.end)
    out.append(Piece(before[done:], done, len(before)))
    return tuple(piece for piece in out if piece.text)


def places_of(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` stands in a text, blanks and line ends taken for one another.

    As it is written first; where it is not found so, in any case of its letters.
    """
    words = wanted.split()
    if not words:
        return []
    pattern = r"\s+".join(map(re.escape, words))
    for flags in (0, re.IGNORECASE):
        found = [match.span() for match in re.finditer(pattern, text, flags)]
        if found:
            return found
    return []


def before_masking(found: Sequence[Piece], start: int, end: int) -> tuple[int, int] | None:
    """Characters `start` to `end` of the text as shown, in characters of the text before masking.

    A mask counts as a whole. None where the piece is not known to have been anywhere.
    """
    first, last, at = NOWHERE, NOWHERE, 0
    for piece in found:
        stop = at + len(piece.text)
        if at < end and start < stop:
            if piece.start == NOWHERE:
                return None
            whole = piece.mask is not None
            begins = piece.start if whole else piece.start + max(start - at, 0)
            ends = piece.end if whole else piece.start + min(end, stop) - at
            first = begins if first == NOWHERE else first
            last = ends
        at = stop
    return None if first == NOWHERE else (first, last)


def _found(written: str, masks: Sequence[Mask]) -> list[Mask]:
    """The masks with their places, by the tokens in the text where they do not say them."""
    tokens = list(TOKEN.finditer(written))
    named = [NUMBER.sub("", token[0].strip("[]")) for token in tokens]
    if all(mask.shown_start >= 0 for mask in masks) or named != [mask.category for mask in masks]:
        return list(masks)
    both = zip(masks, tokens, strict=True)
    return [replace(mask, shown_start=t.start(), shown_end=t.end()) for mask, t in both]


def _in_order(masks: Sequence[Mask], written: str) -> bool:
    """Whether the masks say where they stand in the written text, one after the other."""
    at = 0
    for mask in masks:
        if not at <= mask.shown_start < mask.shown_end <= len(written):
            return False
        at = mask.shown_end
    return True


def _placed(before: str, written: str, masks: Sequence[Mask]) -> Iterator[Piece]:
    """Pieces at the places that the masks name; where each was, if all between them is the same."""
    edges = [(mask.start, mask.end, mask.shown_start, mask.shown_end) for mask in masks]
    gaps = [*zip([(0, 0, 0, 0), *edges], [*edges, (len(before), 0, len(written), 0)], strict=True)]
    same = all(before[p[1] : n[0]] == written[p[3] : n[2]] for p, n in gaps)
    for number, (previous, following) in enumerate(gaps):
        where = (previous[1], following[0]) if same else (NOWHERE, NOWHERE)
        yield Piece(written[previous[3] : following[2]], *where)
        if number < len(masks):
            mask = masks[number]
            where = (mask.start, mask.end) if same else (NOWHERE, NOWHERE)
            yield Piece(_token(written, mask), *where, mask)


def _token(written: str, mask: Mask) -> str:
    """The token as it is written, or the category's where something else stands for the value."""
    there = written[mask.shown_start : mask.shown_end]
    return there if TOKEN.fullmatch(there) else f"[{mask.category}]"


def _as_written(written: str) -> Iterator[Piece]:
    """The text with what looks like a token for masks; nobody knows where it came from."""
    done = 0
    for token in TOKEN.finditer(written):
        yield Piece(written[done : token.start()])
        yield Piece(token[0], mask=Mask(NOWHERE, NOWHERE, token[0].strip("[]"), 1.0))
        done = token.end()
    yield Piece(written[done:])
