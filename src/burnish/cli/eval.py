"""`burnish eval`: a group whose commands are modules of this package named eval_*."""

from __future__ import annotations

import click

from burnish.cli import (
    eval_export,
    eval_fetch,
    eval_import,
    eval_judge,
    eval_power,
    eval_review,
    eval_sets,
)

PARTS: tuple[click.Command, ...] = (
    eval_export.command,
    eval_fetch.command,
    eval_import.command,
    eval_judge.command,
    eval_power.command,
    eval_review.command,
    eval_sets.command,
)


@click.group("eval")
def command() -> None:
    """Evaluation sets, judges, people's reviews, and results of other harnesses."""


for part in PARTS:
    command.add_command(part)
