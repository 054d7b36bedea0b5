"""The documents of a reviewer's sample, read from the sealed store and laid out to be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from burnish.core.artifact import Masked, Screened
from burnish.core.errors import IntegrityBroken
from burnish.core.sampled import SampledRows
from burnish.methods.sampling.draw import Drawn, Sample
from burnish.methods.sampling.shown import Mask, Piece, in_the_clear, pieces, shown_text
from burnish.methods.sampling.strata import MEANINGS, RESIDUAL

Row = Mapping[str, Any]
PLAIN = ("label", "origin", "meta")


@dataclass(frozen=True, slots=True)
class ShownMask:
    """A mask by its number within the document; characters of the part's text as shown."""

    number: int
    start: int
    end: int
    category: str
    score: float


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a document: a message by its place, or the label, origin or metadata."""

    field: str
    index: int
    role: str
    text: str
    masks: tuple[ShownMask, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the sample as a reviewer sees it; `number` counts from one.

    `probability` is the chance with which it was drawn. What the residual scan set aside holds
    personal data and is `withheld`, without parts, until it is asked for in the clear.
    """

    number: int
    id: str
    source: str
    stratum: str
    meaning: str
    probability: float
    withheld: bool
    clear: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """One text with where its pieces were before masking, and the number of its first mask."""

    field: str
    index: int
    role: str
    before: str
    pieces: tuple[Piece, ...]
    first: int

    @property
    def text(self) -> str:
        """What is shown."""
        return shown_text(self.pieces)

    def masks(self) -> Iterator[tuple[ShownMask, Piece]]:
        """Each mask as shown, with its piece."""
        at, number = 0, self.first
        for piece in self.pieces:
            stop = at + len(piece.text)
            if piece.mask is not None:
                told = ShownMask(number, at, stop, piece.mask.category, piece.mask.score)
                yield told, piece
                number += 1
            at = stop


@dataclass(frozen=True, slots=True)
class Pair:
    """A row before and after masking."""

    before: Row
    after: Row

    def lay_out(self, clear: bool = False) -> list[Laid]:
        """Its texts in order: messages, then label, origin and metadata where there are any."""
        out: list[Laid] = []
        first = 1
        for field, index, role, was, now in self._texts():
            masks = [
                _mask(s) for s in self.after["spans"] if (s["field"], s["index"]) == (field, index)
            ]
            known = masks if field != "meta" else []
            found = in_the_clear(was, known) if clear else pieces(was, now, known)
            laid = Laid(field, index, role, was, found, first)
            first += sum(1 for _ in laid.masks())
            out.append(laid)
        return out

    def words(self) -> int:
        """Words of the messages as written."""
        return sum(len(message["content"].split()) for message in self.after["messages"])

    def _masks(self, field: str, index: int) -> list[Mask]:
        """The masks of a text; those of metadata lie in its values, not in what is shown here."""
        spans = self.after["spans"] if field != "meta" else ()
        return [_mask(one) for one in spans if (one["field"], one["index"]) == (field, index)]

    def _texts(self) -> Iterator[tuple[str, int, str, str, str]]:
        both = zip(self.before["messages"], self.after["messages"], strict=True)
        for index, (was, now) in enumerate(both):
            yield "messages", index, now["role"], was["content"], now["content"]
        for field in PLAIN:
            if self.after.get(field):
                yield field, 0, field, self.before[field], self.after[field]


@dataclass(frozen=True, slots=True)
class Documents:
    """The drawn documents with their rows, in the order in which they are looked at."""

    sample: Sample
    pairs: Mapping[str, Pair]

    def drawn(self) -> tuple[Drawn, ...]:
        """The documents of the dataset, then those that were set aside."""
        return (*self.sample.documents, *self.sample.set_aside)

    def document(self, number: int, *, clear: bool = False) -> Document:
        """A document by its number; one that was set aside only in the clear."""
        drawn = self.drawn()[number - 1]
        pair = self.pairs[drawn.id]
        withheld = drawn.stratum == RESIDUAL and not clear
        return Document(
            number=number,
            id=drawn.id,
            source=pair.after["source"],
            stratum=drawn.stratum,
            meaning=MEANINGS[drawn.stratum],
            probability=self.sample.stratum(drawn.stratum).probability,
            withheld=withheld,
            clear=clear,
            parts=() if withheld else tuple(map(_part, pair.lay_out(clear))),
        )


def load(rows: SampledRows, sample: Sample) -> Documents:
    """Read the rows of a sample, as written and from before masking.

    Raises `IntegrityBroken` when the rows from before masking are not to be found.
    """
    kept = _of_tables(rows.kept(), sample.documents)
    aside = _of_tables(rows.set_aside(), sample.set_aside)
    after = kept | aside
    before = _before(rows, sorted(after))
    return Documents(sample, {name: Pair(before[name], row) for name, row in after.items()})


def _of_tables(tables: Iterable[pa.Table], drawn: Sequence[Drawn]) -> dict[str, Row]:
    wanted: dict[int, list[str]] = {}
    for one in drawn:
        wanted.setdefault(one.table, []).append(one.id)
    found: dict[str, Row] = {}
    for number, table in enumerate(tables):
        if number in wanted:
            found |= _named(table, wanted[number])
    return found


def _named(table: pa.Table, names: Sequence[str]) -> dict[str, Row]:
    here = table.filter(pc.is_in(table.column("id"), pa.array(names, pa.string())))
    return {row["id"]: row for row in here.to_pylist()}


def _before(rows: SampledRows, names: Sequence[str]) -> dict[str, Row]:
    look, screened = rows.look, rows.look.ancestor(rows.corpus, Screened)
    found: dict[str, Row] = {}
    for table in look.read(screened) if screened else ():
        found |= _named(table, names)
        if len(found) == len(names):
            break
    if len(found) < len(names):
        raise IntegrityBroken(
            f"{len(names) - len(found)} rows of the sample are not known from before masking",
            remedy=f"burnish verify, then burnish run masks {Masked.__name__.lower()} data anew",
        )
    return found


def _mask(span: Row) -> Mask:
    shown = [span.get(name) for name in ("masked_start", "masked_end")]
    where = (-1, -1) if None in shown else shown
    return Mask(span["start"], span["end"], span["category"], span["score"], *where)


def _part(laid: Laid) -> Part:
    masks = tuple(told for told, _ in laid.masks())
    return Part(laid.field, laid.index, laid.role, laid.text, masks)
