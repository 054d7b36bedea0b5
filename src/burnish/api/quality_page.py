"""The page of a sweep: a curve for each threshold, rows at its edge; nothing fetched or run."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from burnish.evidence.report.svg import chart, dot, element, label, line, ticks
from burnish.storage.atomic import replacing

if TYPE_CHECKING:
    from burnish.api.quality import Drawn, Sweep
    from burnish.methods.quality.sweep import Curve, Point

HEIGHT, INSET = 150, 0.07

PAGE = Markup("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>Quality thresholds of {name}</title>
<style>
{style}
.edge td:first-child {{ white-space: nowrap; }}
.edge td:last-child {{ width: 70%; }}
.verdict {{ margin-bottom: 1rem; }}
</style>
</head>
<body>
<header>
<p class="eyebrow">Quality thresholds</p>
<h1>{name}</h1>
<p class="sub">{kept:,} of {rows:,} unique rows stay (artefact <code>{artifact}</code>)</p>
</header>
<main>
{warning}
<p class="lead">Each curve shows how many rows stay wherever the threshold is put:
<span class="key"><i class="curve"></i>with all other thresholds as they are</span>
<span class="key"><i class="curve second"></i>by this threshold alone</span>.
The vertical line is where the plan puts it.</p>
{thresholds}
<section id="reasons"><h2>What each reason does</h2>
<p class="lead">Rows that a reason holds of, and rows that go for it alone: those are what
switching it off would bring back, or switching it on would take.</p>
<div class="wide"><table>
<thead><tr><th>reason</th><th></th><th class="n">holds of</th><th class="n">alone</th></tr></thead>
<tbody>
{reasons}</tbody></table></div></section>
</main>
</body>
</html>
""")  # noqa: E501
SECTION = Markup("""<section id="{name}"><h2><code>{name}</code></h2>
<p class="lead">{told}</p>
<figure>{drawing}</figure>
{edge}</section>
""")
EDGE = Markup("""<div class="wide"><table class="edge">
<thead>
<tr><th>at the edge</th><th class="n">value</th><th>row</th><th>text, masked</th></tr></thead>
<tbody>
{rows}</tbody></table></div>
""")
WARNING = Markup('<section class="verdict waiting"><p class="told">{}</p></section>')
ROW = Markup('<tr><td>{}</td><td class="n">{:.4g}</td><td><code>{}</code></td><td>{}</td></tr>\n')
REASON = Markup('<tr{}><th>{}</th><td>{}</td><td class="n">{:,}</td><td class="n">{:,}</td></tr>\n')


def write_page(found: Sweep, out: Path) -> Path:
    """Write a sweep as one HTML page that fetches and runs nothing; returns where it lies."""
    with replacing(out) as part:
        part.write(page(found).encode())
    return out


def page(found: Sweep) -> str:
    """The page; every text in it is escaped."""
    style = resources.files("burnish.evidence.report").joinpath("page.css").read_text("utf-8")
    ordered = sorted(found.reasons, key=lambda reason: (not reason.on, -reason.holds, reason.name))
    made: str = PAGE.format(
        name=found.name,
        style=Markup(style),
        kept=found.kept,
        rows=found.rows,
        artifact=found.artifact[:12],
        warning=WARNING.format(found.warning) if found.warning else "",
        thresholds=Markup("").join(_section(one, found.rows) for one in found.thresholds),
        reasons=Markup("").join(
            REASON.format(
                "" if one.on else Markup(' class="pale"'),
                one.name,
                "on" if one.on else "off",
                one.holds,
                one.alone,
            )
            for one in ordered
        ),
    )
    return str(made)


def _section(drawn: Drawn, rows: int) -> Markup:
    curve = drawn.curve
    told = (
        f"At {curve.now:g} it keeps {curve.kept.alone:,} of {rows:,} rows alone, and "
        f"{curve.kept.together:,} with the others. Rows with {curve.side} this value stay."
    )
    return SECTION.format(
        name=curve.name,
        told=told.replace("with least this", "of at least this").replace(
            "with most this", "of at most this"
        ),
        drawing=drawing(curve, rows),
        edge=_edge(drawn) if drawn.edge else "",
    )


def _edge(drawn: Drawn) -> Markup:
    rows = Markup("").join(
        ROW.format("just kept" if one.kept else "just dropped", one.value, one.id[:12], one.text)
        for one in drawn.edge
    )
    return EDGE.format(rows=rows)


def drawing(curve: Curve, rows: int) -> Markup:
    """Volume kept against one threshold, as an SVG."""
    low, high = curve.points[0].at, curve.points[-1].at
    across = _Across(low, high if high > low else low + 1)
    up = ticks(0.0, float(rows))
    pieces = list(_axes(across, up))
    for kind, which in (("curve second", "alone"), ("curve", "together")):
        pieces.append(_line(curve.points, which, kind, across, up[-1]))
    at = across(curve.now)
    pieces.append(line(at, 8, at, HEIGHT, "limit"))
    pieces.append(dot(at, _down(curve.kept.together, up[-1]), "point"))
    title = (
        f"{curve.name}: rows kept from {curve.points[0].together:,} at {low:g} to "
        f"{curve.points[-1].together:,} at {high:g}; {curve.kept.together:,} at {curve.now:g}"
    )
    return chart(f"chart-{curve.name}", title, HEIGHT + 26, pieces)


class _Across:
    """Where a value stands, as a share of the width."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return INSET + (1 - INSET) * share


def _down(rows: float, top: float) -> float:
    return round(HEIGHT - (HEIGHT - 12) * rows / top, 2)


def _axes(across: _Across, up: list[float]) -> Iterator[Markup]:
    for value in up:
        y = _down(value, up[-1])
        yield line(INSET, y, 1, y, "axis" if value == 0 else "grid")
        yield label(INSET - 0.01, y + 4, f"{value:,g}", "tick", "end")
    for value in ticks(across.low, across.high):
        if across.low <= value <= across.high:
            anchor = "end" if across(value) > 0.97 else "middle"
            yield label(across(value), HEIGHT + 18, f"{value:,g}", "tick", anchor)


def _line(points: tuple[Point, ...], which: str, kind: str, across: _Across, top: float) -> Markup:
    """Steps, as no row lies between two of them, in a drawing that stretches with the chart."""
    places = [(1000 * across(p.at), _down(getattr(p, which), top)) for p in points]
    steps = places[:1]
    for (_, before), (x, y) in pairwise(places):
        steps += [(x, before), (x, y)] if len(points) < 12 else [(x, y)]
    told = " ".join(f"{x:.1f},{y:.1f}" for x, y in steps)
    path = element("polyline", points=told, class_=kind, vector_effect="non-scaling-stroke")
    box = f"0 0 1000 {HEIGHT}"
    return element(
        "svg", path, viewBox=box, preserveAspectRatio="none", width="100%", height=HEIGHT
    )
