"""`burnish schema`."""

from __future__ import annotations

import json
from typing import Literal

import click

from burnish.methods.evaluation.results_schema import Results
from burnish.plan_file import json_schema


@click.command("schema")
@click.option("--of", type=click.Choice(["plan", "results"]), default="plan", show_default=True,
              help="The plan, or the results that an evaluation leaves.")  # fmt: skip
def command(of: Literal["plan", "results"]) -> None:
    """Print the JSON Schema of the plan, for editors, or of an evaluation's results.json."""
    made = json_schema() if of == "plan" else Results.model_json_schema()
    click.echo(json.dumps(made, indent=1, ensure_ascii=False))
