"""The readable text of the XML parts of a Word document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Block = tuple[str, str]
"""A kind (`paragraph`, `item`, `row`) and its text."""

# A fallback repeats what the choice beside it says; deleted and moved text has left the document.
_SKIPPED = {"Fallback", "del", "moveFrom", "instrText", "delText", "delInstrText"}
_MARKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_OFF = {"0", "false", "off"}
_NOTES = {"footnote", "endnote"}


def joined(blocks: Sequence[Block]) -> str:
    """Blocks as one text: rows of a table and items of a list stand close together."""
    pieces: list[str] = []
    before = ""
    for kind, text in blocks:
        if pieces:
            pieces.append("\n" if kind == before and kind != "paragraph" else "\n\n")
        pieces.append(text)
        before = kind
    return "".join(pieces)


class Title:
    """The title in the core properties of a document."""

    def __init__(self) -> None:
        self.words = ""
        self._within = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._within = name == "title"

    def end(self, name: str) -> None:
        self._within = False

    def text(self, text: str) -> None:
        if self._within:
            self.words += text


class Relations:
    """Targets of a part's relations, by the last word of their type; inner ones only."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.targets.setdefault(kind, attributes.get("Target", ""))

    def end(self, name: str) -> None:
        """Nothing: a relation holds no text."""

    def text(self, text: str) -> None:
        """Nothing: a relation holds no text."""


class Body:
    """Blocks of the main part, and of the notes parts by kind and id.

    `cited` are the notes in the order in which the text calls them.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.notes: dict[tuple[str, str], str] = {}
        self.cited: list[tuple[str, str]] = []
        self._holders: list[list[Block]] = [self.blocks]
        self._rows: list[list[str]] = []
        self._paragraphs: list[_Paragraph] = []
        self._note = ("", "")
        self._skipping = 0
        self._runs = 0
        self._hidden = False
        self._words = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._skipping or name in _SKIPPED:
            self._skipping += 1
        elif name == "p":
            self._paragraphs.append(_Paragraph())
        elif name == "tr":
            self._rows.append([])
        elif name == "tc":
            self._holders.append([])
        elif name in _NOTES:
            self._note = (name, attributes.get("id", ""))
            self._holders.append([])
        else:
            self._inline(name, attributes)

    def _inline(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "r":
            self._runs += 1
            self._hidden = False
        elif name == "t":
            self._words += 1
        elif name == "numPr" and self._paragraphs:
            self._paragraphs[-1].kind = "item"
        elif name == "vanish" and self._runs:
            self._hidden = attributes.get("val", "") not in _OFF
        elif name in _MARKS and self._runs:
            self._add(_MARKS[name])
        elif name.removesuffix("Reference") in _NOTES and name.endswith("Reference"):
            self._cite(name.removesuffix("Reference"), attributes.get("id", ""))

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif name == "p":
            self._paragraph_ends()
        elif name == "tr":
            row = "\t".join(self._rows.pop())
            self._hold("row", row)
        elif name == "tc":
            self._cell_ends(self._holders.pop())
        elif name in _NOTES:
            self.notes[self._note] = " ".join(text for _, text in self._holders.pop())
        elif name == "r":
            self._runs -= 1
            self._hidden = False
        elif name == "t":
            self._words -= 1

    def text(self, text: str) -> None:
        if self._words and not self._skipping:
            self._add(text)

    def _add(self, text: str) -> None:
        if self._paragraphs and not self._hidden:
            self._paragraphs[-1].pieces.append(text)

    def _cite(self, kind: str, note: str) -> None:
        if not self._hidden:
            self.cited.append((kind, note))
            self._add(f"[{len(self.cited)}]")

    def _paragraph_ends(self) -> None:
        paragraph = self._paragraphs.pop()
        self._hold(paragraph.kind, "".join(paragraph.pieces))

    def _cell_ends(self, blocks: Sequence[Block]) -> None:
        text = " ".join(" ".join(text.split()) for _, text in blocks)
        if self._rows:
            self._rows[-1].append(text)
        else:
            self._hold("paragraph", text)

    def _hold(self, kind: str, text: str) -> None:
        if text.strip():
            self._holders[-1].append((kind, text.strip("\n ") if kind != "row" else text))


class _Paragraph:
    """A paragraph that is open; one may stand within another, in a text box."""

    def __init__(self) -> None:
        self.kind = "paragraph"
        self.pieces: list[str] = []
