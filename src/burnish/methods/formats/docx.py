"""Word documents (Office Open XML, ECMA-376), read with the standard library alone.

What is not read: comments, deleted and hidden text, headers and footers, pictures.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from burnish.methods.formats.compressed import RATIO
from burnish.methods.formats.docx_text import Body, Relations, Title, joined
from burnish.methods.formats.records import FILE_FACTOR, BadRecord, Record
from burnish.methods.formats.xml_events import Handler, RefusedXmlError, feed

_FREE = 8 * 1024 * 1024
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


class _Refused(ValueError):
    """A message of our own, which quotes no content."""


def read_docx(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """The document as one record: `text`, and `title` where the document states one.

    Paragraphs are parted by an empty line, list items and table rows by a line end, cells by a
    tab. Footnotes and endnotes are numbered and stand at the end. Archives that swell beyond
    measure and XML with a document type are refused.
    """
    with path.open("rb") as file:
        try:
            fields = _fields(_Parts(zipfile.ZipFile(file), limit * FILE_FACTOR))
        except (_Refused, RefusedXmlError) as error:
            yield BadRecord(1, f"line 1: {error}")
            return
        except _UNREADABLE:
            yield BadRecord(1, "line 1: the file is no readable DOCX archive")
            return
    if len(str(fields["text"]).encode()) > limit:
        yield BadRecord(1, f"line 1: the text is longer than the limit of {limit} bytes")
    else:
        yield Record(1, fields)


class _Parts:
    """The parts of the archive, each read within bounds."""

    def __init__(self, archive: zipfile.ZipFile, most: int) -> None:
        self._archive = archive
        self._most = most

    def tell(self, name: str, handler: Handler) -> None:
        """Feed a part to a handler; a part that is not there has nothing to tell."""
        try:
            entry = self._archive.getinfo(name)
        except KeyError:
            return
        swollen = max(_FREE, RATIO * entry.compress_size)
        if entry.file_size > min(self._most, swollen):
            raise _Refused(
                f"a part of the document unpacks to {entry.file_size} bytes, "
                "which looks like a decompression bomb"
            )
        with self._archive.open(entry) as part:
            feed(part, handler)

    def relations(self, part: str) -> dict[str, str]:
        """Names of the parts that a part names, by the kind of the relation."""
        folder, name = posixpath.split(part)
        found = Relations()
        self.tell(posixpath.join(folder, "_rels", f"{name}.rels"), found)
        return {
            kind: posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            for kind, target in found.targets.items()
        }


def _fields(parts: _Parts) -> dict[str, object]:
    whole = parts.relations("")
    main = whole.get("officeDocument")
    if main is None:
        raise _Refused("the archive names no main document; is it a DOCX file?")
    body, title = Body(), Title()
    parts.tell(main, body)
    beside = parts.relations(main)
    for kind in ("footnotes", "endnotes"):
        parts.tell(beside.get(kind, ""), body)
    parts.tell(whole.get("core-properties", ""), title)
    notes = [
        ("item", f"[{number}] {body.notes[cited]}")
        for number, cited in enumerate(body.cited, start=1)
        if body.notes.get(cited)
    ]
    text = joined([*body.blocks, *notes])
    if not text:
        raise _Refused("the document holds no text")
    named = " ".join(title.words.split())
    return {"text": text, "title": named} if named else {"text": text}
