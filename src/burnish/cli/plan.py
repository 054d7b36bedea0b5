"""`burnish plan`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from burnish.api import planning
from burnish.api.forecasting import TrainingForecast, gb
from burnish.api.pacing import Price
from burnish.cli.options import json_option, plan_option, say, table
from burnish.cli.progress import Terminal


@click.command("plan")
@plan_option
@click.option(
    "--rehearse",
    is_flag=True,
    help="Do two real steps, evaluate, save, load again, merge and answer, and measure all of it.",
)
@json_option
def command(plan: Path, rehearse: bool, as_json: bool) -> None:
    """Show what is made, what is to do, what it may take, and which technique to choose."""
    if rehearse:
        _rehearse(plan, as_json)
        return
    forecast = planning.plan(plan)
    say(as_json, forecast, _text(forecast))


def _rehearse(plan: Path, as_json: bool) -> None:
    from burnish.api import rehearsing

    terminal = Terminal()
    try:
        told = rehearsing.rehearse(plan, progress=terminal)
    finally:
        terminal.close()
    head: tuple[object, ...] = ("phase", "memory", "forecast", "gpu", "seconds", "")
    rows = [
        (p.name, gb(p.memory), gb(p.forecast) if p.forecast else "", gb(p.gpu) if p.gpu else "",
         round(p.seconds, 2), p.told)
        for p in told.phases
    ]  # fmt: skip
    lines = [
        table([head, *rows]),
        "",
        *told.told,
        f"{'GO' if told.go else 'NO GO'}: {told.because}",
    ]
    say(as_json, told, "\n".join(lines))
    if not told.go:
        raise SystemExit(2)


def _text(forecast: planning.Forecast) -> str:
    head: tuple[object, ...] = ("step", "state", "rows", "seconds", "")
    rows = [(s.name, s.state, s.rows, s.seconds, "; ".join(s.told)) for s in forecast.steps]
    lines = [table([head, *rows]), ""]
    lines.append(
        f"to do: about {forecast.seconds:,.0f} s, {forecast.memory / 1e9:.1f} GB of memory, "
        f"{forecast.cost:.2f} {forecast.currency}"
    )
    if forecast.missing_approvals:
        lines.append(f"approvals still missing: {', '.join(forecast.missing_approvals)}")
    if forecast.licence.state != "passed":
        lines.append(f"licence gate: {forecast.licence.state.upper()}")
        lines += [f"  {one}" for one in forecast.licence.told]
    if forecast.too_small:
        lines.append("evaluation sets with too few items (burnish eval power):")
        lines += [f"  {one}" for one in forecast.too_small]
    if forecast.base is not None:
        told = f"{gb(forecast.base.bytes)}, fetched once in {forecast.base.seconds:,.0f} s"
        lines.append(f"base model: warm, {told}, sha256 {forecast.base.digest[:16]}")
    return "\n".join([*lines, "", *_training(forecast.training)])


def _training(told: TrainingForecast) -> Iterator[str]:
    share = told.trainable / told.parameters
    sizes = f"{told.parameters:,} parameters, {told.trainable:,} trained ({share:.2%})"
    yield f"training: {told.technique} on {told.machine}, {sizes}"
    exact = "" if told.data.exact else "about "
    rows = f" in {told.data.rows:,} rows" if told.data.rows is not None else ""
    yield f"data: {exact}{told.data.tokens:,} tokens an epoch{rows}"
    for phase in told.phases:
        parts = ", ".join(f"{name} {gb(size)}" for name, size in phase.parts)
        has = f" of {gb(phase.has)}" if phase.has else ""
        yield f"  {phase.phase:<9} {gb(phase.bytes)}{has}: {parts}"
    yield told.verdict
    yield _time(told)
    if told.price is not None:
        yield from _price(told.price)
    yield from _advice(told)


def _time(told: TrainingForecast) -> str:
    hours = told.hours
    return (
        f"time: {_hours(hours.counted)} ({hours.told}); {_hours(hours.formula)} by the formula "
        f"6 x tokens x parameters; {_hours(hours.whole)} with evaluation"
    )


def _price(price: Price) -> Iterator[str]:
    low, high = price.once
    most = price.production
    yield f"price: {_range(low, high)} {price.currency} a run ({price.told})"
    runs = f"{price.runs[0]}-{price.runs[1]}"
    yield f"  {runs} runs to production: {_range(*most)} {price.currency}"


def _advice(told: TrainingForecast) -> Iterator[str]:
    advice = told.advice
    yield f"recommended: {advice.technique or 'none'}: {'; '.join(advice.because)}"
    head: tuple[object, ...] = ("technique", "trained", "training memory", "hours", "price", "")
    rows = [
        (n.technique, n.trainable, gb(n.bytes), f"{n.hours:.2f}",
         _range(*n.cost) if n.cost else "", n.refused or ("" if n.fits else "does not fit"))
        for n in advice.needs
    ]  # fmt: skip
    yield table([head, *rows])
    for warning in advice.warnings:
        yield f"warning: {warning}"


def _hours(hours: float) -> str:
    if hours >= 1:
        return f"{hours:,.1f} h"
    return f"{hours * 60:.1f} min" if hours * 60 >= 1 else f"{hours * 3600:.1f} s"


def _range(low: float, high: float) -> str:
    return f"{low:,.2f}" if low == high else f"{low:,.2f}-{high:,.2f}"
