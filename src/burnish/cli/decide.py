"""`burnish decide`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from burnish.api import deciding
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("decide")
@click.argument("decision", type=click.Choice(["continue", "stop"]))
@click.option("--because", required=True, help="Why; personal data in it is masked.")
@click.option(
    "--training", default="", metavar="NAME", help="Which, if several wait: its name's beginning."
)
@key_option
@plan_option
@json_option
def command(
    decision: Literal["continue", "stop"],
    because: str,
    training: str,
    key: Path | None,
    plan: Path,
    as_json: bool,
) -> None:
    """Decide on a training that an alert halted: go on past the alert, or leave it."""
    made = deciding.decide(plan, decision, because=because, training=training, key=key)
    lines = [f"{made.by} ({made.role}) decided to {made.decision}:", *made.alerts]
    then = "burnish run goes on from the checkpoint" if decision == "continue" else ""
    say(as_json, made, "\n".join([*lines, *([f"next: {then}"] if then else [])]))
