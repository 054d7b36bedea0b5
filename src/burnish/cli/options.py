"""Options that several commands share, and how an answer is printed."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

PLAN = Path("burnish.yaml")


def plan_option(command: F) -> F:
    """`--plan FILE`: the plan, or a folder that holds one."""
    return click.option(
        "--plan", "plan", type=click.Path(path_type=Path), default=PLAN, show_default=True,
        help="Plan file, or its folder.",
    )(command)  # fmt: skip


def json_option(command: F) -> F:
    """`--json`: one JSON document on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command)


def key_option(command: F) -> F:
    """`--key FILE`: who is acting."""
    return click.option(
        "--key", type=click.Path(path_type=Path), default=None,
        help="Private key of the person acting; else BURNISH_KEY, else the project's own.",
    )(command)  # fmt: skip


def subject_options(command: F) -> F:
    """`--subject [KEY]` and `--file FILE`: whom it is about, best without leaving a trace."""
    file = click.option(
        "--file", "file", type=click.Path(path_type=Path, allow_dash=True), default=None,
        help="File whose first line is the KEY of the person; - for standard input.",
    )  # fmt: skip
    named = click.option(
        "--subject", default=None, is_flag=False, flag_value="", metavar="[KEY]",
        help="The person. Without a KEY it is asked for unseen, or read from standard input; as "
        "an argument it stays in the history of the shell.",
    )  # fmt: skip
    return named(file(command))


def identifier_of(subject: str | None, file: Path | None) -> str:
    """The KEY of a person: from a file, as it was given (with a warning), or asked for."""
    if subject and file is None:
        told = "the KEY is in the history of your shell now, and other users saw it while this ran"
        click.echo(f"warning: {told}; use --subject alone, or --file", err=True)
        return subject
    if file is not None and str(file) != "-":
        lines = file.read_text(encoding="utf-8").splitlines()
        return lines[0] if lines else ""
    if file is None and sys.stdin.isatty():
        asked: str = click.prompt("KEY of the person", hide_input=True, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def say(as_json: bool, answer: object, text: str) -> None:
    """Print the answer as JSON, or as text."""
    click.echo(json.dumps(plain(answer), ensure_ascii=False, indent=1) if as_json else text)


def plain(value: Any) -> Any:
    """Dataclasses, paths and dates as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path | date) else value


def table(rows: list[tuple[object, ...]]) -> str:
    """Rows as aligned columns; numbers to the right."""
    texts = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in texts) for i in range(len(texts[0]))] if texts else []
    lines = []
    for row, given in zip(texts, rows, strict=True):
        cells = [
            text.rjust(width) if isinstance(cell, int | float) else text.ljust(width)
            for text, width, cell in zip(row, widths, given, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
