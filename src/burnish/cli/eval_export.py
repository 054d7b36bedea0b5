"""`burnish eval export`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.cli.options import json_option, plan_option, say


@click.command("export")
@click.option(
    "--to", "kind", type=click.Choice(["inspect"]), default="inspect", show_default=True,
    help="Whose logs to write.",
)  # fmt: skip
@click.option(
    "--into", required=True, type=click.Path(path_type=Path),
    help="A new folder; the logs hold questions and answers in the clear.",
)  # fmt: skip
@click.option("--run", default=None, help="The run; else the newest.")
@plan_option
@json_option
def command(kind: str, into: Path, run: str | None, plan: Path, as_json: bool) -> None:
    """Write a run's evaluation, item by item, as logs that another harness's viewer reads."""
    from burnish.api.evalexport import export_items

    found = export_items(plan, into, run)
    text = f"{len(found.files)} logs with {found.samples} samples of run {found.run}: {into}"
    say(as_json, found, text)
