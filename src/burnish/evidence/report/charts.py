"""The page's charts of counts and shares: rows by step, bars, intervals, exposures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from burnish.evidence.report.svg import chart, dot, label, line, rect, ticks, whisker
from burnish.evidence.report.view import PrivacyView, RecallView, StepView
from burnish.evidence.report.view_data import Counts
from burnish.evidence.report.view_scores import MemorisationView
from burnish.evidence.report.words import count, percent

ROW = 40
BAR = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar: its length as a share of the longest, and what stands at its right."""

    name: str
    length: float
    told: str
    kind: str = "bar"


def funnel(steps: Sequence[StepView]) -> Markup:
    """Rows that each step read, as a bar: the dark part goes on, the pale part was dropped."""
    counted = [s for s in steps if s.rows_out is not None and s.rows_in is not None]
    most = max((_read(step) for step in counted), default=0)
    if not most:
        return Markup("")
    pieces: list[Markup] = []
    for number, step in enumerate(counted):
        pieces += _funnel_row(step, number * ROW, most)
    title = "Rows by step: " + "; ".join(
        f"{s.name} {count(s.rows_out)} out, {count(_gone(s))} dropped" for s in counted
    )
    return chart("chart-funnel", title, len(counted) * ROW, pieces)


def _funnel_row(step: StepView, top: float, most: int) -> list[Markup]:
    out, gone = step.rows_out or 0, _gone(step)
    told = count(out) + (f", {count(gone)} dropped" if gone else "")
    return [
        label(0, top + 13, step.name, "strong"),
        label(1, top + 13, told, "number", "end"),
        rect(0, top + 19, out / most, BAR, "bar"),
        rect(out / most, top + 19, gone / most, BAR, "gone"),
    ]


def _gone(step: StepView) -> int:
    return sum(number for _, number in step.dropped)


def _read(step: StepView) -> int:
    return (step.rows_in or 0) + sum(number for _, number in step.added)


def bars(name: str, title: str, rows: Sequence[Bar], limit: float | None = None) -> Markup:
    """Labelled bars below one another; `limit` draws a line through all of them."""
    pieces: list[Markup] = []
    for number, row in enumerate(rows):
        top = number * ROW
        pieces += [
            label(0, top + 13, row.name, "strong"),
            label(1, top + 13, row.told, "number", "end"),
            rect(0, top + 19, 1, BAR, "track"),
            rect(0, top + 19, row.length, BAR, row.kind),
        ]
        if limit is not None:
            pieces.append(line(limit, top + 16, limit, top + 19 + BAR + 3, "limit"))
    return chart(name, title, len(rows) * ROW, pieces)


def tally(name: str, title: str, counts: Counts) -> Markup:
    """Counts as bars, the longest first."""
    most = max((number for _, number in counts), default=0)
    if not most:
        return Markup("")
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    return bars(name, title, [Bar(key, n / most, count(n)) for key, n in ordered])


def residual(found: PrivacyView) -> Markup:
    """Findings per scanned document by category, and the whole rate, beside the threshold."""
    documents = max(found.documents, 1)
    counted = [("any category", found.with_findings), *found.residual]
    top = max([found.max_residual or 0.0, *(n / documents for _, n in counted)]) * 1.15 or 1.0
    rows = []
    for name, n in counted:
        rate = n / documents
        over = found.max_residual is not None and rate > found.max_residual
        told = f"{count(n)} ({percent(rate, 2)})"
        rows.append(Bar(name, rate / top, told, "bar bad" if over else "bar"))
    limit = None if found.max_residual is None else found.max_residual / top
    title = "Residual findings per document: " + "; ".join(f"{r.name} {r.told}" for r in rows)
    return bars("chart-residual", title, rows, limit)


def recall_cell(found: RecallView, least: float | None) -> Markup:
    """A category's recall on a scale from 0 to 1 with its interval and the least that is asked."""
    title = (
        f"{found.category}: {percent(found.recall)}, between {percent(found.lower)} "
        f"and {percent(found.upper)}"
    )
    pieces = [line(0, 11, 1, 11, "track-line"), whisker(found.lower, found.upper, 11)]
    if least is not None:
        pieces.append(line(least, 1, least, 21, "limit"))
    low = least is not None and found.recall < least
    pieces.append(dot(found.recall, 11, "point bad" if low else "point"))
    return chart(f"chart-recall-{_plain(found.category)}", title, 22, pieces)


def stacked(name: str, title: str, counts: Counts) -> Markup:
    """Parts of a whole in one bar; their names and numbers stand in the table beside it."""
    whole = sum(number for _, number in counts)
    pieces: list[Markup] = []
    start = 0.0
    for number, (_, rows) in enumerate(counts):
        wide = rows / whole if whole else 0.0
        pieces.append(rect(start, 0, wide, 22, f"part part-{number}"))
        start += wide
    return chart(name, title, 22, pieces)


def exposures(found: MemorisationView) -> Markup:
    """Each planted secret as a point on a scale of bits, beside the bound and the controls."""
    values = [bits for _, bits in found.exposures]
    marks = ticks(0.0, max([*values, found.bound, found.highest_control, 1.0]) * 1.02)
    whole = marks[-1]
    pieces = [line(0, 54, 1, 54, "axis")]
    for place, mark in enumerate(marks):
        anchor = "start" if not place else "end" if place == len(marks) - 1 else "middle"
        pieces.append(label(mark / whole, 72, f"{mark:g}", "tick", anchor))
    for bound, name, kind in (
        (found.bound, "bound", "limit"),
        (found.highest_control, "highest control", "control-line"),
    ):
        at = bound / whole
        pieces.append(line(at, 18, at, 54, kind))
        pieces.append(label(at, 13, name, "tick", "end" if at > 0.5 else "start"))
    pieces += [dot(bits / whole, 40, "point ghost", 5) for bits in values]
    title = (
        f"Exposure of {len(values)} planted secrets: highest {max(values, default=0.0):.1f} bits, "
        f"bound {found.bound:.1f} bits, highest control {found.highest_control:.1f} bits"
    )
    return chart("chart-exposures", title, 78, pieces)


def _plain(text: str) -> str:
    """A name that may stand in an id, another one for each text."""
    letters = (c if c.isascii() and c.isalnum() else f"-{ord(c):x}-" for c in text)
    return "".join(letters)
