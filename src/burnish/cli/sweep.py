"""`burnish sweep`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import sweeping
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("sweep")
@click.option(
    "--trainings", is_flag=True, help="The newest training's checkpoint too: it begins anew."
)
@plan_option
@key_option
@json_option
def command(plan: Path, key: Path | None, trainings: bool, as_json: bool) -> None:
    """Move what failed runs left half done into quarantine."""
    done = sweeping.sweep(plan, key=key, trainings=trainings)
    say(as_json, done, _text(done))


def _text(done: sweeping.Swept) -> str:
    lines = [
        f"{len(done.files)} unfinished files and the checkpoints of {len(done.checkpoints)} "
        "trainings are in quarantine",
        *(f"set aside: checkpoint of {name[:12]}" for name in done.checkpoints),
        *(f"kept: {name[:12]}, burnish run goes on from it" for name in done.kept),
    ]
    if done.folders:
        lines.append(f"{done.folders} folders in the clear were deleted")
    return "\n".join(lines)
