"""`burnish gauntlet`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.cli.options import json_option, say, table
from burnish.cli.progress import Terminal

MISSED = 3
"""Exit code where a fault went through, or too many clean runs did not."""
AMOUNT, PROCESSES = click.IntRange(min=0), click.IntRange(min=1)


@click.command("gauntlet")
@click.option(
    "--seeds", type=AMOUNT, default=3, show_default=True, help="Runs of each kind of fault."
)
@click.option("--clean", type=AMOUNT, default=20, show_default=True, help="Runs without a fault.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this fault; repeatable.")
@click.option(
    "--jobs", type=PROCESSES, default=2, show_default=True, help="Runs at once, a process each."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Also write the table there."
)
@json_option
def command(
    seeds: int, clean: int, only: tuple[str, ...], jobs: int, out: Path | None, as_json: bool
) -> None:
    """Plant faults in toy projects and see which check stops each, beside clean runs.

    Exits with 3 when a fault is missed, or fewer than 95 % of the clean runs are released.
    """
    from burnish.gauntlet import page
    from burnish.gauntlet.run import gauntlet

    terminal = Terminal()
    try:
        found = gauntlet(seeds, clean, only, jobs, terminal)
    finally:
        terminal.close()
    if out is not None:
        out.write_text(page.markdown(found), encoding="utf-8")
    say(as_json, found, "\n".join(["", table(page.rows(found)), "", *page.sentences(found)]))
    if not found.holds:
        click.get_current_context().exit(MISSED)
