"""The page's charts of a watched training: how large, how fast, how dear, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from burnish.evidence.report.curves import Frame, alert_marks, grid, line_through
from burnish.evidence.report.svg import chart, label, ticks
from burnish.evidence.report.view_watch import Curve, WatchView
from burnish.evidence.report.words import count, number

HEIGHT = 130
LOSSES = ("loss", "validation")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with its caption; `second` says what its dashed line is."""

    caption: str
    drawing: Markup
    first: str = ""
    second: str = ""


def watched_curves(found: WatchView, with_loss: bool) -> Iterator[Drawn]:
    """The charts that there is something to draw for; losses only where no other chart has them."""
    if with_loss:
        drawing = drawn(found, LOSSES, "Loss")
        if drawing:
            yield Drawn("Loss in nats per trained token.", drawing, "training", "validation")
    speed = "tokens_per_second" if "tokens_per_second" in found.curves else "steps_per_second"
    charts = (
        ("gradient_norm", "Norm of the gradient, before clipping."),
        ("learning_rate", "Learning rate."),
        (speed, f"{speed.replace('_per_', ' a ').capitalize()}."),
        ("mfu", "Model FLOPs utilisation: what the mathematics needs, of the device's peak."),
        ("cost", f"Cost so far, all starts, {found.currency}."),
    )
    for name, caption in charts:
        drawing = drawn(found, (name,), caption.rstrip("."))
        if drawing:
            yield Drawn(caption, drawing)


def drawn(found: WatchView, names: Sequence[str], told: str) -> Markup:
    """One or two curves over the steps, alerts marked; nothing for less than two points."""
    lines = [found.curves.get(name, ()) for name in names]
    points = [point for curve in lines for point in curve]
    if len(points) < 2:
        return Markup("")
    right, top = max(max(x for x, _ in points), 1.0), max(y for _, y in points)
    up = ticks(0.0, top, 3)
    place = Frame(right, up[-1], HEIGHT)
    pieces = grid([x for x in ticks(0.0, right) if x <= right], up, place)
    pieces += alert_marks(found.steps_of_alerts, place)
    for curve, kind in zip(lines, ("curve", "curve second"), strict=False):
        pieces.append(line_through(curve, place, kind))
    pieces.append(label(1, HEIGHT + 34, "optimiser step", "tick", "end"))
    return chart(f"chart-watch-{names[0]}", _title(told, lines[0], found), HEIGHT + 42, pieces)


def _title(told: str, curve: Curve, found: WatchView) -> str:
    """The chart in a sentence, for who cannot see it."""
    ways = ""
    if curve:
        values = [value for _, value in curve]
        ways = f" from {number(values[0])} to {number(values[-1])}, at most {number(max(values))}"
    alerts = ", ".join(f"{kind} at {count(n)}" for kind, n in _marked(found))
    return f"{told}{ways}" + (f"; alerts: {alerts}" if alerts else "")


def _marked(found: WatchView) -> list[tuple[str, int]]:
    return [(alert.kind, alert.step) for alert in found.alerts]
