"""A document as a reviewer sees it: its texts with the masks in them, and where each piece was.

What is shown is what was written, checked against what it was made from: outside the masks both
must be the same, or the text is shown as written with its tokens for masks. Where a value was
replaced by a surrogate, the category's token is shown in its place: a surrogate looks like a miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOKEN = re.compile(r"\[[A-Z][A-Z0-9_]*\]")
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Mask:
    """A masked place: characters `start` to `end` of the text before masking."""

    start: int
    end: int
    category: str
    score: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text as shown; characters `start` to `end` before masking, where that is known."""

    text: str
    start: int = NOWHERE
    end: int = NOWHERE
    mask: Mask | None = None


def pieces(before: str, written: str, masks: Sequence[Mask]) -> tuple[Piece, ...]:
    """The written text in pieces, each mask one of them."""
    ordered = sorted(masks, key=lambda mask: (mask.start, mask.end))
    found = _aligned(before, written, ordered)
    return tuple(piece for piece in (found or _as_written(written)) if piece.text)


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


def _aligned(before: str, written: str, masks: Sequence[Mask]) -> list[Piece] | None:
    """The pieces, if the written text is the earlier one but for its masks; else None."""
    out: list[Piece] = []
    done = at = 0
    for number, mask in enumerate(masks):
        gap = before[done : mask.start]
        if mask.start < done or mask.end > len(before) or not written.startswith(gap, at):
            return None
        out.append(Piece(gap, done, mask.start))
        at += len(gap)
        rest = masks[number + 1 :]
        following = before[mask.end : rest[0].start if rest else len(before)]
        token = _token(written, at, mask.category)
        stop = at + len(token) if token else _stop(written, at, following, bool(rest))
        if stop <= at:
            return None
        out.append(Piece(token or f"[{mask.category}]", mask.start, mask.end, mask))
        at, done = stop, mask.end
    if written[at:] != before[done:]:
        return None
    return [*out, Piece(before[done:], done, len(before))]


def _token(written: str, at: int, category: str) -> str:
    """The mask's token at this place; empty where something else stands for it."""
    token = re.compile(rf"\[{re.escape(category)}(_\d+)?\]").match(written, at)
    return token[0] if token else ""


def _stop(written: str, at: int, following: str, more: bool) -> int:
    """Where a surrogate ends: before what followed the value, the last one before the end."""
    return written.find(following, at + 1) if more else len(written) - len(following)


def _as_written(written: str) -> Iterator[Piece]:
    """The text with what looks like a token for masks; nobody knows where it came from."""
    done = 0
    for token in TOKEN.finditer(written):
        yield Piece(written[done : token.start()])
        yield Piece(token[0], mask=Mask(NOWHERE, NOWHERE, token[0].strip("[]"), 1.0))
        done = token.end()
    yield Piece(written[done:])
