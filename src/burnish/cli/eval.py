"""`burnish eval`: a group whose commands are modules of this package named eval_*."""

from __future__ import annotations

import click

from burnish.cli import eval_judge, eval_review

PARTS: tuple[click.Command, ...] = (eval_judge.command, eval_review.command)


@click.group("eval")
def command() -> None:
    """Evaluation sets, judges, people's reviews, and results of other harnesses."""


for part in PARTS:
    command.add_command(part)
