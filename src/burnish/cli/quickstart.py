"""`burnish quickstart`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from burnish.api import quickstart
from burnish.cli.options import json_option, say, table
from burnish.cli.progress import Terminal


@click.command("quickstart")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("burnish-quickstart"))
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Take burnish's own sample project through the whole flow, in FOLDER."""
    began, terminal = time.monotonic(), Terminal()
    try:
        done = quickstart.quickstart(folder, terminal)
    finally:
        terminal.close()
    say(as_json, done, _text(done, time.monotonic() - began))


def _text(done: quickstart.Started, seconds: float) -> str:
    head: tuple[object, ...] = ("set", "items", "base", "tuned", "difference (95 %)")
    rows = [(s["set"], s["items"], _mean(s["base"]), _mean(s["tuned"]), _interval(s["difference"]))
            for s in done.sets]  # fmt: skip
    told = ", ".join(f"{count} {verdict}" for verdict, count in done.gates.items())
    lines = ["", table([head, *rows]), f"gates of the evaluation: {told}"]
    if done.control:
        lines.append(f"control, the same tuning from random weights: {_mean(done.control)}")
    for answer in done.answers:
        lines += [
            "",
            f"[{answer.set}] {answer.question}",
            f"  base   {answer.base}",
            f"  tuned  {answer.tuned}",
        ]
    lines += [
        "",
        f"{done.version} {done.state} in {seconds:.0f} s",
        f"report  {done.folder / 'report.html'}",
        f"bundle  {done.bundle}",
        f"check it: burnish verify {done.bundle} --key {done.folder / 'keys/release.pem.pub'}",
    ]
    return "\n".join(lines)


def _mean(score: dict[str, float]) -> str:
    return f"{score['mean']:.1%} [{score['low']:.1%}, {score['high']:.1%}]"


def _interval(score: dict[str, float]) -> str:
    return f"{score['mean']:+.1%} [{score['low']:+.1%}, {score['high']:+.1%}]"
