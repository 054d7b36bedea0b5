"""`burnish quarantine`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import registering
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("quarantine")
@click.argument("what")
@click.option("--because", required=True, help="Why.")
@plan_option
@key_option
@json_option
def command(what: str, because: str, plan: Path, key: Path | None, as_json: bool) -> None:
    """Hold WHAT (a version, a dataset's digest, a source's name) and all that came of it."""
    held = registering.quarantine(plan, what, because=because, key=key)
    say(as_json, {"held": held}, "\n".join(held) or "held; no version came of it yet")
