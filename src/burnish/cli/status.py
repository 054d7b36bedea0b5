"""`burnish status`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from burnish.api import showing
from burnish.cli.options import json_option, plan_option, say, table


@click.command("status")
@click.argument("run", required=False)
@plan_option
@json_option
def command(run: str | None, plan: Path, as_json: bool) -> None:
    """Show how RUN stands (the newest unless named)."""
    status = showing.status(plan, run)
    say(as_json, status, _text(status))


def _text(status: showing.Status) -> str:
    head: tuple[object, ...] = ("step", "rows", "dropped", "seconds", "", "digest")
    rows = [
        (
            s["stage"],
            s["rows"],
            sum(s["dropped"].values()),
            s["seconds"],
            "already made" if s["reused"] else "",
            s["digest"][:12],
        )
        for s in status.steps
    ]
    gates = [
        f"gate {g['gate']} {g['outcome'].upper()}: {'; '.join(g['because'])}" for g in status.gates
    ]
    lines = [f"run {status.run} by {status.by}: {status.state.upper()}", status.told]
    tries = [_attempt(facts) for facts in status.attempts]
    now = [_training(status.training)] if status.training else []
    return "\n".join([*filter(None, lines), table([head, *rows]), *gates, *tries, *now])


def _attempt(facts: Mapping[str, Any]) -> str:
    told = f"{facts.get('training', 'training')} attempt {facts['number']}: {facts['ended']}"
    told += f", steps {facts['from']} to {facts['to']}"
    return f"{told}, {facts['steps_lost']} lost" if facts["steps_lost"] else told


def _training(told: Mapping[str, Any]) -> str:
    return (
        f"training attempt {told['number']}: {told['doing']}, step {told['step']}, checkpoint of "
        f"step {told['saved']}, last heartbeat {told['age']:.0f} s ago"
    )
