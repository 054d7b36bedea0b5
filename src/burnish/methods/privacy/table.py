"""Masks a table of rows: every text of a row is read as one document, all rows in one call."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.documents import Labelled, read_together
from burnish.methods.privacy.leaves import leaves, rebuilt
from burnish.methods.privacy.replace import Naming, Replaced, mask_together
from burnish.methods.privacy.spans import Span

MESSAGES, META = "messages", "meta"
PLAIN = ("label", "origin")
_COLUMNS = ("field", "index", "start", "end", "category", "score", "masked_start", "masked_end")


@dataclass(frozen=True, slots=True)
class MaskedTable:
    """The masked rows, the spans of each (a list of structs), and how many of each category."""

    table: pa.Table
    spans: pa.ListArray
    counts: dict[str, int]


@dataclass(slots=True)
class _Texts:
    """The texts of one row in order: messages, label, origin, then the leaves of its metadata."""

    messages: list[str]
    plain: list[tuple[str, str]]
    meta: Any
    leaves: list[str]
    labels: list[str]

    @property
    def labelled(self) -> Labelled:
        plain = [text for _, text in self.plain]
        texts = [*self.messages, *plain, *self.leaves]
        return texts, [""] * (len(texts) - len(self.leaves)) + self.labels

    def places(self) -> Iterator[tuple[str, int]]:
        """The field and the index of each text."""
        for index in range(len(self.messages)):
            yield MESSAGES, index
        for name, _ in self.plain:
            yield name, 0
        for index in range(len(self.leaves)):
            yield META, index


def mask_table(table: pa.Table, detector: Detector, naming: Naming) -> MaskedTable:
    """Mask messages, label, origin and metadata of each row; nothing else changes.

    The table has the columns `id`, `messages` (a list of structs with `content`), `label`,
    `origin` and `meta` (JSON text or null). A span counts characters of the text before masking;
    `masked_start` and `masked_end` count those of the text after it. The index of a message is its
    place, of a leaf of the metadata its place in `leaves`.
    """
    rows = list(_rows(table))
    labelled = [row.labelled for row in rows]
    found = read_together(detector, labelled)
    ids = table.column("id").to_pylist()
    spans = _Spans()
    new: dict[str, list[Any]] = {name: table.column(name).to_pylist() for name in (*PLAIN, META)}
    contents: list[str] = []
    for place, row in enumerate(rows):
        texts = labelled[place][0]
        if not any(found[place]):
            contents += row.messages
            spans.close()
            continue
        masked = mask_together(texts, found[place], naming, str(ids[place]))
        for (field, index), one in zip(row.places(), masked, strict=True):
            spans.add(field, index, one)
        spans.close()
        contents += [one.text for one in masked[: len(row.messages)]]
        _put(new, place, row, masked[len(row.messages) :])
    return MaskedTable(_rebuilt(table, contents, new), spans.array(), spans.counts())


def _rows(table: pa.Table) -> Iterator[_Texts]:
    messages = table.column(MESSAGES).combine_chunks()
    contents = pc.struct_field(messages.flatten(), "content").to_pylist()
    lengths = pc.fill_null(pc.list_value_length(messages), 0).to_pylist()
    plain = {name: table.column(name).to_pylist() for name in PLAIN}
    metas = table.column(META).to_pylist()
    done = 0
    for place, (length, meta) in enumerate(zip(lengths, metas, strict=True)):
        value = metadata(meta)
        inside = leaves(value) if value is not None else []
        yield _Texts(
            [text or "" for text in contents[done : done + length]],
            [(name, column[place]) for name, column in plain.items() if column[place]],
            value,
            [leaf.text for leaf in inside],
            [leaf.label for leaf in inside],
        )
        done += length


def metadata(meta: str | None) -> Any:
    """What the metadata says; the text itself where it is no JSON that can be walked."""
    if not meta:
        return None
    try:
        value = json.loads(meta)
        leaves(value)
    except (ValueError, RecursionError):
        return meta
    return value


def _put(new: dict[str, list[Any]], place: int, row: _Texts, masked: Sequence[Replaced]) -> None:
    inside = masked[len(row.plain) :]
    for (name, _), one in zip(row.plain, masked[: len(row.plain)], strict=True):
        new[name][place] = one.text
    if any(one.spans for one in inside):
        value = rebuilt(row.meta, [one.text for one in inside])
        plain = isinstance(row.meta, str) and new[META][place] == row.meta
        new[META][place] = value if plain else json.dumps(value, ensure_ascii=False)


def _rebuilt(table: pa.Table, contents: list[str], new: dict[str, list[Any]]) -> pa.Table:
    messages = table.column(MESSAGES).combine_chunks()
    inner = messages.type.value_type
    flat = messages.flatten()
    children = [
        pa.array(contents, inner.field(i).type)
        if inner.field(i).name == "content"
        else pc.struct_field(flat, inner.field(i).name)
        for i in range(inner.num_fields)
    ]
    structs = pa.StructArray.from_arrays(children, fields=list(inner))
    lengths = pc.fill_null(pc.list_value_length(messages), 0)
    ends = pc.cumulative_sum(lengths.cast(pa.int32()))
    starts = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    lists = pa.ListArray.from_arrays(starts, structs, type=messages.type)
    for name, column in (
        (MESSAGES, lists),
        *((n, pa.array(v, pa.string())) for n, v in new.items()),
    ):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), column)
    return table


class _Spans:
    """Collects the spans of the rows, column by column."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        self.ends = [0]

    def add(self, field: str, index: int, one: Replaced) -> None:
        """Add the spans of one text."""
        for span, (start, end) in zip(one.spans, one.places, strict=True):
            self._add(field, index, span, (start, end))

    def _add(self, field: str, index: int, span: Span, place: tuple[int, int]) -> None:
        told = (field, index, span.start, span.end, span.category, float(span.score), *place)
        for name, value in zip(_COLUMNS, told, strict=True):
            self.columns[name].append(value)

    def close(self) -> None:
        """End a row."""
        self.ends.append(len(self.columns["field"]))

    def array(self) -> pa.ListArray:
        """The spans of each row."""
        ints = ("index", "start", "end", "masked_start", "masked_end")
        kinds = {name: pa.int32() for name in ints} | {"score": pa.float64()}
        arrays = [pa.array(v, kinds.get(name, pa.string())) for name, v in self.columns.items()]
        structs = pa.StructArray.from_arrays(arrays, names=list(self.columns))
        return pa.ListArray.from_arrays(pa.array(self.ends, pa.int32()), structs)

    def counts(self) -> dict[str, int]:
        """How many spans of each category there are."""
        return dict(sorted(Counter(self.columns["category"]).items()))


