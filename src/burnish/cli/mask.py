"""`burnish mask`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from burnish.api import masking
from burnish.cli.options import json_option
from burnish.cli.texts import STYLES, looking_options, read_lines, read_pieces, section_of


@click.command("mask")
@looking_options
@click.option(
    "--style", type=click.Choice(STYLES), default=None,
    help="token writes [PERSON], numbered [PERSON_1], surrogate made-up values, which hide what "
    "was missed. Default: the plan's, or token.",
)  # fmt: skip
@click.option(
    "--key",
    metavar="REFERENCE",
    help="Where the key of surrogates is: env:NAME or file:PATH. Default: the plan's.",
)
@json_option
def command(style: str | None, key: str | None, as_json: bool, **given: Any) -> None:
    """Mask personal data in text from standard input.

    With --json: lines {"text": ...} in, one {"text": ..., "spans": [...]} a line out.
    """
    masker = masking.masker_for(given["plan"], section_of(given), style, key, Path())
    if as_json:
        for masked in masker.mask(read_lines()):
            click.echo(json.dumps(masked))
        return
    for masked in masker.mask(read_pieces()):
        click.echo(masked["text"], nl=False)
