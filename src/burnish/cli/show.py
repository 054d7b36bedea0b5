"""`burnish show`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from burnish.api import previewing
from burnish.cli.options import json_option, key_option, plan_option, say
from burnish.cli.preview import page_of

ROWS = click.IntRange(min=0)


@click.command("show")
@click.argument("what")
@click.option("--dropped", is_flag=True, help="Rows that went no further, with their reason.")
@click.option("--reason", default="", help="Only rows dropped for this reason.")
@click.option("--source", default="", help="Only rows of this source.")
@click.option("--clusters", "view", flag_value="clusters",
              help="Of dedup: each row that stays, beside those that went for it.")  # fmt: skip
@click.option("--masking", "view", flag_value="masking",
              help="Of mask: each row before and after masking.")  # fmt: skip
@click.option("--tokens", "view", flag_value="tokens",
              help="Of convert, split, mix: tokens in colour, those trained apart.")  # fmt: skip
@click.option("--in-the-clear", "clear", is_flag=True,
              help="Also what is not masked; who looked is written in the ledger.")  # fmt: skip
@click.option("--start", type=ROWS, default=0, show_default=True, help="First row.")
@click.option("--count", type=ROWS, default=5, show_default=True,
              help="How many rows; 0 for none.")  # fmt: skip
@click.option("--full", is_flag=True, help="Do not cut long texts.")
@key_option
@plan_option
@json_option
def command(
    what: str, view: previewing.View | None, full: bool, key: Path | None, plan: Path, **asked: Any
) -> None:
    """Show WHAT: a digest (its beginning will do), or the step that made it."""
    as_json = asked.pop("as_json")
    asked["dropped"] = asked["dropped"] or bool(asked["reason"])
    ask = previewing.Ask(view=view or "rows", **asked)
    shown = previewing.show(plan, what, ask, key=key)
    say(as_json, shown, page_of(shown, ask, what, full=full))
