"""`burnish plan`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import planning
from burnish.cli.options import json_option, plan_option, say, table


@click.command("plan")
@plan_option
@json_option
def command(plan: Path, as_json: bool) -> None:
    """Show what is made, what is to do, and what it may take."""
    forecast = planning.plan(plan)
    say(as_json, forecast, _text(forecast))


def _text(forecast: planning.Forecast) -> str:
    head: tuple[object, ...] = ("step", "state", "rows", "seconds", "")
    rows = [(s.name, s.state, s.rows, s.seconds, "; ".join(s.told)) for s in forecast.steps]
    lines = [table([head, *rows]), ""]
    lines.append(
        f"to do: about {forecast.seconds:,.0f} s, {forecast.memory / 1e9:.1f} GB of memory, "
        f"{forecast.cost:.2f} {forecast.currency}"
    )
    if forecast.missing_approvals:
        lines.append(f"approvals still missing: {', '.join(forecast.missing_approvals)}")
    return "\n".join(lines)
