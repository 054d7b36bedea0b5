"""`burnish approve`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import reviewing
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("approve")
@click.option("--reason", default="", help="Why.")
@click.option("--condition", "conditions", multiple=True, help="A condition; may be repeated.")
@plan_option
@key_option
@json_option
def command(
    reason: str, conditions: tuple[str, ...], plan: Path, key: Path | None, as_json: bool
) -> None:
    """Sign the privacy review: legal bases, residual rate, purpose, processors' agreements."""
    entry = reviewing.approve(plan, key=key, reason=reason, conditions=conditions)
    say(as_json, {"entry": entry}, f"approved; ledger entry {entry[:12]}\nnext: burnish run")
