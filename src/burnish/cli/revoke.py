"""`burnish revoke`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import registering
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("revoke")
@click.argument("version")
@click.option("--because", required=True, help="Why.")
@plan_option
@key_option
@json_option
def command(version: str, because: str, plan: Path, key: Path | None, as_json: bool) -> None:
    """Withdraw VERSION for good."""
    gone = registering.revoke(plan, version, because=because, key=key)
    say(as_json, {"version": str(gone), "state": str(gone.state)}, f"{gone} {gone.state}")
