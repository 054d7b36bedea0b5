"""Take one person out of everything that is kept: whole or not at all, and on record.

What goes is found and rewritten first, which changes nothing that is there. Then one signed
entry says what will go, under the keyed hash only: from that moment the person is suppressed at
collection, and nothing is half-done, for whatever comes next finishes it. Only then is anything
dropped, and a last entry says that nothing is left. See docs/decisions for why, and for what of a
store goes as a whole because nothing says whose rows it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.api.locating import Made, Place, descendants, made
from burnish.api.removal import Removal, removal_of
from burnish.api.reporting import PAGE
from burnish.api.sampled_cases import cases_of
from burnish.api.subjects import hashed, indexed, learners, refuse_others
from burnish.core.artifact import SEALED_PARTS, Collected
from burnish.core.errors import IntegrityBroken
from burnish.core.ports import LedgerEntry
from burnish.core.standing import ERASED, ERASING
from burnish.evidence.dsse import sign
from burnish.evidence.keys import Signer
from burnish.evidence.signoff import Judgement, Person, check, decision_statement
from burnish.intake.reading import without_personal_data
from burnish.storage.digest import bytes_digest
from burnish.storage.erasing import ids_in
from burnish.storage.subject_index import SubjectIndex
from burnish.wiring import Project, now, open_project

ERASURE = "erasure"
OFFICER = "privacy_officer"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What went, or would go; `left` names what is beyond burnish, `rerun` what to do next."""

    subject: str
    done: bool
    rows: int
    rewritten: int
    dropped: int
    datasets: tuple[Place, ...]
    models: tuple[Place, ...]
    versions: tuple[str, ...]
    left: tuple[str, ...]
    rerun: str
    entry: str = ""


def erase(
    plan_file: Path,
    identifier: str,
    *,
    because: str,
    dry_run: bool = False,
    key: Path | None = None,
) -> Erasure:
    """Erase a person's rows from the store and keep them out; signed by a privacy officer.

    With `dry_run` nothing is changed. Raises `NotAllowed` for anybody else and `Busy` while a
    run holds the project.
    """
    project = open_project(plan_file)
    signer, person = project.signer(key)
    refuse_others(person, frozenset({OFFICER}), "erase a data subject")
    subject = hashed(project, identifier)
    with project.locked(), indexed(project) as index:
        finish_pending(project, index)
        found = _found(project, index, subject, person, keep=not dry_run)
        if dry_run:
            return _told(found, "")
        entry = _begin(project, found, because, (signer, person))
        finish(project, index, entry)
        return _told(found, entry.id)


def resume(plan_file: Path) -> tuple[str, ...]:
    """Finish erasures that were broken off; returns their entries."""
    project = open_project(plan_file)
    with project.locked(), indexed(project) as index:
        return finish_pending(project, index)


def pending(project: Project) -> list[LedgerEntry]:
    """The erasures that were begun and not finished."""
    done = {str(entry.facts["erasure"]) for entry in project.ledger.entries(ERASED)}
    return [entry for entry in project.ledger.entries(ERASING) if entry.id not in done]


def finish_pending(project: Project, index: SubjectIndex) -> tuple[str, ...]:
    """Finish what was broken off, by what was written down before anything went."""
    waiting = pending(project)
    for entry in waiting:
        finish(project, index, entry)
    return tuple(entry.id for entry in waiting)


def finish(project: Project, index: SubjectIndex, entry: LedgerEntry) -> None:
    """Hold what learnt from the rows, drop what goes, and see that it is gone."""
    facts = entry.facts
    removal = Removal.from_bytes(project.store.get_bytes(str(facts["removal"])))
    why = f"erasure {entry.id[:12]}: holds or learnt from rows of a person who was erased"
    project.register.hold(facts["held"], (str(facts["by"]), why), act=entry.id, alone=True)
    store = project.store
    for digest in removal.goes:
        store.drop(digest)
    for name in (*removal.unfinished(store), *removal.set_aside(store)):
        store.shelf.remove(name)
    for page in _pages(project, facts["artefacts"]):
        page.unlink(missing_ok=True)
    for case in cases_of(project, str(facts["subject"])):
        store.drop(case)
    index.rebuild()
    index.refresh()
    left = [d for d in removal.goes if store.has(d)] + list(index.tables(str(facts["subject"])))
    if left:
        raise IntegrityBroken(
            f"erasure {entry.id[:12]}: {len(left)} objects are still in the store",
            remedy="burnish erase --resume tries again; look at what the store permits",
        )
    counts = {"rows": facts["rows"], "objects": len(removal.goes)}
    project.ledger.append(ERASED, {"erasure": entry.id, "subject": facts["subject"], **counts})


def _pages(project: Project, touched: Mapping[str, str]) -> Iterator[Path]:
    """The pages of runs that show what is gone; burnish report writes them anew."""
    for event in ("made", "reused"):
        for entry in project.ledger.entries(event):
            if entry.facts["digest"] in touched:
                yield project.state / "runs" / str(entry.facts["run"]) / PAGE
    yield project.root / PAGE


