"""`burnish launch`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import launching
from burnish.cli.options import json_option, plan_option, say


@click.command("launch")
@click.argument("target", type=click.Choice(launching.NAMES))
@plan_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write the manifest to this file instead of the terminal.",
)
@click.option("--submit", is_flag=True, help="Hand it to the target's own client, if it is here.")
@json_option
def command(target: str, plan: Path, out: Path | None, submit: bool, as_json: bool) -> None:
    """Run the flow elsewhere: write what TARGET is given, or hand it in.

    The job runs `burnish run` on the same plan and project folder, so it goes on where that
    stands. What is known of restarts, keys and cost is told on standard error.
    """
    done = launching.launch(plan, target, out=out, submit=submit)
    for line in done.told:
        click.echo(line, err=True)
    if as_json or done.file is None:
        say(as_json, done, done.manifest.rstrip("\n"))
    else:
        say(False, done, f"{done.file}\n{done.answer or f'submit it with: {done.submit}'}")
