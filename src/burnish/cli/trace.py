"""`burnish trace`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import registering
from burnish.cli.options import json_option, plan_option, say
from burnish.registry.lineage import Ancestry


@click.command("trace")
@click.argument("what")
@plan_option
@json_option
def command(what: str, plan: Path, as_json: bool) -> None:
    """Go from a version (name@1.1.0) back to its sources, or from a source to versions."""
    if "@" in what:
        found = registering.trace_back(plan, what)
        say(as_json, found, "\n".join(_lines(found, 0, set())))
        return
    versions = [f"{v} {v.state}" for v in registering.trace_forward(plan, what)]
    say(as_json, {"versions": versions}, "\n".join(versions) or "no version came of it")


def _lines(node: Ancestry, depth: int, told: set[str]) -> list[str]:
    """The tree, each ancestor spelt out once."""
    own = f"{'  ' * depth}{node.kind} {node.name} {node.digest[:12]}"
    if node.digest in told and node.parents:
        return [f"{own} (as above)"]
    told.add(node.digest)
    return [own, *(line for parent in node.parents for line in _lines(parent, depth + 1, told))]
