"""XML read as events, so that neither entities nor depth can be turned against the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Protocol
from xml.parsers import expat

_PIECE = 64 * 1024


class RefusedXmlError(ValueError):
    """XML of a kind that is not read; quotes no content."""


class Handler(Protocol):
    """What is told of the elements and texts of a document, names without their namespace."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def feed(file: IO[bytes], handler: Handler) -> None:
    """Tell `handler` of a whole document, in order.

    Raises `RefusedXmlError` for a document type, without which XML has no entities of its own,
    internal or external; `expat.ExpatError` where the text is no XML.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = lambda name, given: handler.start(
        _local(name), {_local(key): value for key, value in given.items()}
    )
    parser.EndElementHandler = lambda name: handler.end(_local(name))
    parser.CharacterDataHandler = handler.text
    while piece := file.read(_PIECE):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse(*_declared: object) -> None:
    raise RefusedXmlError("its XML declares a document type, which no Word document does")
