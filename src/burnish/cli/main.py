"""`burnish`: commands are imported only when they are called, errors become exit codes."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from typing import Any, TextIO

import click

from burnish.core.errors import BurnishError

COMMANDS = {
    "init": "Write a commented plan into a folder.",
    "quickstart": "Take burnish's own sample project through the whole flow.",
    "doctor": "Look whether this machine has what it takes.",
    "schema": "Print the JSON Schema of the plan, or of an evaluation's results.",
    "key": "Make a person's key or a release key; rotate the store's key.",
    "plan": "Show what is made, what is to do, what it may take; rehearse it.",
    "compare": "Train with several techniques on the same rows, and measure them.",
    "run": "Run the flow; what is already made is not made again.",
    "launch": "Run the flow elsewhere: Slurm, Kubernetes, SkyPilot, SageMaker, Azure, Vertex.",
    "quality": "Train a classifier of good texts; see what each quality threshold keeps.",
    "status": "Show how the newest run stands.",
    "show": "Show an artefact: counts, facts, rows, dropped rows.",
    "review": "Show what a privacy officer's decision rests on.",
    "approve": "Sign the privacy review.",
    "reject": "Refuse the privacy review, with what must be mended.",
    "report": "Write the page of a run.",
    "eval": "Evaluation sets, judges, people's reviews, results of other harnesses.",
    "gauntlet": "Plant faults in toy projects and see which check stops each.",
    "decide": "Decide on a training that an alert halted: continue or stop.",
    "budget": "Show what private trainings have spent on the data.",
    "verify": "Check a bundle (or the ledger) with a public key, offline.",
    "register": "Enter the newest bundle as a version.",
    "promote": "Release a version, as a second person.",
    "incident": "Report, follow and close privacy incidents; rehearse their notices.",
    "quarantine": "Hold a version, dataset or source and all that came of it.",
    "revoke": "Withdraw a version for good.",
    "trace": "Go from a version back to its sources, or from a source or person forward.",
    "sweep": "Move what failed runs left half done into quarantine.",
    "erase": "Erase one person's rows from all that is kept.",
    "export": "Write datasets for DVC, and check what was written.",
    "detect": "Find personal data in text from standard input.",
    "mask": "Mask personal data in text from standard input.",
}


class Lazy(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"burnish.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="burnish")
def burnish() -> None:
    """Governed fine-tuning: a tuned model that arrives with its evidence."""


def main() -> None:
    """Run the command line; every failure becomes one message and its exit code."""
    try:
        code = burnish.main(standalone_mode=False)
    except BrokenPipeError:
        _silence(sys.stdout)
        code = 0
    except (Exception, KeyboardInterrupt) as wrong:  # the edge: no traceback reaches a person
        code, problem, remedy = _failure(wrong)
        try:
            _tell("--json" in sys.argv, (code, problem, remedy), _notes(wrong))
        except BrokenPipeError:  # nobody reads any more; the exit code still says it
            _silence(sys.stdout, sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def _silence(*streams: TextIO) -> None:
    """Lead streams whose reader has gone to nowhere, so that closing them does not fail."""
    for stream in streams:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _failure(wrong: BaseException) -> tuple[int, str, str]:
    """Exit code, problem and remedy of what stopped a command."""
    if isinstance(wrong, BurnishError):
        return wrong.exit_code, wrong.problem, wrong.remedy
    if isinstance(wrong, click.exceptions.Abort | KeyboardInterrupt):
        return 7, "interrupted", "run it again to go on"
    if isinstance(wrong, click.ClickException):
        return 2, wrong.format_message(), f"{_asked(wrong)} --help"
    if isinstance(wrong, OSError) and wrong.strerror:
        named = f"'{wrong.filename}': " if wrong.filename else ""
        return 2, f"{named}{wrong.strerror}", "check the path, its permissions and the free space"
    return 1, _where(wrong), "set BURNISH_TRACEBACK=1 to see all of it"


def _notes(wrong: BaseException) -> list[str]:
    """What burnish adds to its own errors, such as who was told of an incident."""
    notes: list[str] = getattr(wrong, "__notes__", [])
    return list(notes) if isinstance(wrong, BurnishError) else []


def _asked(wrong: click.ClickException) -> str:
    """The command whose use was wrong, as its help is called."""
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    return (
        "burnish" if context is None else " ".join(["burnish", *context.command_path.split()[1:]])
    )


def _where(defect: BaseException) -> str:
    """The defect's type and place; its message may hold a value, so it is not shown."""
    if os.environ.get("BURNISH_TRACEBACK"):
        traceback.print_exception(defect)
    frames = traceback.extract_tb(defect.__traceback__)
    ours = [frame for frame in frames if "burnish" in frame.filename] or frames
    place = f"{os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else "?"
    return f"a defect of burnish: {type(defect).__name__} at {place}"


def _tell(wants_json: bool, failure: tuple[int, str, str], notes: list[str]) -> None:
    code, problem, remedy = failure
    if wants_json:
        facts: dict[str, Any] = {"exit_code": code, "problem": problem, "remedy": remedy}
        facts |= {"notes": notes} if notes else {}
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        click.echo("\n".join([problem, *notes, f"  -> {remedy}"]), err=True)
