"""How a training was watched, from the entries of the ledger: numbers only, over all its starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from burnish.evidence.report.view_watch import AlertView, AttemptView, Curve, Pairs, WatchView
from burnish.evidence.report.words import count, percent, size

Record = Mapping[str, Any]

DONE = {
    "note": "noted", "notify": "a notice was sent", "stop": "saved and stopped",
    "wait": "saved, waits for a decision", "cap": "saved and stopped at the cap",
}  # fmt: skip


def watch_view(
    starts: Sequence[Record],
    alerts: Sequence[Record],
    decided: Mapping[str, str],
    attempts: Sequence[Record],
) -> WatchView:
    """The view of one training; entries in their order, `decided` says by an alert's id what."""
    last = starts[-1] if starts else {}
    return WatchView(
        curves=merged([start.get("curves", {}) for start in starts]),
        alerts=tuple(_alert(alert, decided) for alert in alerts),
        attempts=tuple(map(_attempt, attempts)),
        facts=_facts(last, starts),
        currency=str(last.get("currency", "")),
        untold=tuple(str(told) for start in starts for told in start.get("untold", ())),
    )


def merged(parts: Sequence[Mapping[str, Sequence[Sequence[float]]]]) -> dict[str, Curve]:
    """The curves of starts one after the other; steps that were done again count once."""
    found: dict[str, list[tuple[float, float]]] = {}
    for part in parts:
        for name, points in part.items():
            new = [(float(step), float(value)) for step, value in points]
            first = new[0][0] if new else 0.0
            kept = [point for point in found.get(name, []) if point[0] < first]
            found[name] = [*kept, *new]
    return {name: tuple(points) for name, points in sorted(found.items())}


def _alert(alert: Record, decided: Mapping[str, str]) -> AlertView:
    return AlertView(
        step=int(alert["step"]),
        kind=str(alert["alert"]).replace("_", " "),
        words=str(alert["words"]),
        action=DONE.get(str(alert["action"]), str(alert["action"])),
        at=str(alert["at"]),
        decided=decided.get(str(alert["id"]), ""),
    )


def _attempt(attempt: Record) -> AttemptView:
    return AttemptView(
        number=int(attempt["number"]),
        began=int(attempt["from"]),
        ended_at=int(attempt["to"]),
        ended=str(attempt["ended"]),
        seconds=float(attempt["seconds"]),
        lost=int(attempt.get("steps_lost", 0)),
        run=str(attempt.get("run", "")),
    )


def _facts(last: Record, starts: Sequence[Record]) -> Pairs:
    """What it cost, how fast it was, and what it ran on."""
    if not last:
        return ()
    peak = max(float(start.get("peak_memory", 0)) for start in starts)
    gpu = max(float(start.get("peak_gpu_memory", 0)) for start in starts)
    cost = float(last.get("cost_of_all", 0))
    shown = [
        ("Cost, all starts", f"{cost:.2f} {last.get('currency', '')}" if cost else ""),
        ("Starts", count(int(last.get("starts", 1)))),
        ("Device", _device(last)),
        ("Speed of the device from", str(last.get("peak_of", ""))),
        ("Most memory of a process", size(round(peak)) if peak else ""),
        ("Most memory of the GPUs", size(round(gpu)) if gpu else ""),
        ("GPU in use", "" if last.get("gpu_use") is None else percent(last["gpu_use"])),
    ]
    return tuple(pair for pair in shown if pair[1])


def _device(last: Record) -> str:
    ranks = int(last.get("ranks", 1))
    return str(last.get("device", "")) + (f", {count(ranks)} ranks" if ranks > 1 else "")
