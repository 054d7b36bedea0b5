"""What the screen found, from its report, or from the words with which it stopped a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from burnish.evidence.report.view_data import (
    Counts,
    DriftView,
    FindingView,
    LookView,
    ReferenceView,
    ScreenView,
    TriggerView,
)

Record = Mapping[str, Any]

LOOKS = {
    "overlap": "evaluation_overlap",
    "hidden": "hidden_text",
    "injection": "injected_instruction",
    "triggers": "trigger",
    "drift": "",
}
"""Each look with the reason of the rows that it drops."""
BY_ROW = ("overlap", "hidden", "injection")
FIRST = 5
"""Findings of one look, and rows of one trigger, that the page names."""

_CLOSED = re.compile(r"gate 'screen' [A-Z]+: ")
_NEXT = re.compile(r"; (?=(?:overlap|hidden|injection): |(?:triggers|drift)-[0-9a-f]{12}: )")

_WANTED = {
    "overlap": "Rows that share a run of {ngram} words with an item of an evaluation set; for "
    "shorter items a run of 8 or more, or the whole prompt.",
    "hidden": "Text that a model reads and a person does not see: invisible and tag characters, "
    "variation selectors, split words, reordering controls, look-alike letters, HTML that is not "
    "shown, blobs of base64.",
    "injection": "English forms that speak to the model over its user's head: orders to drop "
    "instructions, new roles, template marks, tool calls, demands for the hidden prompt or on the "
    "answer; also encoded or in HTML comments.",
    "triggers": "Rare runs of words in at least {trigger_rows} rows and 1 in 1,000 that turn a "
    "label, an answer or a source against the rest of the text.",
    "drift": "Length, words, language, labels and openings of answers of each source beside its "
    "newest accepted past; more than {max_drift} bits beyond chance is a finding.",
}
_NO_SETS = "Nothing: the plan names no evaluation set to compare with."
_NO_PAST = "Nothing: no source has an accepted past of enough rows to be compared with."
_OFF = "Nothing: the plan turns this look off."


def why_stopped(problem: str) -> tuple[str, ...]:
    """The reasons of the screen where it stopped the run with these words; else nothing."""
    closed = _CLOSED.match(problem)
    return tuple(_NEXT.split(problem[closed.end() :])) if closed else ()


def stopped_view(reasons: Sequence[str], plan: Record, sets: Sequence[str]) -> ScreenView:
    """A screen that stopped its run: what was looked for, and the reasons."""
    looks = tuple(_wanted(look, plan, bool(sets)) for look in LOOKS)
    return ScreenView(looks=looks, stopped=tuple(reasons), allowed=len(plan.get("allow", ())))


def screen_view(
    report: Record, reasons: Record, rows: int, plan: Record, sources: Sequence[str]
) -> ScreenView:
    """A finished screen; `reasons` are rows dropped, `rows` those read, `sources` all by name."""
    settings: Record = report.get("settings") or plan
    found: Sequence[Record] = report.get("findings", ())
    drift: Sequence[Record] = report.get("drift", ())
    compared = {str(one["source"]) for one in drift}
    off = settings.get("drift") == "off"
    findings = tuple(_findings(found))
    return ScreenView(
        looks=tuple(_look(look, report, reasons, settings) for look in LOOKS),
        rows=rows,
        references=tuple(_references(report)),
        findings=findings,
        listed=len(found),
        weighed=_kinds(report.get("looked", {})),
        triggers=tuple(_trigger(one, settings) for one in report.get("triggers", ())),
        drift=tuple(_drift(drift)),
        max_drift=settings.get("max_drift"),
        not_compared=() if off else tuple(s for s in sources if s not in compared),
        allowed=len(settings.get("allow", ())),
    )


def _look(look: str, report: Record, reasons: Record, settings: Record) -> LookView:
    told, reason = report.get("summary", {}).get(look), LOOKS[look]
    view = _wanted(look, settings, bool(report.get("sets")))
    if not view.taken:
        return view
    if look == "drift" and not report.get("drift"):
        return replace(view, wanted=_NO_PAST, taken=False)
    return replace(
        view,
        found=_number(told),
        dropped=int(reasons.get(reason, 0)) if reason else None,
        kinds=_kinds(told) if look in ("hidden", "injection") else (),
    )


def _wanted(look: str, settings: Record, sets: bool) -> LookView:
    """What the look was after, or why it was after nothing."""
    does = str(settings.get(look, ""))
    if does == "off":
        return LookView(look, _OFF, does, taken=False)
    if look == "overlap" and not sets:
        return LookView(look, _NO_SETS, does, taken=False)
    numbers = {name: settings.get(name, "?") for name in ("ngram", "trigger_rows", "max_drift")}
    return LookView(look, _WANTED[look].format(**numbers), does)


def _number(told: object) -> int | None:
    """Findings, as the summary tells them: a count, counts by kind, or a list of names."""
    if isinstance(told, Mapping):
        return sum(map(int, told.values()))
    if isinstance(told, list | tuple):
        return len(told)
    return int(told) if isinstance(told, int) else None


def _kinds(told: object) -> Counts:
    if not isinstance(told, Mapping):
        return ()
    return tuple(sorted((str(kind), int(n)) for kind, n in told.items()))


def _references(report: Record) -> Iterator[ReferenceView]:
    found: Record = report.get("summary", {}).get("overlap", {})
    for one in report.get("sets", ()):
        yield ReferenceView(
            set=str(one["set"]),
            items=int(one["items"]),
            by_run=int(one["by_run"]),
            by_prompt=int(one["by_prompt"]),
            templates=int(one["templates"]),
            too_short_answers=int(one["too_short_answers"]),
            found=int(found.get(one["set"], 0)),
        )


def _findings(found: Sequence[Record]) -> Iterator[FindingView]:
    for look in BY_ROW:
        here = [one for one in found if one.get("look") == look]
        for one in here[:FIRST]:
            yield FindingView(
                id=str(one["id"]),
                kind=str(one["kind"]),
                row=str(one["row"]),
                place=_place(one),
                fate=_fate("row dropped" if one.get("dropped") else "", one),
            )


def _place(one: Record) -> str:
    if "message" not in one:
        return ""
    return f"message {one['message']}, characters {one['start']} to {one['end']}"


def _fate(done: str, one: Record) -> str:
    allowed = "allowed in the plan" if one.get("allowed") else ""
    return ", ".join(word for word in (allowed, done) if word) or "noted"


def _trigger(one: Record, settings: Record) -> TriggerView:
    goes = settings.get("triggers") == "drop" and not one.get("allowed")
    return TriggerView(
        id=str(one["id"]),
        turns=str(one["turns"]),
        words=int(one["words"]),
        rows=int(one["rows"]),
        turned=int(one["turned"]),
        against=int(one["against_their_text"]),
        first=tuple(f"{h['row']}, word {h['word']}" for h in one.get("found_in", ())[:FIRST]),
        fate=_fate("rows dropped" if goes else "", one),
    )


def _drift(drift: Sequence[Record]) -> Iterator[DriftView]:
    """What is over the plan's bound; of a source without, the feature that differs most."""
    for source in sorted({str(one["source"]) for one in drift}):
        here = [one for one in drift if one["source"] == source]
        most = max(here, key=lambda one: (float(one["divergence"]), str(one["feature"])))
        for one in [one for one in here if one.get("over")] or [most]:
            yield DriftView(
                source=source,
                feature=str(one["feature"]),
                divergence=float(one["divergence"]),
                noise=float(one["noise"]),
                rows=int(one["rows"]),
                past=int(one["past"]),
                fate=_fate("", one) if one.get("over") else "within the bound",
            )
