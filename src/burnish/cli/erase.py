"""`burnish erase`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from burnish.api import erasing
from burnish.cli.options import (
    identifier_of,
    json_option,
    key_option,
    plan_option,
    say,
    subject_options,
)


@click.command("erase")
@subject_options
@click.option("--because", default="", help="Why, such as the number of the request.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; what goes does not come back.")
@click.option("--resume", is_flag=True, help="Finish erasures that were broken off.")
@key_option
@plan_option
@json_option
def command(
    because: str, plan: Path, key: Path | None, subject: str | None, file: Path | None, **how: bool
) -> None:
    """Erase one person's rows from all that is kept, signed by a privacy officer.

    Without a KEY after --subject it is asked for, or read from standard input.
    """
    as_json, dry_run = how["as_json"], how["dry_run"]
    if how["resume"]:
        finished = erasing.resume(plan)
        text = "\n".join(f"finished {entry[:12]}" for entry in finished) or "nothing was broken off"
        say(as_json, {"finished": list(finished)}, text)
        return
    if not because and not dry_run:
        raise click.UsageError("say why: --because TEXT")
    identifier = identifier_of(subject, file)
    if not (how["yes"] or dry_run) and sys.stdin.isatty():
        shown = erasing.erase(plan, identifier, because=because, dry_run=True, key=key)
        click.echo(_text(shown), err=True)
        click.confirm("erase this for good?", abort=True, err=True)
    done = erasing.erase(plan, identifier, because=because, dry_run=dry_run, key=key)
    say(as_json, done, _text(done))


def _text(done: erasing.Erasure) -> str:
    did = "erased" if done.done else "would erase"
    lines = [
        f"data subject {done.subject}",
        f"{did} {done.rows} rows: {done.rewritten} tables written anew without them, "
        f"{done.dropped} objects dropped",
        *(
            f"  {p.kind} {p.stage} {p.digest[:12]}: {p.rows + p.dropped} rows"
            for p in done.datasets
        ),
        *(f"needs training anew: {p.kind} {p.digest[:12]}" for p in done.models),
        *(f"quarantined: {version}" for version in done.versions),
        *(f"beyond burnish: {what}" for what in done.left),
        f"next: {done.rerun}",
    ]
    return "\n".join(lines)
