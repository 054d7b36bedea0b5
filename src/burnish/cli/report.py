"""`burnish report`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import reporting
from burnish.cli.options import json_option, plan_option, say


@click.command("report")
@click.argument("run", required=False)
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Where to write it.")
@plan_option
@json_option
def command(run: str | None, out: Path | None, plan: Path, as_json: bool) -> None:
    """Write the page of RUN (the newest unless named)."""
    path = reporting.report(plan, run, out)
    say(as_json, {"report": path}, str(path))
