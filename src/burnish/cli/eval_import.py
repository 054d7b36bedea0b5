"""`burnish eval import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from burnish.cli.options import json_option, plan_option, say

PATH = click.Path(path_type=Path)


@click.command("import")
@click.argument("base", type=PATH)
@click.argument("tuned", type=PATH)
@click.option(
    "--from", "kind", type=click.Choice(["helm", "inspect", "lm-eval"]), required=True,
    help="Which harness wrote them: helm takes run folders, the others log files.",
)  # fmt: skip
@click.option("--metric", required=True, help="Which of the harness's scores counts.")
@click.option("--name", required=True, help="What the set is called in the plan.")
@click.option("--gate", required=True, help="The gate that it feeds, such as forgetting.")
@click.option("--margin", default=0.05, show_default=True, help="Loss that is still accepted.")
@click.option("--lower-is-better", is_flag=True, help="The metric counts what is bad.")
@plan_option
@json_option
def command(base: Path, tuned: Path, plan: Path, as_json: bool, **told: Any) -> None:
    """Pair a run of the BASE and one of the TUNED model, made elsewhere, item by item."""
    from burnish.api.evalimport import Terms, import_results

    found = import_results(plan, base, tuned, Terms(**told))
    missing = f", {found.missing} of them lack a score" if found.missing else ""
    text = (
        f"{found.items} items{missing}: {found.path}\n"
        f"by itself, {found.result.name} {found.result.verdict}: {found.result.because}\n"
        f"for evaluate.sets of the plan:\n  {found.line}"
    )
    say(as_json, found, text)