@dataclass(frozen=True, slots=True)
class _Found:
    """All that an erasure is about."""

    project: Project
    subject: str
    removal: Removal
    datasets: tuple[Place, ...]
    models: tuple[Place, ...]
    versions: tuple[str, ...]
    sources: tuple[str, ...]


def _found(
    project: Project, index: SubjectIndex, subject: str, person: Person, *, keep: bool
) -> _Found:
    artefacts = made(project)
    tables = index.tables(subject)
    _open_sealed(project, artefacts, tables, person)
    ids = ids_in(project.store, tables, subject)
    removal = removal_of(project, (artefacts, tables, ids, index.without_subjects()), subject, keep)
    places = tuple(removal.places)
    models = descendants(project, learners(project, artefacts, tables))
    known = {place.digest for place in models}
    versions = tuple(str(v) for v in project.register.versions() if v.digest in known)
    return _Found(
        project, subject, removal, places, models, versions, tuple(_sources(artefacts, tables))
    )


def _begin(
    project: Project, found: _Found, because: str, actor: tuple[Signer, Person]
) -> LedgerEntry:
    """The one entry after which the person counts as erased, whatever happens."""
    signer, person = actor
    words = without_personal_data([because])[0]
    removal = project.store.put_bytes(found.removal.to_bytes())
    subjects = {"data-subject": bytes_digest(found.subject.encode()), "removal": removal}
    at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    judgement = Judgement("approve", person.name, OFFICER, at, words)
    envelope = sign(decision_statement(ERASURE, subjects, judgement), signer)
    check(envelope, project.people, kind=ERASURE, role=OFFICER, subjects=subjects)
    facts: Mapping[str, Any] = {
        "subject": found.subject,
        "removal": removal,
        "artefacts": dict(found.removal.artefacts),
        "held": sorted(_held(found)),
        "rows": found.removal.rows,
        "by": person.name,
        "because": words,
        "envelope": envelope,
    }
    return project.ledger.append(ERASING, facts)


def _held(found: _Found) -> set[str]:
    return {place.digest for place in (*found.models, *(p for p in found.datasets if p.rows))}


def _told(found: _Found, entry: str) -> Erasure:
    removal = found.removal
    return Erasure(
        subject=found.subject,
        done=bool(entry),
        rows=removal.rows,
        rewritten=removal.rewritten,
        dropped=len(removal.goes),
        datasets=found.datasets,
        models=found.models,
        versions=found.versions,
        left=tuple(_beyond(found)),
        rerun=_rerun(found),
        entry=entry,
    )


def _beyond(found: _Found) -> Iterator[str]:
    """What burnish cannot reach, by name."""
    project = found.project
    for name in found.sources:
        yield f"source '{name}' itself: delete the person's records there"
    for entry in project.ledger.entries("exported"):
        if set(entry.facts["artifacts"].values()) & removed_from(found.removal):
            yield (
                f"an export of {entry.at[:10]} (manifest {str(entry.facts['manifest'])[:12]}): "
                "its files, DVC's cache and every remote that it was pushed to"
            )
    folder = project.root / project.plan.bundle.folder
    for digest in sorted(removed_from(found.removal)):
        place = folder / f"{project.plan.name}-{digest[:12]}"
        if place.is_dir():
            yield f"the signed bundle {place.relative_to(project.root)}: it holds answers to rows"
    if found.models:
        yield "copies of the models named above, wherever they are served"
    yield "backups and versions of the store that others keep, caches on other machines"


def removed_from(removal: Removal) -> set[str]:
    """The artefacts that something was removed from."""
    return set(removal.artefacts)


def _rerun(found: _Found) -> str:
    """What makes the datasets and the model anew, without the person."""
    if not found.datasets:
        return "nothing to run: no row of the person is kept; they are kept out from now on"
    by = "burnish run, burnish approve --key PRIVACY-OFFICER, burnish run"
    return f"{by}, burnish register" if found.versions else by


def _sources(artefacts: Mapping[str, Made], tables: Mapping[str, int]) -> Iterator[str]:
    """The sources of collections that hold the person's rows."""
    names: set[str] = set()
    for one in artefacts.values():
        if one.kind == Collected.__name__ and one.manifest is not None:
            shards = (*one.manifest.shards, *one.manifest.dropped)
            if any(shard.digest in tables for shard in shards):
                names |= {str(source["name"]) for source in one.manifest.facts["sources"]}
    yield from sorted(names)


def _open_sealed(
    project: Project, artefacts: Mapping[str, Made], tables: Mapping[str, int], person: Person
) -> None:
    """Say in the ledger that the sealed part is opened, before it is."""
    for digest, one in artefacts.items():
        shards = one.manifest.shards if one.manifest is not None else ()
        for part in sorted({s.part for s in shards if s.digest in tables} & SEALED_PARTS):
            facts = {"artifact": digest, "part": part, "stage": "erase", "run": ""}
            project.ledger.append("opened", {**facts, "by": person.name})
