"""The page's charts of measures: losses by step, base against tuned, differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from burnish.evidence.report.svg import (
    chart,
    dot,
    element,
    label,
    line,
    ticks,
)
from burnish.evidence.report.view import TrainingView
from burnish.evidence.report.words import count, number

HEIGHT, INSET = 240, 0.06
MOST_POINTS = 400

Point = tuple[float, float]


def loss_curve(found: TrainingView, alerts: Sequence[int] = ()) -> Markup:
    """Training and validation loss (nats per trained token) by optimiser step, alerts marked."""
    training = thinned([(i + 1.0, loss) for i, loss in enumerate(found.losses)])
    validation = [(float(step), loss) for step, loss in found.validation]
    finite = [p for p in (*training, *validation) if math.isfinite(p[1])]
    if len(finite) < 2:
        return Markup("")
    right = max(x for x, _ in finite)
    up = ticks(0.0, max(y for _, y in finite))
    place = Frame(right, up[-1])
    pieces = [*grid([x for x in ticks(0.0, right) if x <= right], up, place)]
    pieces += alert_marks(alerts, place)
    pieces.append(line_through(training, place, "curve"))
    pieces.append(line_through(validation, place, "curve second"))
    marks = [p for p in validation if math.isfinite(p[1])]
    pieces += [dot(place.across(x), place.down(y), "point second", 3.5) for x, y in marks]
    pieces.append(label(1, HEIGHT + 36, "optimiser step", "tick", "end"))
    return chart("chart-loss", _loss_title(found), HEIGHT + 44, pieces)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a point stands: `right` is the last step, `top` the highest value of the axes."""

    right: float
    top: float
    height: int = HEIGHT

    def across(self, step: float) -> float:
        """Share of the width of a step."""
        return INSET + (1 - INSET) * step / self.right

    def down(self, value: float) -> float:
        """Pixels from above of a value."""
        return round(self.height - (self.height - 16) * min(value / self.top, 1.0), 2)


def alert_marks(steps: Sequence[int], place: Frame) -> list[Markup]:
    """A line from top to bottom at each alert, with a mark that is no matter of colour."""
    pieces = []
    for step in sorted(set(steps)):
        at = place.across(min(step, place.right))
        pieces.append(line(at, 12, at, place.height, "limit"))
        pieces.append(label(at, 9, "▼", "alert", "middle"))
    return pieces


def grid(across: Sequence[float], up: Sequence[float], place: Frame) -> list[Markup]:
    pieces: list[Markup] = []
    for value in up:
        y = place.down(value)
        pieces.append(line(INSET, y, 1, y, "axis" if value == 0 else "grid"))
        pieces.append(label(INSET - 0.01, y + 4, short(value), "tick", "end"))
    for step in across:
        at = place.across(step)
        anchor = "end" if at > 0.97 else "middle"
        pieces.append(label(at, place.height + 18, f"{step:,g}", "tick", anchor))
    return pieces


def short(value: float) -> str:
    """A mark of an axis in a few signs: 15000 as 15k, 0.0002 as 2e-4."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,g}k"
    if 0 < abs(value) < 0.001:
        digits, power = f"{value:.3e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:g}"


def line_through(points_: Sequence[Point], place: Frame, kind: str) -> Markup:
    """A line in a drawing of its own that stretches with the chart while the stroke does not."""
    told = " ".join(
        f"{1000 * place.across(x):.1f},{place.down(y):.1f}" for x, y in points_ if math.isfinite(y)
    )
    path = element("polyline", points=told, class_=kind, vector_effect="non-scaling-stroke")
    box = f"0 0 1000 {place.height}"
    return element(
        "svg", path, viewBox=box, preserveAspectRatio="none", width="100%", height=place.height
    )


def thinned(line_: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """At most so many points: the means of as many equal stretches, where there are more."""
    if len(line_) <= most:
        return list(line_)
    size = math.ceil(len(line_) / most)
    stretches = [line_[start : start + size] for start in range(0, len(line_), size)]
    return [
        (math.fsum(x for x, _ in part) / len(part), math.fsum(y for _, y in part) / len(part))
        for part in stretches
    ]


def _loss_title(found: TrainingView) -> str:
    told = []
    if found.losses:
        first, last = found.losses[0], found.losses[-1]
        told.append(f"training loss from {number(first)} to {number(last)}")
    if found.validation:
        first, last = found.validation[0][1], found.validation[-1][1]
        told.append(f"validation loss from {number(first)} to {number(last)}")
    return f"{', '.join(told).capitalize()} over {count(len(found.losses))} steps"
