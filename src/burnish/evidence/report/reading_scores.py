"""The page's evaluation from the results and the answers that the step left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any

from burnish.evidence.report.view import (
    AnswerView,
    EvaluationView,
    MeanView,
    MemorisationView,
    SetView,
)

Record = Mapping[str, Any]

MOST_ANSWERS = 12


def evaluation_view(results: Record, answers: bytes = b"") -> EvaluationView:
    """`results` as in results.json; `answers` are JSON lines, one for each item and model."""
    gates = {str(gate["name"]): gate for gate in results.get("gates", ())}
    both = list(_answers(answers))
    return EvaluationView(
        sets=tuple(_set(one, gates) for one in results.get("sets", ())),
        control=_mean(results["control"]) if results.get("control") else None,
        memorisation=_memorisation(results.get("memorisation"), gates.get("memorisation", {})),
        answers=tuple(chosen(both)),
        answered=len(both),
    )


def chosen(answers: Sequence[AnswerView], most: int = MOST_ANSWERS) -> list[AnswerView]:
    """Those that the models were graded differently on first, losses and gains in turn."""
    losses = [a for a in answers if _gain(a) < 0]
    gains = [a for a in answers if _gain(a) > 0]
    others = [a for a in answers if _gain(a) == 0]
    in_turn = (a for a in chain.from_iterable(zip_longest(losses, gains)) if a is not None)
    return [*in_turn, *others][:most]


def _gain(answer: AnswerView) -> float:
    if answer.base_score is None or answer.tuned_score is None:
        return 0.0
    return answer.tuned_score - answer.base_score


def _set(one: Record, gates: Mapping[str, Record]) -> SetView:
    name, gate = str(one["set"]), str(one["gate"])
    judged: Record = gates.get(f"{gate}:{name}") or gates.get(name) or {}
    loss: Record = one.get("loss") or {}
    return SetView(
        name=name,
        gate=gate,
        items=int(one.get("items", 0)),
        base=_mean(one.get("base", {})),
        tuned=_mean(one.get("tuned", {})),
        difference=_mean(one.get("difference", {})),
        missing=int(one.get("missing", 0)),
        base_loss=loss.get("base"),
        tuned_loss=loss.get("tuned"),
        margin=judged.get("margin"),
        kind=str(judged.get("kind", "")),
        verdict=str(judged.get("verdict", "")),
        because=str(judged.get("because", "")),
    )


def _mean(found: Record) -> MeanView:
    return MeanView(found.get("mean"), found.get("low"), found.get("high"))


def _memorisation(found: Record | None, gate: Record) -> MemorisationView | None:
    if not found:
        return None
    return MemorisationView(
        exposures=tuple((str(k), float(v)) for k, v in found["exposures"].items()),
        bound=float(found["bound"]),
        highest_control=float(found["highest_control"]),
        exposed=tuple(map(str, found.get("exposed", ()))),
        verbatim=tuple(map(str, found.get("verbatim", ()))),
        controls_spoken=len(found.get("controls_spoken", ())),
        verdict=str(gate.get("verdict", "")),
        because=str(gate.get("because", "")),
    )


def _answers(lines: bytes) -> Iterator[AnswerView]:
    """Items that both models answered in words, in the order of the file."""
    items: dict[tuple[str, str], dict[str, Record]] = {}
    for line in lines.splitlines():
        record: Record = json.loads(line)
        if record.get("output") is not None:
            sides = items.setdefault((str(record["set"]), str(record["item"])), {})
            sides[str(record["model"])] = record
    for (name, item), sides in items.items():
        if sides.keys() == {"base", "tuned"}:
            yield _answer(name, item, sides["base"], sides["tuned"])


def _answer(name: str, item: str, base: Record, tuned: Record) -> AnswerView:
    return AnswerView(
        set=name,
        item=item,
        expected=str(base.get("expected", "")),
        base=str(base["output"]),
        tuned=str(tuned["output"]),
        base_score=base.get("score"),
        tuned_score=tuned.get("score"),
        question=str(base.get("question", "")),
    )
