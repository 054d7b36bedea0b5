"""Move what failed runs left into quarantine: nothing half done looks finished, nothing is lost."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.core.failures import Kind
from burnish.methods.models.passing import MEMORY
from burnish.methods.models.passing import sweep as sweep_passing
from burnish.wiring import Project, open_project

FOR_GOOD = frozenset((Kind.DIVERGED, Kind.DATA, Kind.INTEGRITY))
"""Trainings that ended so end so again from the same checkpoint."""
TRAININGS = ("-train", "-control")
ATTEMPTED, SWEPT = "attempted", "swept"


@dataclass(frozen=True, slots=True)
class Swept:
    """What was moved into quarantine, by its name there or its training; what was destroyed.

    `files` are unfinished files of killed writers, `checkpoints` trainings that cannot go on or
    that another has taken the place of, `kept` those that can. `folders` counts folders in the
    clear that killed processes left: they hold weights nobody sealed, and are deleted.
    """

    files: tuple[str, ...]
    checkpoints: tuple[str, ...]
    kept: tuple[str, ...]
    folders: int


def sweep(plan_file: Path, *, key: Path | None = None, trainings: bool = False) -> Swept:
    """Sweep the project's store; with `trainings`, the checkpoint of the newest training too.

    Raises `Busy` while a run holds the project.
    """
    project = open_project(plan_file)
    _, person = project.signer(key)
    with project.locked():
        files = tuple(project.store.sweep())
        works = checkpoints_of(project)
        over = tuple(w for w in works if trainings or _is_over(project, w))
        for work in over:
            _set_aside(project, work)
        gone = {path for place in _places() for path in sweep_passing(place)}
        kept = tuple(work for work in works if work not in over)
        done = Swept(files, over, kept, len(gone))
        facts = {"files": len(files), "checkpoints": list(over), "folders": len(gone)}
        project.ledger.append(SWEPT, {**facts, "by": person.name})
    return done


def checkpoints_of(project: Project) -> list[str]:
    """The trainings that have checkpoints, by the name of their scratch."""
    names = (name.split("/")[1] for name in project.store.shelf.names("scratch"))
    return sorted({name for name in names if name.endswith(TRAININGS)})


def attempts_at(project: Project, run: str = "") -> list[Mapping[str, Any]]:
    """The attempts at trainings, oldest first; those of one run where it is named."""
    entries = project.ledger.entries(ATTEMPTED)
    return [entry.facts for entry in entries if run in ("", entry.facts.get("run"))]


def _is_over(project: Project, work: str) -> bool:
    """Whether a training ended for good, or one of its kind was begun after it."""
    attempts = attempts_at(project)
    own = [facts for facts in attempts if facts.get("scratch") == work]
    if own and str(own[-1]["ended"]) in FOR_GOOD:
        return True
    kind = work.rpartition("-")[2]
    alike = [facts for facts in attempts if str(facts.get("scratch", "")).endswith(f"-{kind}")]
    return bool(alike) and alike[-1]["scratch"] != work


def _set_aside(project: Project, work: str) -> None:
    scratch = project.store.scratch(work)
    for slot in scratch.slots():
        scratch.set_aside(slot)


def _places() -> set[Path]:
    return {place for place in (MEMORY, Path(tempfile.gettempdir())) if place.is_dir()}
