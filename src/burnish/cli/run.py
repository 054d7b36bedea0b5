"""`burnish run`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import running
from burnish.cli.options import json_option, key_option, plan_option, say
from burnish.cli.progress import Terminal
from burnish.core.ports import Progress, Silent


@click.command("run")
@plan_option
@key_option
@click.option(
    "--refresh",
    multiple=True,
    metavar="SOURCE",
    help="List a remote source anew and take what came since ('*': every one). Repeatable.",
)
@click.option("--rehash", is_flag=True, help="Read local files again that look unchanged.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option
def command(
    plan: Path,
    key: Path | None,
    refresh: tuple[str, ...],
    rehash: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run the flow; what is already made is not made again."""
    terminal = None if quiet else Terminal()
    shown: Progress = terminal or Silent()
    try:
        done = running.run(plan, key=key, progress=shown, refresh=refresh, rehash=rehash)
    finally:
        if terminal:
            terminal.close()
    text = f"bundle  {done.bundle}\nreport  {done.report}\nnext: burnish register"
    say(as_json, done, text)
