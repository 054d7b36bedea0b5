"""The table of a gauntlet, for a terminal and for the docs."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.gauntlet.verdict import Gauntlet, Line
from burnish.methods.evaluation.statistics import Interval

Cells = tuple[object, ...]
HEAD: Cells = ("kind", "fault", "meant for", "caught", "elsewhere", "missed", "stopped by")


def rows(found: Gauntlet) -> list[Cells]:
    """The head and a row for each kind of fault."""
    return [HEAD, *(_row(line) for line in found.lines)]


def _row(line: Line) -> Cells:
    return (
        line.kind,
        line.name,
        " or ".join(line.meant),
        f"{line.caught}/{line.runs}",
        line.elsewhere or "",
        line.missed or "",
        ", ".join(line.places),
    )


def sentences(found: Gauntlet) -> list[str]:
    """What the runs say together."""
    told = [
        f"{found.caught} of {found.runs} planted faults stopped by the check meant for them, "
        f"{found.elsewhere} by another, {found.missed} missed{_bounds(found.misses)}.",
        f"{found.clean_passed} of {found.clean_runs} clean runs released"
        f"{_bounds(found.false_alarms, 'false alarms')}.",
    ]
    if found.clean_stopped_by:
        told.append(f"Clean runs were stopped by {', '.join(found.clean_stopped_by)}.")
    told.append(
        f"{len(found.ended)} runs in {found.seconds / 60:.1f} minutes, {found.jobs} at once."
    )
    return told


def _bounds(interval: Interval | None, of: str = "") -> str:
    if interval is None:
        return ""
    word = f"{of} " if of else ""
    return f" ({word}{interval.lower:.1%} to {interval.upper:.1%} with 95 % confidence)"


def markdown(found: Gauntlet) -> str:
    """The table as a page of the docs keeps it."""
    lines = [_md(rows(found)[0]), _md(["---"] * len(HEAD)), *map(_md, rows(found)[1:])]
    planted = [f"- **{line.name}**: {line.told}" for line in found.lines]
    said = [f"- {sentence}" for sentence in sentences(found)]
    return "\n".join([*said, "", *lines, "", "What is planted:", "", *planted, ""])


def _md(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
