"""`burnish promote`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import registering
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("promote")
@click.argument("version")
@click.option("--reason", default="", help="Why.")
@plan_option
@key_option
@json_option
def command(version: str, reason: str, plan: Path, key: Path | None, as_json: bool) -> None:
    """Release VERSION (name@1.1.0) as an approver who neither trained nor registered it."""
    released = registering.promote(plan, version, key=key, reason=reason)
    facts = {"version": str(released), "state": str(released.state)}
    say(as_json, facts, f"{released} {released.state}")
