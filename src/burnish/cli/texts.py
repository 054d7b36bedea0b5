"""Standard input as texts: plain lines in one text, or JSON lines with a `text` each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from burnish.core.errors import InputError


def read_texts(as_json: bool) -> Iterator[str]:
    """With `as_json` the `text` of each line as it comes; else all of the input as one text.

    Raises `InputError` naming the line that is no object with a text.
    """
    if not as_json:
        yield _utf8(sys.stdin.buffer.read(), 1)
        return
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            yield _text(_utf8(line, number), number)


def _utf8(data: bytes, number: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = number + data[: wrong.start].count(b"\n")
        raise InputError(
            f"standard input, line {line}: not UTF-8 at byte {wrong.start}",
            remedy="convert it to UTF-8 first",
        ) from None


def _text(line: str, number: int) -> str:
    try:
        found = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, str):
        raise InputError(
            f"standard input, line {number}: not a JSON object with a text",
            remedy='write one {"text": "..."} a line, or leave out --json',
        )
    return found
