"""`burnish init`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import starting
from burnish.cli.options import json_option, say


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("."))
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Write a commented plan into FOLDER."""
    path = starting.init(folder)
    say(
        as_json,
        {"plan": path},
        f"wrote {path}\n"
        "next, in its folder: burnish key new NAME for each person, "
        "burnish key new release --kind p256 to sign bundles, then edit the plan",
    )
