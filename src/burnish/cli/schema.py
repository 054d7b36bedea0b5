"""`burnish schema`."""

from __future__ import annotations

import json

import click

from burnish.plan_file import json_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the plan, for editors."""
    click.echo(json.dumps(json_schema(), indent=1, ensure_ascii=False))
