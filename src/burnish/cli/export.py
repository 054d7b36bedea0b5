"""`burnish export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from burnish.api import exporting
from burnish.cli.options import json_option, key_option, plan_option, say


@click.group("export")
def command() -> None:
    """Write datasets for other tools, and check what was written."""


@command.command("dvc")
@click.argument("steps", nargs=-1)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="Folder for the files, best one that Git and DVC know.")  # fmt: skip
@click.option("--in-the-clear", is_flag=True,
              help="Also what was not masked and cleared; the ledger keeps it.")  # fmt: skip
@click.option("--with-test-part", is_flag=True,
              help="Also rows of the sealed test part; the ledger keeps it.")  # fmt: skip
@key_option
@plan_option
@json_option
def dvc(steps: tuple[str, ...], into: Path, **asked: Any) -> None:
    """Write the datasets of STEPS (split, unless named) as Parquet that DVC tracks.

    The files are in the clear. burnish-manifest.json holds the SHA-256 of every file: commit it,
    and run burnish export check after each dvc pull.
    """
    allowed = asked["in_the_clear"], asked["with_test_part"]
    wanted = exporting.Wanted(steps or exporting.DEFAULT, *allowed)
    made = exporting.export_dvc(asked["plan"], into, wanted, asked["key"])
    tracked = " ".join(name.removesuffix(".dvc") for name in made.tracked)
    text = (
        f"{made.files} files, {made.rows:,} rows in {made.folder}\n"
        f"manifest {made.manifest}\n"
        f"next: cd {made.folder}; dvc add {tracked}; "
        f"git add {exporting.MANIFEST} .gitignore {' '.join(made.tracked)}; dvc push"
    )
    say(asked["as_json"], made, text)


@command.command("check")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--ledger", is_flag=True,
              help="Also hold the manifest against the project's ledger.")  # fmt: skip
@plan_option
@json_option
def check(folder: Path, ledger: bool, plan: Path, as_json: bool) -> None:
    """Hold every file of FOLDER against its manifest; DVC itself lets changed bytes pass."""
    checked = exporting.check_export(folder, plan if ledger else None)
    told = "; its export is in the ledger" if checked.in_ledger else ""
    lines = [f"{checked.files} files are as they were exported{told}", *checked.warnings]
    say(as_json, checked, "\n".join(lines))
