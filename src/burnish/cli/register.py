"""`burnish register`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import registering
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("register")
@plan_option
@key_option
@json_option
def command(plan: Path, key: Path | None, as_json: bool) -> None:
    """Verify the newest bundle and enter it as a version."""
    version = registering.register(plan, key=key)
    text = f"{version} {version.state}\nnext: burnish promote {version} --key APPROVERS-KEY"
    say(
        as_json,
        {"version": str(version), "state": str(version.state), "bundle": version.digest},
        text,
    )
