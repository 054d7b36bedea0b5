"""`burnish reject`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import reviewing
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("reject")
@click.option("--remediation", required=True, help="What must be mended.")
@click.option("--reason", default="", help="Why.")
@plan_option
@key_option
@json_option
def command(remediation: str, reason: str, plan: Path, key: Path | None, as_json: bool) -> None:
    """Refuse the privacy review, with what must be mended."""
    entry = reviewing.reject(plan, remediation=remediation, key=key, reason=reason)
    say(as_json, {"entry": entry}, f"rejected; ledger entry {entry[:12]}")
