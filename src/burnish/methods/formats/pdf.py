"""PDF (ISO 32000) through PDFium, each file in a process of its own, as one text."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.methods.formats import pdf_worker
from burnish.methods.formats.records import FILE_FACTOR, BadRecord, FormatError, Record


@dataclass(frozen=True)
class PdfBounds:
    """What one PDF may take: pages, seconds of CPU and of waiting, bytes of memory."""

    pages: int = 5_000
    cpu_seconds: int = 120
    wait_seconds: int = 600
    memory: int = 4 * 1024**3


_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}
_MENDED = str.maketrans({**_LIGATURES, 0xFB05: "st", 0xFB06: "st", 0: None})
_SPLIT = re.compile("[\u00ad\ufffe\x02]\n?|(?<=[^\\W\\d_])[-\u2010]\n(?=[^\\W\\d_A-Z])")
_DIGITS = re.compile(r"\d+")
_EDGE_LINES = 3
_REPEATED = 0.4
_REPEATED_PAGES = 3


def read_pdf(
    path: Path,
    limit: int,
    bounds: PdfBounds = PdfBounds(),
) -> Iterator[Record | BadRecord]:
    """The document as one record: `text`, `pages` (their number) and, where stated, `title`.

    Pages are joined, ligatures and words broken at a line end mended, and lines that head or
    close many pages, page numbers among them, removed. PDFium reads in a process of its own,
    without JavaScript and within `bounds`; a file that crashes it is a bad record. Text outside
    a page's bounds is not read, and a document without text, such as a scan, is bad. Raises
    `FormatError` where PDFium is not installed.
    """
    if importlib.util.find_spec("pypdfium2") is None:
        raise FormatError("reading PDF needs pypdfium2; install burnish[documents]")
    return _records(path, limit, bounds)


def _records(path: Path, limit: int, bounds: PdfBounds) -> Iterator[Record | BadRecord]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
    if size > limit * FILE_FACTOR:
        yield BadRecord(1, f"page 1: the file is longer than {limit * FILE_FACTOR} bytes")
        return
    told = _ask(path, limit, bounds)
    pages = told.get("pages")
    if not isinstance(pages, list):
        yield BadRecord(1, f"page 1: {told['bad']}")
        return
    text = pages_text(pages)
    if not text:
        yield BadRecord(1, f"page 1: no text layer on any of {len(pages)} pages; is it a scan?")
    elif len(text.encode()) > limit:
        yield BadRecord(1, f"page 1: the text is longer than the limit of {limit} bytes")
    else:
        title = " ".join(str(told["title"]).split())
        fields: dict[str, object] = {"text": text, "pages": len(pages)}
        yield Record(1, {**fields, "title": title} if title else fields)


def _ask(path: Path, limit: int, bounds: PdfBounds) -> dict[str, object]:
    numbers = (bounds.pages, limit, bounds.cpu_seconds, bounds.memory)
    command = [
        sys.executable,
        "-I",
        str(Path(pdf_worker.__file__).resolve()),
        json.dumps(list(filter(None, sys.path))),
    ]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(
            [*command, str(path.resolve()), *map(str, numbers)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=bounds.wait_seconds,
            env=kept,
            check=False,
        )
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"bad": f"reading it takes over {bounds.wait_seconds} seconds"}
    except ValueError:
        return {"bad": f"reading it broke down (exit status {done.returncode}); is it hostile?"}
    return dict(told)


def pages_text(pages: Sequence[str]) -> str:
    """The texts of pages as one text, each page beginning a new line."""
    lines = [_lines(page) for page in pages]
    kept = _without_running_lines(lines)
    text = "\n".join("\n".join(page) for page in kept if page)
    return _SPLIT.sub("", text).strip()


def _lines(page: str) -> list[str]:
    text = page.replace("\r\n", "\n").replace("\r", "\n").translate(_MENDED)
    return text.encode("utf-8", "replace").decode().strip("\n").split("\n")


def _without_running_lines(pages: Sequence[list[str]]) -> list[list[str]]:
    """Pages without the lines that stand, digits apart, at the edge of many of them.

    The first of each is kept, unless it is a number: it may be the title.
    """
    tops = Counter(key for page in pages for key in set(map(_key, page[:_EDGE_LINES])))
    feet = Counter(key for page in pages for key in set(map(_key, page[-_EDGE_LINES:])))
    least = max(_REPEATED_PAGES, len(pages) * _REPEATED)
    running = {key for key, pages_with in (tops | feet).items() if pages_with >= least}
    seen = {"", "0"}
    kept = []
    for page in pages:
        start, end = 0, len(page)
        while start < min(_EDGE_LINES, end) and _key(page[start]) in running & seen:
            start += 1
        while end > max(start, len(page) - _EDGE_LINES) and _key(page[end - 1]) in running & seen:
            end -= 1
        kept.append(page[start:end])
        seen.update(map(_key, page[:_EDGE_LINES] + page[-_EDGE_LINES:]))
    return kept


def _key(line: str) -> str:
    return _DIGITS.sub("0", " ".join(line.split()))
