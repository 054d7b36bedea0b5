"""Where a project stands, and what an artefact holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from burnish.core.artifact import SEALED_PARTS, Artifact, Manifest, Masked
from burnish.core.errors import InputError, NotAllowed
from burnish.core.ports import LedgerEntry
from burnish.core.shards import DETAIL, REASON
from burnish.wiring import Project, open_project

TOLD = ["id", "source", REASON, DETAIL]
UNMASKED = ("Collected", "Unique", "Kept")


@dataclass(frozen=True, slots=True)
class Status:
    """The newest run, step by step, and how it stands."""

    run: str
    state: str
    by: str
    at: str
    told: str
    steps: tuple[Mapping[str, Any], ...]
    gates: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """An artefact's manifest with some of its rows."""

    digest: str
    kind: str
    rows: int
    reasons: Mapping[str, int]
    files: Mapping[str, str]
    facts: Mapping[str, Any]
    page: tuple[Mapping[str, Any], ...]


def status(plan_file: Path, run: str | None = None) -> Status:
    """How a run stands, the newest unless named. Raises `InputError` when there is none."""
    project = open_project(plan_file)
    return status_of(project, run or newest_run(project))


def newest_run(project: Project) -> str:
    """The id of the run that was started last."""
    entry = project.ledger.find("started")
    if entry is None:
        raise InputError("nothing has run yet", remedy="burnish run")
    return str(entry.facts["run"])


def status_of(project: Project, run: str) -> Status:
    """The entries of one run, gathered."""
    entries = [e for e in project.ledger.entries() if e.facts.get("run") == run]
    started = next((e for e in entries if e.event == "started"), None)
    if started is None:
        raise InputError(f"there is no run '{run}'", remedy="burnish status names the newest")
    ended = next((e for e in reversed(entries) if e.event in ("stopped", "finished")), None)
    return Status(
        run=run,
        state=_state(ended),
        by=str(started.facts["by"]),
        at=started.at,
        told="" if ended is None else str(ended.facts.get("problem", "")),
        steps=tuple(_step(project, e) for e in entries if e.event in ("made", "reused")),
        gates=tuple({**e.facts, "at": e.at} for e in entries if e.event == "judged"),
    )


def show(
    plan_file: Path, what: str, *, dropped: bool = False, start: int = 0, count: int = 10
) -> Shown:
    """An artefact by digest (a beginning will do) or by the name of the step that made it last.

    Rows before masking and the sealed test part are not shown. Raises `NotAllowed` for rows
    that hold personal data in the clear, `InputError` for what is not known.
    """
    project = open_project(plan_file)
    entry = _find(project, what)
    digest = str(entry.facts["digest"])
    manifest = Manifest.from_bytes(project.store.get_bytes(digest))
    if count and manifest.kind in UNMASKED:
        raise NotAllowed(
            f"the rows of '{entry.facts['stage']}' are not masked yet and are not shown",
            remedy=f"burnish show {what} --count 0 shows counts; burnish show mask shows rows",
        )
    rows = islice(_rows(project, manifest, dropped), start, start + count)
    return Shown(
        digest=digest,
        kind=manifest.kind,
        rows=manifest.rows,
        reasons=manifest.reasons,
        files=manifest.files,
        facts=manifest.facts,
        page=tuple(rows),
    )


def made_by(project: Project, stage: str, run: str) -> Artifact | None:
    """The artefact of a stage in a run."""
    for entry in project.ledger.entries():
        facts = entry.facts
        if entry.event in ("made", "reused") and facts["run"] == run and facts["stage"] == stage:
            return Artifact(str(facts["digest"]), int(facts["rows"]))
    return None


def _state(ended: LedgerEntry | None) -> str:
    if ended is None:
        return "running or killed"
    if ended.event == "finished":
        return "passed"
    codes = {3: "failed", 4: "waiting", 5: "unjudged", 7: "interrupted"}
    return codes.get(int(ended.facts["exit_code"]), "stopped")


def _step(project: Project, entry: LedgerEntry) -> dict[str, Any]:
    """A step as it was made, also when this run found it already made."""
    made = entry
    if entry.event == "reused":
        made = project.ledger.find("made", recipe=entry.facts["recipe"]) or entry
    facts = made.facts
    return {
        "stage": facts["stage"],
        "kind": facts.get("kind", ""),
        "rows": facts["rows"],
        "dropped": facts.get("dropped", {}),
        "added": facts.get("added", {}),
        "seconds": facts.get("took", {}).get("seconds", 0.0),
        "digest": facts["digest"],
        "reused": entry.event == "reused",
    }


def _find(project: Project, what: str) -> LedgerEntry:
    found = None
    for entry in project.ledger.entries("made") if what else ():
        if what == entry.facts["stage"] or str(entry.facts["digest"]).startswith(what):
            found = entry
    if found is None:
        raise InputError(
            f"nothing made here is called '{what}'",
            remedy="name a step (collect ... bundle) or a digest that burnish status shows",
        )
    return found


def _rows(project: Project, manifest: Manifest, dropped: bool) -> Iterator[Mapping[str, Any]]:
    for shard in manifest.dropped if dropped else manifest.shards:
        if shard.part in SEALED_PARTS:
            continue
        table = project.store.get_table(shard.digest)
        # What the second detector found is still in the text of a quarantined row.
        quarantined = dropped and manifest.kind == Masked.__name__
        yield from (table.select(TOLD) if quarantined else table).to_pylist()
