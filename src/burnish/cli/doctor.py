"""`burnish doctor`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import starting
from burnish.cli.options import json_option, say, table


@click.command("doctor")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("."))
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Look whether this machine has what it takes."""
    findings = starting.doctor(folder)
    rows: list[tuple[object, ...]] = [
        ("ok" if f.fine else "!!", f.what, f.found, f.remedy) for f in findings
    ]
    say(as_json, findings, table(rows))
    if any(not finding.fine for finding in findings):
        raise SystemExit(2)
