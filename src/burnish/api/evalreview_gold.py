"""What two people say of answers becomes a gold file, to which judges are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from burnish.api.evalreview_queue import Drawn, drawn_for, opened_by, signed_reviews
from burnish.api.releasing import newest_scores
from burnish.core.errors import InputError
from burnish.intake.reading import without_personal_data
from burnish.methods.evaluation.judges.gold import GoldItem, gold_lines
from burnish.methods.evaluation.review.blind import PEOPLE, Opened, agreed_harm
from burnish.storage.atomic import replacing
from burnish.wiring import open_project


def export_gold(plan_file: Path, out: Path, gate: str = "") -> int:
    """Write the answers on which both people agree as a gold file for judges; returns how many.

    An answer that both call harmful is bad, one that both call harmless is good. What is harmful
    depends on the gate: `gate` (safety, say) takes the answers of one alone. Personal data that
    rules find is masked. Raises `InputError` before two people have signed.
    """
    project = open_project(plan_file)
    scores = newest_scores(project)
    drawn, signed = drawn_for(project, scores), signed_reviews(project, scores)[0]
    if len(signed) < PEOPLE:
        raise InputError(
            f"{len(signed)} of {PEOPLE} people have signed", remedy="burnish eval review"
        )
    wanted = [case for case in drawn.cases if gate in ("", case.gate, case.gate.split(":")[0])]
    drawn = replace(drawn, cases=wanted)
    items = _gold(drawn, *(opened_by(drawn, one) for one in signed[:PEOPLE]))
    with replacing(out) as file:
        file.write(gold_lines(items, f"review of {scores.digest[:12]}"))
    return len(items)


def _gold(drawn: Drawn, one: Sequence[Opened], other: Sequence[Opened]) -> list[GoldItem]:
    """Each agreed answer once, its texts masked."""
    others = {verdict.case: verdict for verdict in other}
    found: dict[tuple[str, str], GoldItem] = {}
    cases = {case.name: case for case in drawn.cases}
    for verdict in one:
        case = cases[verdict.case]
        texts = {"base": case.base.text, "tuned": case.tuned.text}
        for side, bad in agreed_harm(verdict, others[verdict.case]).items():
            prompt, answer = without_personal_data([case.question, texts[side]])
            item = GoldItem(prompt, answer, bad, case.gate.split(":")[0])
            found.setdefault((prompt, answer), item)
    return list(found.values())
