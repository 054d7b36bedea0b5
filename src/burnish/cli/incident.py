"""`burnish incident`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from burnish.api import incidents
from burnish.api.locating import Target
from burnish.api.outbox import Delivery
from burnish.cli.options import json_option, key_option, plan_option, say, table


@click.group("incident")
def command() -> None:
    """Report, follow and close privacy incidents; rehearse their notices."""


@command.command("report")
@click.option("--because", required=True, help="What was found; personal data in it is masked.")
@click.option("--dataset", default="", help="Digest of an artefact, or its beginning.")
@click.option("--source", default="", help="Name of a source.")
@click.option("--document", default="", help="Id of a row.")
@click.option("--kind", type=click.Choice(["missed", "contamination", "other"]), default="missed",
              show_default=True, help="What kind of finding it is.")  # fmt: skip
@click.option("--severity", type=click.Choice(["low", "medium", "high"]), default="high",
              show_default=True, help="How grave it is.")  # fmt: skip
@key_option
@plan_option
@json_option
def report(
    because: str, kind: Literal["missed", "contamination", "other"],
    severity: incidents.Severity, key: Path | None, plan: Path, as_json: bool, **named: str,
) -> None:  # fmt: skip
    """Report what was found in a dataset, source or document after it was made."""
    raised = incidents.report(
        plan, Target(**named), because=because, kind=kind, severity=severity, key=key
    )
    say(as_json, raised, "\n".join(incidents.told(raised)))


@command.command("list")
@click.option("--all", "closed", is_flag=True, help="Also those that are closed.")
@plan_option
@json_option
def listed(closed: bool, plan: Path, as_json: bool) -> None:
    """List the incidents that are open."""
    found = incidents.incidents(plan, closed=closed)
    rows: list[tuple[object, ...]] = [
        (one.id[:12], one.at[:19], one.state, one.facts["kind"], "; ".join(one.facts["about"]))
        for one in found
    ]
    say(as_json, {"incidents": list(found)}, table(rows) if rows else "no incident is open")


@command.command("show")
@click.argument("name")
@plan_option
@json_option
def show(name: str, plan: Path, as_json: bool) -> None:
    """Show incident NAME (its id or the beginning of it) with what became of its notices."""
    one = incidents.incident(plan, name)
    say(as_json, one, _text(one))


@command.command("close")
@click.argument("name")
@click.option("--because", required=True, help="What was done; personal data in it is masked.")
@key_option
@plan_option
@json_option
def close(name: str, because: str, key: Path | None, plan: Path, as_json: bool) -> None:
    """Close incident NAME, signed by a privacy officer."""
    one = incidents.close(plan, name, because=because, key=key)
    say(as_json, one, f"incident {one.id[:12]} is closed")


@command.command("send")
@plan_option
@json_option
def send(plan: Path, as_json: bool) -> None:
    """Try again every notice that has not been delivered."""
    tried = incidents.send(plan)
    text = "\n".join(_delivery(one) for one in tried) or "every notice has been delivered"
    say(as_json, {"deliveries": list(tried)}, text)


@command.command("test")
@key_option
@plan_option
@json_option
def test(key: Path | None, plan: Path, as_json: bool) -> None:
    """Send a test message over every channel of the plan."""
    raised = incidents.rehearse(plan, key=key)
    lines = [_delivery(one) for one in raised.deliveries]
    say(as_json, raised, "\n".join([*lines, *([raised.warning] if raised.warning else [])]))
    if raised.warning or not all(one.delivered for one in raised.deliveries):
        raise click.exceptions.Exit(2)


def _delivery(one: Delivery) -> str:
    return f"{one.channel}: {one.told}"


def _text(one: incidents.Incident) -> str:
    facts = one.facts
    lines = [
        f"incident {one.id}",
        f"{one.state}, {facts['kind']}, {facts['severity']}, {one.at}, by {facts['by'] or 'a run'}",
        *(f"about {told}" for told in facts["about"]),
        *(f"measured {told}" for told in facts["measured"]),
        *(f"{what}: {count}" for what, count in sorted(facts["counts"].items())),
        *([f"because {facts['because']}"] if facts["because"] else []),
        *(f"notice {n['channel']}: {n['state']} {n.get('problem', '')}" for n in one.notices),
    ]
    if one.closed:
        lines.append(f"closed by {one.closed['by']}: {one.closed['because']}")
    return "\n".join(line.rstrip() for line in lines)
