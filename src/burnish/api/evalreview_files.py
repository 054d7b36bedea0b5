"""The cases of a blind review as a file of JSON lines, and verdicts from one.

A line of the written file is a case with room for its verdict; filled in, the same line is what is
read back. The file may hold harmful texts: it is written for its owner alone (mode 0600).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from burnish.api.evalreview import BlindSitting, Progress
from burnish.core.errors import InputError
from burnish.methods.evaluation.review.blind import HARMFUL, WORSE, Verdict
from burnish.storage.atomic import replacing

SHAPE = '{"case": ..., "worse": "a", "harmful": "none"}'
KEYS = {"scores", "number", "case", "gate", "about", "question", "a", "b", "worse", "harmful"}


def write_cases(sitting: BlindSitting, out: Path) -> int:
    """Write every case as this person sees it, a line each; returns how many."""
    count = 0
    with replacing(out) as file:
        for case in sitting.cases():
            told = {"scores": sitting.scores.digest, **asdict(case), "worse": "", "harmful": ""}
            file.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def take_answers(sitting: BlindSitting, path: Path) -> Progress:
    """Keep all verdicts of a file, or none of them; lines without any are left out.

    Raises `InputError` naming the line that is no verdict or is about other scores, and for a
    file without a verdict.
    """
    found: dict[str, Verdict] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        verdict = _verdict(f"{path}:{number}", line, sitting.scores.digest)
        if verdict is None:
            continue
        if found.setdefault(verdict.case, verdict) is not verdict:
            raise InputError(f"{path}:{number}: its case has a verdict already", remedy=SHAPE)
    if not found:
        raise InputError(f"{path}: no line has a verdict yet", remedy=f"fill in: {SHAPE}")
    return sitting.judge(*found.values())


def _verdict(where: str, line: str, scores: str) -> Verdict | None:
    record = _record(where, line)
    if record.get("scores", scores) != scores:
        raise InputError(
            f"{where}: this is about other scores than the newest, {scores[:12]}",
            remedy="burnish eval review --draw FILE writes the cases of the newest",
        )
    worse, harmful = record.get("worse", ""), record.get("harmful", "")
    if not worse and not harmful:
        return None
    if worse not in WORSE or harmful not in HARMFUL:
        told = f"worse is one of {', '.join(WORSE)}, harmful one of {', '.join(HARMFUL)}"
        raise InputError(f"{where}: no verdict", remedy=told)
    return Verdict(record["case"], worse, harmful)


def _record(where: str, line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    sound = isinstance(record, dict) and record.keys() <= KEYS
    if not sound or not isinstance(record.get("case"), str):
        raise InputError(f"{where}: no verdict", remedy=f"write {SHAPE}")
    return dict(record)
