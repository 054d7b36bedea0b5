"""One run of another harness, item by item, and two runs as the records that the gates read."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.records import Record, Side, contrast
from burnish.methods.evaluation.rows import Row, Source, SuiteError, json_lines
from burnish.methods.evaluation.rule import gate_input

SIDES: Mapping[str, Side] = {"base": "base", "tuned": "tuned"}
HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Answered:
    """What one model made of one item.

    `prompt` is the whole prompt, or a digest of it: both runs must show the same one. `score`
    runs from 0 (wrong) to 1 (right) and is None where the harness has none.
    """

    item: str
    prompt: str
    score: float | None
    output: str | None = None
    cluster: str = ""


def paired(name: str, base: Sequence[Answered], tuned: Sequence[Answered]) -> tuple[Record, ...]:
    """Records of the set `name`, base first; an item of one run only stays without its partner.

    Raises SuiteError for two answers to one item in a run, and where the two runs were not asked
    the same: such runs cannot be compared.
    """
    prompts = [_prompts(run, side) for run, side in ((base, "base"), (tuned, "tuned"))]
    unlike = [
        item for item in prompts[0] if prompts[1].get(item, prompts[0][item]) != prompts[0][item]
    ]
    if unlike:
        raise SuiteError(
            f"{len(unlike)} items were asked with other prompts in the tuned run than in the base "
            "run; run both with the same template, examples and seed"
        )
    if not prompts[0].keys() & prompts[1].keys():
        raise SuiteError("the two runs share no item; are they of the same task?")
    sides: tuple[tuple[Side, Sequence[Answered]], ...] = (("base", base), ("tuned", tuned))
    return tuple(_record(name, one, side) for side, run in sides for one in run)


def _prompts(run: Sequence[Answered], side: str) -> Mapping[str, str]:
    found = {one.item: one.prompt for one in run}
    if len(found) < len(run):
        raise SuiteError(f"the {side} run has two answers to one item")
    return found


def _record(name: str, one: Answered, side: Side) -> Record:
    digest = hashlib.sha256(one.prompt.encode()).hexdigest()
    cluster = one.cluster or one.item
    return Record(name, one.item, cluster, digest, side, output=one.output, score=one.score)


def score_in(value: object, where: str, lower_is_better: bool = False) -> float | None:
    """A harness's number as a score from 0 to 1, turned round where lower is better.

    None and NaN are no score. Raises SuiteError for what is no number, or not from 0 to 1.
    """
    if value is None:
        return None
    if not isinstance(value, bool | int | float):
        raise SuiteError(f"{where}: the metric is no number; name another with --metric")
    if math.isnan(value):
        return None
    if not 0 <= value <= 1:
        raise SuiteError(f"{where}: the metric is not from 0 to 1; name another with --metric")
    return 1.0 - float(value) if lower_is_better else float(value)


def recorded(gate: str, margin: float, records: Sequence[Record]) -> Found:
    """Evidence of a gate (`family:set`) from records that another harness has graded."""
    found = contrast(records)
    base, tuned = found.means()
    told: dict[str, float] = {"n": found.n, "missing": found.missing}
    if found.n:
        told |= {"base": round(base, 6), "tuned": round(tuned, 6)}
    limit = (
        f"{gate}: asked and graded by another harness; burnish saw only that both models were "
        "asked the same"
    )
    return Found((gate_input(gate, "noninferior", margin, found),), tuple(records), told, (limit,))


def lines_of(records: Sequence[Record]) -> bytes:
    """Records as JSON Lines, the same bytes for the same records."""
    kept = ("item", "cluster", "prompt_sha256", "model", "output", "score")
    told = ({key: record.as_json()[key] for key in kept} for record in records)
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told).encode()


def records_of(source: Source, name: str) -> tuple[Record, ...]:
    """The records of a file that `lines_of` made, as those of the set `name`.

    Raises SuiteError naming row and field for anything else, and for an empty file.
    """
    records = tuple(_read(row, name) for row in json_lines(source))
    if not records:
        raise SuiteError(f"{source.name}: holds no record")
    try:
        contrast(records)
    except ValueError as wrong:
        raise SuiteError(f"{source.name}: {wrong}") from None
    return records


def _read(row: Row, name: str) -> Record:
    digest = row.text("prompt_sha256")
    if len(digest) != 64 or not set(digest) <= HEX:
        raise SuiteError(f"{row.where}: prompt_sha256 must be 64 hexadecimal digits")
    side = SIDES[row.one_of("model", {side: side for side in SIDES})]
    output = row.fields.get("output")
    if output is not None and not isinstance(output, str):
        raise SuiteError(f"{row.where}: output must be a text or null")
    score = score_in(row.fields.get("score"), row.where)
    return Record(
        name, row.text("item"), row.text("cluster"), digest, side, output=output, score=score
    )
