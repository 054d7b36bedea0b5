"""What a reviewer says of a document, resolved to places in the text before masking."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from burnish.api.sample_rows import Laid, Pair
from burnish.core.errors import InputError
from burnish.methods.sampling.shown import before_masking, places_of
from burnish.methods.sampling.standing import Looked

CATEGORY = re.compile(r"[A-Z][A-Z0-9_]*")
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Missed:
    """Personal data left in a document: the text as it stands there, or its place in a part.

    `start` and `end` count characters of the part's text as shown; a text stands for all its
    places in the document.
    """

    category: str
    text: str = ""
    field: str = ""
    index: int = 0
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of one document: what was missed, and which masks hide nothing personal.

    With neither the document is right. `clear` says that it was seen in the clear.
    """

    id: str
    missed: tuple[Missed, ...] = ()
    over: tuple[int, ...] = ()
    skipped: bool = False
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the text before masking; what was there too, where the place is not known.

    `start` and `end` are -1 for a place that nobody knows (in metadata).
    """

    field: str
    index: int
    start: int
    end: int
    category: str
    text: str = ""


def judged(verdict: Verdict, pair: Pair, stratum: str) -> State:
    """A verdict as it is kept until it is signed.

    Raises `InputError` for a text that does not stand in the document, a place or a mask that it
    has not, a category that is none, or a document both skipped and judged.
    """
    if verdict.skipped and (verdict.missed or verdict.over):
        raise _wrong(verdict, "is skipped and judged", "give one verdict")
    laid = pair.lay_out(verdict.clear)
    missed = _unique(place for one in verdict.missed for place in _places(verdict, one, laid))
    over = _unique(_masked(verdict, number, laid) for number in verdict.over)
    masks = sum(1 for one in laid for _ in one.masks())
    looked = Looked(
        id=verdict.id,
        stratum=stratum,
        missed=len(missed),
        over=len(over),
        masks=masks,
        words=pair.words(),
        skipped=verdict.skipped,
    )
    return {
        "looked": {name: value for name, value in asdict(looked).items() if name != "case"},
        "skipped": verdict.skipped,
        "missed": [asdict(place) for place in missed],
        "over": [asdict(place) for place in over],
        "clear": verdict.clear,
        "salt": secrets.token_hex(16),
    }


def _places(verdict: Verdict, missed: Missed, laid: Sequence[Laid]) -> Iterator[Place]:
    if not CATEGORY.fullmatch(missed.category):
        raise _wrong(verdict, "names no category", "write it in capitals: PERSON, BADGE_NUMBER")
    found = list(_where(verdict, missed, laid))
    if not found:
        raise _wrong(
            verdict, "has not the missed text", "type it as it stands there, outside masks"
        )
    for one, start, end in found:
        yield _place(one, start, end, missed.category)


def _where(
    verdict: Verdict, missed: Missed, laid: Sequence[Laid]
) -> Iterator[tuple[Laid, int, int]]:
    """Each place of what was missed, in characters as shown, that is not masked already."""
    for one in laid:
        if missed.text:
            spans = places_of(one.text, missed.text)
        elif (one.field, one.index) == (missed.field, missed.index):
            if not 0 <= missed.start < missed.end <= len(one.text):
                raise _wrong(verdict, "is shorter than a missed place", "count from 0, as shown")
            spans = [(missed.start, missed.end)]
        else:
            spans = []
        yield from ((one, start, end) for start, end in spans if not _hidden(one, start, end))


def _hidden(laid: Laid, start: int, end: int) -> bool:
    return any(mask.start <= start and end <= mask.end for mask, _ in laid.masks())


def _place(laid: Laid, start: int, end: int, category: str) -> Place:
    where = before_masking(laid.pieces, start, end)
    if where is None:
        return Place(laid.field, laid.index, -1, -1, category, laid.text[start:end])
    return Place(laid.field, laid.index, *where, category, laid.before[slice(*where)])


def _masked(verdict: Verdict, number: int, laid: Sequence[Laid]) -> Place:
    for one in laid:
        for mask, piece in one.masks():
            if mask.number == number:
                text = one.before[piece.start : piece.end] if piece.start >= 0 else ""
                where = (one.field, one.index, piece.start, piece.end)
                return Place(*where, mask.category, text)
    raise _wrong(verdict, f"has no mask {number}", "masks are numbered from 1 as shown")


def _unique(places: Iterator[Place]) -> list[Place]:
    """Each place once, in the order given."""
    return list(dict.fromkeys(places))


def _wrong(verdict: Verdict, what: str, remedy: str) -> InputError:
    return InputError(f"document {verdict.id} {what}", remedy=remedy)
