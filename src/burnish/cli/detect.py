"""`burnish detect`."""

from __future__ import annotations

import json

import click

from burnish.api import masking
from burnish.cli.options import json_option
from burnish.cli.texts import read_texts


@click.command("detect")
@json_option
def command(as_json: bool) -> None:
    """Find personal data in text from standard input.

    With --json: lines {"text": ...} in, one {"spans": [...]} a line out, in the same order.
    """
    for text in read_texts(as_json):
        for spans in masking.detect([text]):
            if as_json:
                click.echo(json.dumps({"spans": spans}))
                continue
            for span in spans:
                click.echo(f"{span['start']}\t{span['end']}\t{span['category']}")
