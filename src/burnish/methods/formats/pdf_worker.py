"""The texts of a PDF's pages; a script of its own, so that a hostile file harms its process only.

Run as `python -I pdf_worker.py SYS_PATH FILE PAGES CHARACTERS SECONDS BYTES`; writes one JSON
object, `{"pages": [...], "title": ...}` or `{"bad": reason}`. PDFium is built and used without
JavaScript, forms are never filled and nothing a file names is opened.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

_PASSWORD = 4


def main(arguments: list[str]) -> None:
    """Read the file named and write what came of it."""
    folders, file, *limits = arguments
    pages, characters, seconds, size = map(int, limits)
    sys.path[:] = json.loads(folders)
    _bound(seconds, size)
    sys.stdout.write(json.dumps(_read(file, pages, characters)))


def _bound(seconds: int, size: int) -> None:
    """Ask the operating system, where it can, to end a process that takes too much."""
    try:
        import resource
    except ImportError:
        return
    wanted = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_AS: size, resource.RLIMIT_CORE: 0}
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (allowed, hard))
        except (OSError, ValueError):
            continue


def _read(file: str, pages: int, characters: int) -> dict[str, object]:
    pypdfium2 = importlib.import_module("pypdfium2")
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == _PASSWORD
        return {"bad": "it is locked by a password" if locked else "it is no readable PDF"}
    if len(document) > pages:
        return {"bad": f"it has {len(document)} pages, the limit is {pages}"}
    texts: list[str] = []
    for number in range(len(document)):
        try:
            text = _page(document, number)
        except pypdfium2.PdfiumError:
            return {"bad": f"page {number + 1} of {len(document)} cannot be read"}
        texts.append(text)
        characters -= len(text)
        if characters < 0:
            return {"bad": "its text is longer than the limit"}
    return {"pages": texts, "title": document.get_metadata_dict().get("Title", "")}


def _page(document: Any, number: int) -> str:
    page = document[number]
    words = page.get_textpage()
    text: str = words.get_text_bounded()
    words.close()
    page.close()
    return text


if __name__ == "__main__":
    main(sys.argv[1:])
