"""Whether the store still holds all that the ledger names, and what explains a gap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish.api.removal import Removal
from burnish.core.artifact import Manifest
from burnish.core.errors import IntegrityBroken
from burnish.core.standing import ERASING
from burnish.wiring import Project, open_project


@dataclass(frozen=True, slots=True)
class Stored:
    """A store that holds what the ledger names; `gaps` are explained by these erasures."""

    objects: int
    gaps: int
    erasures: tuple[str, ...]


def verify_store(plan_file: Path) -> Stored:
    """Look whether all that the ledger names is in the store; erasures explain what is not.

    Raises `IntegrityBroken` for what is missing and nobody erased.
    """
    project = open_project(plan_file)
    explained = _erased(project)
    objects, gaps, lost = set[str](), set[str](), set[str]()
    for entry in project.ledger.entries("made"):
        for digest in _named(project, str(entry.facts["digest"])):
            there = project.store.has(digest)
            (objects if there else gaps if digest in explained else lost).add(digest)
    if lost:
        named = ", ".join(sorted(digest[:12] for digest in lost)[:5])
        raise IntegrityBroken(
            f"{len(lost)} objects that the ledger names are not in the store: {named}",
            remedy="restore the store from its backup, or run again: what is missing is made anew",
        )
    erasures = tuple(sorted({explained[digest] for digest in gaps}))
    return Stored(len(objects), len(gaps), erasures)


def _erased(project: Project) -> dict[str, str]:
    """What erasures took out, with the entry that says so."""
    found: dict[str, str] = {}
    for entry in project.ledger.entries(ERASING):
        removal = Removal.from_bytes(project.store.get_bytes(str(entry.facts["removal"])))
        found |= dict.fromkeys(removal.goes, entry.id)
    return found


def _named(project: Project, digest: str) -> list[str]:
    """An artefact's manifest and all that it names."""
    if not project.store.has(digest):
        return [digest]
    manifest = Manifest.from_bytes(project.store.get_bytes(digest))
    shards = (*manifest.shards, *manifest.dropped)
    return [digest, *(shard.digest for shard in shards), *manifest.files.values()]
