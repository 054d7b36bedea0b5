"""`burnish show`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from burnish.api import showing
from burnish.cli.options import json_option, plain, plan_option, say

ROWS = click.IntRange(min=0)


@click.command("show")
@click.argument("what")
@click.option("--dropped", is_flag=True, help="Rows that went no further, with their reason.")
@click.option("--start", type=ROWS, default=0, show_default=True, help="First row.")
@click.option("--count", type=ROWS, default=5, show_default=True,
              help="How many rows; 0 for none.")  # fmt: skip
@plan_option
@json_option
def command(what: str, dropped: bool, start: int, count: int, plan: Path, as_json: bool) -> None:
    """Show WHAT: a digest (its beginning will do), or the step that made it."""
    shown = showing.show(plan, what, dropped=dropped, start=start, count=count)
    say(as_json, shown, _text(shown))


def _text(shown: showing.Shown) -> str:
    lines = [f"{shown.kind} {shown.digest}", f"rows {shown.rows:,}"]
    lines += [f"dropped {reason} {count:,}" for reason, count in shown.reasons.items()]
    lines += [f"file {name} {digest[:12]}" for name, digest in shown.files.items()]
    for row in shown.page:
        lines += ["", json.dumps(plain(row), ensure_ascii=False)]
    return "\n".join(lines)
