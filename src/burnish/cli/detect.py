"""`burnish detect`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from burnish.api import masking
from burnish.cli.options import json_option
from burnish.cli.texts import looking_options, read_lines, read_pieces, section_of


@click.command("detect")
@looking_options
@json_option
def command(as_json: bool, **given: Any) -> None:
    """Find personal data in text from standard input.

    With --json: lines {"text": ...} in, one {"spans": [...]} a line out, in the same order.
    """
    masker = masking.masker_for(given["plan"], section_of(given))
    if as_json:
        for spans in masker.detect(read_lines()):
            click.echo(json.dumps({"spans": spans}))
        return
    lengths: list[int] = []
    start = 0
    for spans in masker.detect(_measured(lengths)):
        for span in spans:
            click.echo(f"{start + span['start']}\t{start + span['end']}\t{span['category']}")
        start += lengths.pop(0)


def _measured(lengths: list[int]) -> Iterator[str]:
    """The pieces of plain text; the length of each is kept."""
    for piece in read_pieces():
        lengths.append(len(piece))
        yield piece
