"""What people found in samples, kept for good: cases that the next detector is held against.

A case is a document in which something was missed or masked in vain, as it was before masking, with
the places. Cases lie sealed in the store and leave it only when somebody who may see personal data
asks for them in the clear. A case that was erased is counted and no longer checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from burnish.api.officers import refuse_unseeing
from burnish.api.sampling import as_json
from burnish.core.rows import CORPUS
from burnish.core.sampled import EVENT
from burnish.intake.masking import Masking, detector_for
from burnish.stages.mask import mask_shard
from burnish.storage.atomic import replacing
from burnish.wiring import Project, open_project

Row = Mapping[str, Any]
Kind = Literal["missed", "over-masked"]
KINDS: tuple[tuple[Kind, str], ...] = (("missed", "missed"), ("over-masked", "over"))
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A place that a person marked: what the detector must mask there, or must leave alone.

    `start` and `end` are -1 where only the text itself is known.
    """

    case: str
    document: str
    source: str
    kind: Kind
    field: str
    index: int
    start: int
    end: int
    category: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How the plan's detector does on all cases: which still fail.

    `erased` counts cases that are no longer there, `unplaced` masks in vain that nobody can hold it
    against, because their place before masking is not known (in metadata).
    """

    detector: str
    cases: int
    failing: tuple[Case, ...]
    erased: int
    unplaced: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """A sealed case: its digest, the row before masking, and the marked places."""

    digest: str
    row: Row
    places: tuple[tuple[Kind, Row], ...]

    def case(self, kind: Kind, place: Row) -> Case:
        """A marked place, without its text."""
        named = {name: place[name] for name in ("field", "index", "start", "end", "category")}
        row = self.row
        return Case(self.digest, str(row["id"]), str(row["source"]), kind, **named)


def check_cases(plan_file: Path) -> Checked:
    """Mask every case anew by the plan as it is now, and see what still goes wrong.

    What was missed must be covered whole, whatever the category; what was masked in vain must not
    be touched.
    """
    project = open_project(plan_file)
    kept, erased = _cases(project)
    failing: list[Case] = []
    for start in range(0, len(kept), AT_ONCE):
        failing += _failing(project, kept[start : start + AT_ONCE])
    places = [(kind, place) for one in kept for kind, place in one.places]
    unplaced = sum(not _placed(place) and kind != "missed" for kind, place in places)
    version = detector_for(project.plan.mask, project.root).version
    return Checked(version, len(places) - unplaced, tuple(failing), erased, unplaced)


def write_cases(plan_file: Path, out: Path, *, clear: bool = False, key: Path | None = None) -> int:
    """Write all cases, a line each; returns how many. In the clear with text and whole document.

    Without the clear text a line says where a mistake was, not what. Raises `NotAllowed` for who
    may not see personal data in the clear; the ledger says who took it.
    """
    project = open_project(plan_file)
    kept, _ = _cases(project)
    if clear:
        _, person = project.signer(key)
        refuse_unseeing(person)
        facts = {"artifact": "", "view": "cases", "dropped": False, "by": person.name}
        project.ledger.append("shown", {**facts, "start": 1, "count": len(kept)})
    count = 0
    with replacing(out) as file:
        for one in kept:
            for kind, place in one.places:
                file.write(_line(one, kind, place, clear) + b"\n")
                count += 1
    return count


def cases_of(project: Project, subject: str) -> list[str]:
    """The digests of the cases that hold rows of a data subject, by the keyed hash of it."""
    return [one.digest for one in _cases(project)[0] if one.row.get("subject") == subject]


def _cases(project: Project) -> tuple[list[_Kept], int]:
    """Every case once, oldest first, and how many are no longer there.

    Of one person the newest verdict on a document counts: a case that its finder has taken back
    is none. Where an erasure took the verdicts, the ledger still names the cases of the others.
    """
    newest: dict[tuple[str, str, str], str] = {}
    for entry in project.ledger.entries(EVENT):
        for name, case in _named(project, entry.facts):
            newest[entry.facts["subject"], entry.facts["person"], name] = case
    digests = list(dict.fromkeys(digest for digest in newest.values() if digest))
    there = [digest for digest in digests if project.store.has(digest)]
    return _unsealed(project, there), len(digests) - len(there)


def _named(project: Project, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The cases of a signed sample by their documents, as far as these are still known."""
    if not project.store.has(str(facts["verdicts"])):
        return [(str(case), str(case)) for case in facts["cases"]]
    body = json.loads(project.store.get_bytes(str(facts["verdicts"])))
    return [(one["id"], one["case"]) for one in body["documents"]]


def _unsealed(project: Project, digests: Sequence[str]) -> list[_Kept]:
    """Cases with the places that no earlier case has marked already."""
    seen: set[tuple[object, ...]] = set()
    kept: list[_Kept] = []
    for digest in digests:
        body = json.loads(project.store.get_bytes(digest))
        places: list[tuple[Kind, Row]] = []
        for kind, name in KINDS:
            for place in body[name]:
                marked = (body["row"]["id"], kind, *sorted(map(str, place.items())))
                if marked not in seen:
                    seen.add(marked)
                    places.append((kind, place))
        kept.append(_Kept(digest, body["row"], tuple(places)))
    return kept


def _failing(project: Project, kept: Sequence[_Kept]) -> Iterator[Case]:
    plan = project.plan.mask.model_copy(update={"style": "token", "surrogates": None})
    digest = detector_for(plan, project.root).digest
    schema = [field.name for field in CORPUS]
    rows = [
        {**{name: one.row.get(name) for name in schema}, "id": str(n)} for n, one in enumerate(kept)
    ]
    table = pa.Table.from_pylist(rows, schema=CORPUS)
    settings = Masking(plan, digest, root=str(project.root))
    masked = mask_shard(table, settings).parts()[""].to_pylist()
    for one, row in zip(kept, masked, strict=True):
        for kind, place in one.places:
            if _goes_wrong(kind, place, row):
                yield one.case(kind, place)


def _goes_wrong(kind: str, place: Row, masked: Row) -> bool:
    """Whether a place is still missed, or still masked in vain."""
    where = (place["field"], place["index"])
    if not _placed(place):
        return kind == "missed" and place["text"] in str(masked[place["field"]] or "")
    spans = [s for s in masked["spans"] if (s["field"], s["index"]) == where]
    covered = {at for s in spans for at in range(s["start"], s["end"])}
    wanted = range(place["start"], place["end"])
    return not covered.issuperset(wanted) if kind == "missed" else bool(covered & set(wanted))


def _placed(place: Row) -> bool:
    return int(place["start"]) >= 0 and place["field"] != "meta"


def _line(one: _Kept, kind: Kind, place: Row, clear: bool) -> bytes:
    case = one.case(kind, place)
    told = {name: getattr(case, name) for name in Case.__dataclass_fields__}
    if clear:
        told |= {"text": place["text"], "row": dict(one.row)}
    return as_json(told)
