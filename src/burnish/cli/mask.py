"""`burnish mask`."""

from __future__ import annotations

import json

import click

from burnish.api import masking
from burnish.cli.options import json_option
from burnish.cli.texts import read_texts


@click.command("mask")
@json_option
def command(as_json: bool) -> None:
    """Mask personal data in text from standard input.

    With --json: lines {"text": ...} in, one {"text": ..., "spans": [...]} a line out.
    """
    for text in read_texts(as_json):
        spans = masking.detect([text])[0]
        masked = masking.replaced(text, spans)
        if as_json:
            click.echo(json.dumps({"text": masked, "spans": spans}))
        else:
            click.echo(masked, nl=False)
