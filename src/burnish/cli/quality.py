"""`burnish quality`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burnish.api import quality as verbs
from burnish.api.quality_page import write_page
from burnish.cli.options import json_option, key_option, plan_option, say, table
from burnish.cli.preview import VISIBLE

if TYPE_CHECKING:
    from burnish.methods.quality.reliability import Estimate
    from burnish.methods.quality.sweep import Curve

OUT = Path("quality-model.bqc")
BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"


@click.group("quality")
def command() -> None:
    """Train a classifier of good texts; see what each quality threshold keeps."""


@command.command("train")
@click.argument("labelled", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True,
              help="File to write.")  # fmt: skip
@json_option
def train(labelled: Path, out: Path, as_json: bool) -> None:
    """Learn good from bad from LABELLED: JSONL, CSV or Parquet with text and label.

    A label is good or bad. Some hundreds of examples are enough to be of use; everything that is
    said of the classifier is of examples it was not trained on.
    """
    made = verbs.train(labelled, out)
    training = made.training
    answer = {
        "path": made.path,
        "sha256": made.sha256,
        "good": training.good,
        "bad": training.bad,
        "repeated": training.repeated,
        "contradictory": training.contradictory,
        "held_out": training.held_out,
        "curve": training.curve,
        "telling": made.telling,
        "hint": made.hint,
    }
    say(as_json, answer, "\n".join(_trained(made)))


@command.command("sweep")
@click.option("--out", type=click.Path(path_type=Path), default=None,
              help="HTML page to write, with curves and rows at the edge.")  # fmt: skip
@click.option("--examples", type=click.IntRange(min=0), default=3, show_default=True,
              help="Rows to show on each side of a threshold; 0 for none.")  # fmt: skip
@plan_option
@key_option
@json_option
def sweep(out: Path | None, examples: int, plan: Path, key: Path | None, as_json: bool) -> None:
    """Show what each threshold would keep of the unique rows, wherever it stood."""
    found = verbs.sweep(plan, examples=examples, key=key)
    lines = list(_swept(found))
    if out is not None:
        lines += ["", f"page {write_page(found, out)}"]
    say(as_json, found, "\n".join(lines))


def _trained(made: verbs.Trained) -> Iterator[str]:
    training, held = made.training, made.training.held_out
    yield f"{made.path}  sha256 {made.sha256[:12]}"
    yield (
        f"{training.good + training.bad} examples: {training.good} good, {training.bad} bad "
        f"({training.repeated} repeated and {training.contradictory} contradictory left out)"
    )
    yield "\nheld out (five folds, everything chosen on the other four)"
    yield f"  area under the ROC curve  {_estimate(held.auc)}"
    yield f"  accuracy at 0.5           {_estimate(held.accuracy)}"
    yield f"  Brier score               {held.brier:.3f} (always the share of good: "\
          f"{held.brier_of_share:.3f})"  # fmt: skip
    yield f"  calibration error         {held.calibration_error:.3f}"
    yield "\ncalibration: of examples said to be good with this probability, so many were"
    rows: list[tuple[object, ...]] = [("  said", "was", "", "examples")]
    rows += [
        (
            f"  {one.said:.2f}",
            f"{one.was.value:.2f}",
            f"({one.was.low:.2f} to {one.was.high:.2f})",
            one.examples,
        )
        for one in held.bins
    ]
    yield table(rows)
    yield f"\nlearning curve: {made.hint}"
    for side, name in ((1, "good"), (-1, "bad")):
        words = [one.words for one in made.telling if one.weight * side > 0]
        yield f"most telling of {name} texts: {', '.join(words) or 'nothing in several examples'}"
    yield f"\nto use it: put  classifier: {made.path.name}  under quality in the plan"


def _estimate(found: Estimate) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _swept(found: verbs.Sweep) -> Iterator[str]:
    yield f"{found.kept:,} of {found.rows:,} unique rows stay"
    if found.warning:
        yield found.warning
    for drawn in found.thresholds:
        curve = drawn.curve
        yield ""
        yield click.style(f"{curve.name} {curve.now:g}", bold=True) + (
            f": keeps {curve.kept.together:,} ({curve.kept.alone:,} if it stood alone)"
        )
        yield from _plot(curve, found.rows)
        for one in drawn.edge:
            side = click.style("kept   ", "green") if one.kept else click.style("dropped", "red")
            yield f"  {side} {one.value:<8.4g} {one.id[:12]}  {one.text.translate(VISIBLE)}"
    yield ""
    rows: list[tuple[object, ...]] = [("reason", "", "holds of", "alone")]
    ordered = sorted(found.reasons, key=lambda one: (not one.on, -one.holds, one.name))
    rows += [(one.name, "on" if one.on else "off", one.holds, one.alone) for one in ordered]
    yield table(rows)
    yield "alone: what switching it off would bring back, or switching it on would take"


def _plot(curve: Curve, rows: int) -> Iterator[str]:
    """Rows kept at each place of the threshold, and a mark below where it stands."""
    top = max(rows, 1)
    heights = [BLOCKS[round((len(BLOCKS) - 1) * p.together / top)] for p in curve.points]
    low, high = f"{curve.points[0].at:g}", f"{curve.points[-1].at:g}"
    places = [abs(p.at - curve.now) for p in curve.points]
    yield f"  {low} {''.join(heights)} {high}"
    yield f"  {' ' * len(low)} {' ' * places.index(min(places))}^"
