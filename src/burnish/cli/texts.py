"""Standard input as texts, and the options of the commands that read it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from burnish.core.errors import InputError

F = TypeVar("F", bound=Callable[..., Any])
PIECE = 4_000_000
"""Bytes of plain text that are read as one document; more is cut behind a blank line."""
STYLES = ("token", "numbered", "surrogate")


def looking_options(command: F) -> F:
    """What to look for and with what: of a plan, or by option."""
    options = (
        click.option(
            "--plan", type=click.Path(path_type=Path, exists=True), default=None,
            help="Plan whose section mask says what to look for, and with which engines.",
        ),
        click.option(
            "--engine", "engines", multiple=True, metavar="KIND[:FOLDER]",
            help="rules, ner, presidio[:FOLDER], spacy:FOLDER, transformers:FOLDER or "
            "gliner:FOLDER; what any of them finds counts. Default: rules and ner.",
        ),
        click.option(
            "--label", "labels", multiple=True, metavar="LABEL=CATEGORY",
            help="What a label of the engine before it means; for gliner, what to look for.",
        ),
        click.option("--category", "categories", multiple=True, help="Only this category."),
        click.option(
            "--region", "regions", multiple=True, type=click.Choice(["AU", "US", "GB", "EU"]),
            help="Only numbers and formats of this region.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def section_of(given: dict[str, Any]) -> dict[str, Any]:
    """The options as a plan's section `mask`; raises `InputError` for one that says nothing."""
    section: dict[str, Any] = {n: given[n] for n in ("categories", "regions") if given[n]}
    engines = [_engine(text) for text in given["engines"]]
    if given["labels"]:
        foreign = [engine for engine in engines if "path" in engine]
        if len(foreign) != 1:
            raise InputError(
                "--label needs exactly one engine with a model",
                remedy="write several engines with labels into a plan, and give --plan",
            )
        foreign[0]["labels"] = dict(_label(text) for text in given["labels"])
    if engines:
        section["engines"] = tuple(engines)
    return section


def _engine(text: str) -> dict[str, Any]:
    kind, colon, path = text.partition(":")
    return {"kind": kind, "path": path} if colon else {"kind": kind}


def _label(text: str) -> tuple[str, str | None]:
    label, equals, category = text.rpartition("=")
    if not equals:
        raise InputError(f"--label {text}: no category", remedy="write LABEL=CATEGORY")
    return label, category or None


def read_lines() -> Iterator[str]:
    """The `text` of each JSON line of standard input, as it comes.

    Raises `InputError` naming the line that is no object with a text.
    """
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            yield _text(_utf8(line, number, 0), number)


def read_pieces() -> Iterator[str]:
    """Standard input as plain text: one piece, or more of them where it is long."""
    yield from pieces(sys.stdin.buffer)


def pieces(stream: BinaryIO, size: int = PIECE) -> Iterator[str]:
    """The text of a stream in pieces of about `size` bytes, cut behind a blank line.

    Where there is none a piece ends behind a line, and goes on until there is one.
    """
    number, start, held = 1, 0, b""
    while block := stream.read(size):
        held += block
        cut = held.rfind(b"\n\n") + 2 if b"\n\n" in held else held.rfind(b"\n") + 1
        if len(held) < size or not cut:
            continue
        yield _utf8(held[:cut], number, start)
        number, start = number + held.count(b"\n", 0, cut), start + cut
        held = held[cut:]
    if held or not start:
        yield _utf8(held, number, start)


def _utf8(data: bytes, number: int, start: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = number + data[: wrong.start].count(b"\n")
        raise InputError(
            f"standard input, line {line}: not UTF-8 at byte {start + wrong.start}",
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