def tokens_again(row: dict[str, Any]) -> dict[str, Any]:
    """A masked row with the token of its category in the place of each surrogate.

    What a second scanner reads, for which made-up values are as good as real ones. Whatever was
    not masked stays as it was written.
    """
    by_place: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for span in row["spans"]:
        by_place.setdefault((span["field"], span["index"]), []).append(span)
    shown = dict(row)
    shown[MESSAGES] = [
        {**message, "content": _tokens(message["content"], by_place.get((MESSAGES, index), ()))}
        for index, message in enumerate(row[MESSAGES])
    ]
    for name in PLAIN:
        if row[name]:
            shown[name] = _tokens(row[name], by_place.get((name, 0), ()))
    if row[META] and any(field == META for field, _ in by_place):
        value = metadata(row[META])
        texts = [
            _tokens(leaf.text, by_place.get((META, i), ())) for i, leaf in enumerate(leaves(value))
        ]
        again = rebuilt(value, texts)
        shown[META] = again if value is row[META] else json.dumps(again, ensure_ascii=False)
    return shown


def _tokens(text: str, spans: Sequence[dict[str, Any]]) -> str:
    out, done = [], 0
    for span in spans:
        out += [text[done : span["masked_start"]], f"[{span['category']}]"]
        done = span["masked_end"]
    return "".join([*out, text[done:]])
