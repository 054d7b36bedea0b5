"""`burnish budget`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import budgeting
from burnish.cli.options import json_option, plan_option, say, table


@click.command("budget")
@plan_option
@json_option
def command(plan: Path, as_json: bool) -> None:
    """Show what trainings under differential privacy have spent on each source."""
    found = budgeting.budget(plan)
    say(as_json, found, _text(found))


def _text(found: budgeting.Budget) -> str:
    if not found.trainings:
        return "no training under differential privacy was charged (train.privacy in the plan)"
    head: tuple[object, ...] = (
        "at", "by", "training", "sources", "unit", "rate", "noise", "steps", "delta", "epsilon",
    )  # fmt: skip
    rows = [
        (
            t.at[:16], t.by, t.training[:12], ", ".join(t.sources), t.unit, f"{t.rate:.4g}",
            f"{t.noise:g}", t.steps, f"{t.delta:.2g}", f"{t.epsilon:.3f}",
        )
        for t in found.trainings
    ]  # fmt: skip
    sums = [
        (s.source, s.unit, s.trainings, f"{s.delta:.2g}", f"{s.epsilon:.3f}") for s in found.sources
    ]
    both = table([("source", "unit", "trainings", "delta", "epsilon together"), *sums])
    return f"{table([head, *rows])}\n\n{both}"
