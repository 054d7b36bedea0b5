"""`burnish compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from burnish.api import comparing
from burnish.api.forecasting import gb
from burnish.cli.options import json_option, plan_option, say, table
from burnish.cli.progress import Terminal


@click.command("compare")
@plan_option
@click.option(
    "--techniques",
    default=",".join(comparing.DEFAULT),
    show_default=True,
    help="Techniques to train with, separated by commas; quality is told against full.",
)
@click.option("--rows", default=256, show_default=True, help="Rows of each part, at most.")
@click.option("--epochs", default=1, show_default=True, help="How often all see the rows.")
@click.option("--steps", default=None, type=int, help="Stop after so many steps.")
@click.option(
    "--rate",
    multiple=True,
    metavar="NAME=RATE",
    help="Learning rate of a technique; else its usual one, scaled as the plan's is. Repeatable.",
)
@json_option
def command(plan: Path, techniques: str, rate: tuple[str, ...], as_json: bool, **told: Any) -> None:
    """Train with several techniques on the same rows, and measure memory, time, cost, quality."""
    names = tuple(name.strip() for name in techniques.split(",") if name.strip())
    terms = comparing.Terms(techniques=names, rates=dict(map(_rate, rate)), **told)
    terminal = Terminal()
    try:
        found = comparing.compare(plan, terms, progress=terminal)
    finally:
        terminal.close()
    say(as_json, found, _text(found))


def _rate(told: str) -> tuple[str, float]:
    name, _, number = told.partition("=")
    try:
        return name, float(number)
    except ValueError as wrong:
        raise click.BadParameter(f"'{told}' is no NAME=RATE", param_hint="--rate") from wrong


def _text(found: comparing.Comparison) -> str:
    head: tuple[object, ...] = (
        "technique", "rate", "trained", "memory", "gpu", "tokens/s", "loss", "quality", "cost",
        "norm spread", "spikes", "to serve",
    )  # fmt: skip
    good = [one for one in found.techniques if not one.fault]
    rows = [_row(one) for one in good]
    start = f", validation loss {found.start:.4f} before" if found.start is not None else ""
    lines = [f"{found.rows} rows trained on, {found.validation} to validate{start}", ""]
    lines += [table([head, *rows]), "", "by the specification (12.1):", _indicated(found)]
    lines += [f"{one.technique}: {one.fault}" for one in found.techniques if one.fault]
    lines += [
        f"{one.technique}: the plan's whole training would cost "
        f"{one.price[0]:.2f}-{one.price[1]:.2f} {found.currency}"
        for one in good
        if one.price
    ]
    return "\n".join(lines)


def _row(one: comparing.Compared) -> tuple[object, ...]:
    even = one.stability
    return (
        one.technique, f"{one.learning_rate:g}", one.trained, gb(one.memory),
        gb(one.gpu) if one.gpu else "", round(one.tokens / one.seconds, 1),
        _figure(one.loss, 4), _times(one.quality), _times(one.cost),
        _figure(even.spread if even else None, 2), even.spikes if even else "",
        f"{one.files} files, {gb(one.bytes)}",
    )  # fmt: skip


def _indicated(found: comparing.Comparison) -> str:
    head: tuple[object, ...] = ("technique", "memory", "quality", "cost", "stability", "to serve")
    rows = [
        (one.technique, told.memory, _times(told.quality), _times(told.cost), told.stability,
         told.serving)
        for one in found.techniques
        if (told := one.indicated)
    ]  # fmt: skip
    return table([head, *rows])


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}x"


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
