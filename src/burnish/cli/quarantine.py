"""`burnish quarantine`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from burnish.api import quarantining
from burnish.api.locating import Target
from burnish.cli.options import json_option, key_option, plan_option, say, table


@click.command("quarantine")
@click.argument("what", required=False, default="")
@click.option("--source", default="", help="Name of a source.")
@click.option("--document", default="", help="Id of a row; its near duplicates go with it.")
@click.option("--dataset", default="", help="Digest of an artefact, or its beginning.")
@click.option("--because", default="", help="Why; needed to hold and to lift.")
@click.option("--lift", is_flag=True, help="End the hold, signed by a second person.")
@click.option("--list", "listed", is_flag=True, help="Show what is held.")
@plan_option
@key_option
@json_option
def command(
    what: str, because: str, plan: Path, key: Path | None, as_json: bool, **asked: Any
) -> None:
    """Hold WHAT (a version, dataset or source) and all that came of it, or lift the hold."""
    lift, listed = asked.pop("lift"), asked.pop("listed")
    if listed:
        _list(plan, as_json)
        return
    if not because:
        raise click.UsageError("say why: --because TEXT")
    target = quarantining.target_of(plan, what) if what else Target(**asked)
    if what and any(asked.values()):
        raise click.UsageError("name one thing")
    if lift:
        lifted = quarantining.lift(plan, target, because=because, key=key)
        say(as_json, {"lifted": lifted}, f"lifted: {lifted}")
        return
    done = quarantining.quarantine(plan, target, because=because, key=key)
    say(as_json, done, _text(done))


def _list(plan: Path, as_json: bool) -> None:
    held = quarantining.held(plan)
    rows: list[tuple[object, ...]] = [(h.subject[:12], h.by, h.because) for h in held]
    say(as_json, {"held": list(held)}, table(rows) if rows else "nothing is held")


def _text(done: quarantining.Quarantined) -> str:
    rows: list[tuple[object, ...]] = [
        (place.kind, place.stage, place.digest[:12], place.rows) for place in done.artefacts
    ]
    lines = [f"held: {done.about}", *([table(rows)] if rows else [])]
    versions = [f"version {name} is quarantined" for name in done.versions]
    return "\n".join([*lines, *(versions or ["no further version came of it"])])
