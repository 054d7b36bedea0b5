"""A new key for the store: what the old one wrapped is wrapped anew, and nothing else changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish.core.errors import IntegrityBroken, NotAllowed, UsageError
from burnish.storage.atomic import replacing
from burnish.storage.keys import KeyProvider
from burnish.storage.store import SealedStore
from burnish.wiring import SUBJECTS, Project, open_project


@dataclass(frozen=True, slots=True)
class Rotated:
    """Which key opens the store now, and which did before."""

    old: str
    new: str
    reference: str


def rotate(plan_file: Path, to: str, key: Path | None = None) -> Rotated:
    """Seal the store's own key, and the key of the data subjects, under the key `to`.

    `to` is file:PATH (made if there is none) or env:VARIABLE. Every step can be repeated, so a
    rotation that was killed is finished by running it again; the old key is left where it is.
    Raises `NotAllowed` when neither key opens the store, and `UsageError` for one and the same.
    """
    project = open_project(plan_file)
    _, person = project.signer(key)
    with project.locked():
        old, new = project.keys, project.provider(to, new=True)
        if old.kek_id == new.kek_id:
            raise UsageError(
                "the new key is the key that the plan names already",
                remedy="name another one: --to file:keys/store-2.key makes it",
            )
        _turn_store(project.store, old, new)
        _turn_subjects(project, old, new)
        facts = {"from": old.kek_id, "to": new.kek_id, "by": person.name}
        project.ledger.append("rekeyed", facts)
    return Rotated(old.kek_id, new.kek_id, to)


def _turn_store(store: SealedStore, old: KeyProvider, new: KeyProvider) -> None:
    """The store's key under the new one, unless an earlier try did it."""
    try:
        store.rotate(new)
    except NotAllowed:
        if not _opens(store.with_keys(new)):
            raise


def _opens(store: SealedStore) -> bool:
    try:
        store.scratch("rotation")  # opens the store's key, and writes nothing
    except NotAllowed:
        return False
    return True


def _turn_subjects(project: Project, old: KeyProvider, new: KeyProvider) -> None:
    """The key of the data subjects under the new one, unless an earlier try did it."""
    path = project.state / SUBJECTS
    if not path.exists():
        return
    wrapped = path.read_bytes()
    try:
        secret = old.unwrap(wrapped, b"subjects")
    except IntegrityBroken:
        new.unwrap(wrapped, b"subjects")
        return
    with replacing(path) as file:
        file.write(new.wrap(secret, b"subjects"))
