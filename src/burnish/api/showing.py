"""Where a project stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.core.artifact import Artifact
from burnish.core.errors import InputError
from burnish.core.ports import LedgerEntry
from burnish.engines.supervision.crew import OVER
from burnish.engines.supervision.journal import read
from burnish.wiring import Project, open_project
from burnish.wiring_crew import JOURNAL


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
    attempts: tuple[Mapping[str, Any], ...] = ()
    training: Mapping[str, Any] | None = None
    """How a training stands that has not ended: its step, checkpoint and last heartbeat."""


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
        attempts=tuple(e.facts for e in entries if e.event == "attempted"),
        training=_training(project) if ended is None else None,
    )


def _training(project: Project) -> Mapping[str, Any] | None:
    """The journal of a training that is under way, or that was killed with its run."""
    told = read(project.state / JOURNAL)
    return told if told and told["doing"] not in OVER else None


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
