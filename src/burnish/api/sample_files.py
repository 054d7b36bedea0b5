"""The reviewer's sample as a file of JSON lines, and verdicts from one: for scripts and forms.

A line of the written file is a document with room for its verdict; filled in, the same line is what
is read back. The file holds masked text in the clear, in which a miss may stand: it is written for
its owner alone (mode 0600).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from burnish.api.sample_rows import Document
from burnish.api.sampling import Progress, Sitting, clear_sample_of, sample_of
from burnish.api.verdicts import Missed, Verdict
from burnish.core.errors import InputError
from burnish.storage.atomic import replacing

SAID = ("right", "missed", "over-masked", "skipped")
KEYS = {"dataset", "id", "verdict", "missed", "over", "clear"}
TOLD = {"number", "source", "stratum", "meaning", "probability", "withheld", "parts"}
SHAPE = (
    '{"dataset": ..., "id": ..., "verdict": "missed", "missed": [{"text": ..., "category": ...}]}'
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many documents are drawn (None: as many as the plan asks for), and in the clear or not.

    `key` says who looks, where that matters.
    """

    size: int | None = None
    clear: bool = False
    key: Path | None = None


def write_sample(plan_file: Path, out: Path, wanted: Wanted | None = None) -> int:
    """Write the documents of the sample, a line each; returns how many.

    Raises `NotAllowed` for who asks for the clear text and may not see it.
    """
    wanted = wanted or Wanted()
    if wanted.clear:
        documents, dataset = clear_sample_of(plan_file, key=wanted.key, size=wanted.size)
    else:
        documents, dataset = sample_of(plan_file, size=wanted.size)
    count = 0
    with replacing(out) as file:
        for document in documents:
            file.write(_line(document, dataset))
            count += 1
    return count


def take_verdicts(sitting: Sitting, path: Path) -> Progress:
    """Keep all verdicts of a file for a reviewer, or none of them.

    Raises `InputError` naming the line that is no verdict, is about another dataset or about a
    document that was not drawn.
    """
    verdicts = read_verdicts(path, sitting.dataset.digest)
    if not verdicts:
        raise InputError(
            f"{path}: no line has a verdict yet", remedy=f"fill in 'verdict': {', '.join(SAID)}"
        )
    return sitting.judge(*verdicts)


def read_verdicts(path: Path, dataset: str) -> list[Verdict]:
    """The verdicts of a file, in order; lines whose verdict is still empty are left out.

    Raises `InputError` naming the line that is no verdict, or is about another dataset.
    """
    found: list[Verdict] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and (verdict := _verdict(f"{path}:{number}", line, dataset)):
            found.append(verdict)
    if len({one.id for one in found}) < len(found):
        raise InputError(f"{path}: a document has two verdicts", remedy="leave one line for each")
    return found


def _line(document: Document, dataset: str) -> bytes:
    told: dict[str, Any] = {"dataset": dataset, **asdict(document)}
    room: dict[str, Any] = {"verdict": "", "missed": [], "over": []}
    return json.dumps({**told, **room}, ensure_ascii=False).encode() + b"\n"


def _verdict(where: str, line: str, dataset: str) -> Verdict | None:
    record = _record(where, line)
    if record.get("dataset") != dataset:
        raise InputError(
            f"{where}: this is about another dataset than the newest, {dataset[:12]}",
            remedy="burnish review --draw FILE writes the documents of the newest",
        )
    said = record.get("verdict", "")
    if not said and not record.get("missed") and not record.get("over"):
        return None
    try:
        verdict = _made(record)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _malformed(where) from None
    if said != _kind(verdict):
        raise InputError(
            f"{where}: the verdict does not fit what is listed as missed and over-masked",
            remedy="'missed' lists what was missed, 'over-masked' the masks, 'right' neither",
        )
    return verdict


def _record(where: str, line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise _malformed(where)
    if unknown := sorted(record.keys() - KEYS - TOLD):
        raise InputError(f"{where}: unknown key '{unknown[0]}'", remedy=f"write {SHAPE}")
    return record


def _made(record: Mapping[str, Any]) -> Verdict:
    missed = tuple(_missed(one) for one in record.get("missed", ()))
    over = tuple(_whole(number) for number in record.get("over", ()))
    if record["verdict"] not in SAID:
        raise ValueError("no verdict")
    skipped, clear = record["verdict"] == "skipped", record.get("clear", False)
    return Verdict(record["id"], missed, over, skipped, clear is True)


def _missed(record: Mapping[str, Any]) -> Missed:
    found = Missed(**record)
    texts = (found.category, found.text, found.field)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("texts are wanted")
    return Missed(*texts, *map(_whole, (found.index, found.start, found.end)))


def _whole(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError("a whole number is wanted")
    return number


def _kind(verdict: Verdict) -> str:
    if verdict.skipped:
        return "skipped"
    if verdict.missed:
        return "missed"
    return "over-masked" if verdict.over else "right"


def _malformed(where: str) -> InputError:
    return InputError(f"{where}: no verdict", remedy=f"write {SHAPE}, or one of {', '.join(SAID)}")
