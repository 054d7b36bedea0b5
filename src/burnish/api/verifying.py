"""What an auditor can check with a bundle and a public key, and nothing else.

What this does not show: that the signers were who the plan says (compare the keys), and that
nothing better was withheld (compare the checkpoint with an earlier one).
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from burnish.core.errors import InputError, IntegrityBroken
from burnish.evidence import dsse
from burnish.evidence.checkpoint import Checkpoint, open_checkpoint
from burnish.evidence.keys import load_public
from burnish.evidence.oms import verify_folder

SIGNATURE, CHECKPOINT = "bundle.sig", "ledger/checkpoint.txt"
PEOPLE = "privacy/people.json"
SIGN_OFF, REVIEWED = "privacy/sign-off.dsse.json", ("canary.json", "residual.json")


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle that is what was signed."""

    files: tuple[str, ...]
    keyid: str
    bundle: str
    approved_by: str
    entries: int


def verify(bundle: Path, key: Path) -> Verified:
    """Check signature, every file, the sign-off's digests and the ledger's checkpoint.

    Raises `IntegrityBroken` naming every difference, `InputError` when there is no bundle.
    """
    if not (bundle / SIGNATURE).is_file():
        raise InputError(
            f"there is no signed bundle at {bundle}",
            remedy=f"give the folder that holds {SIGNATURE}",
        )
    files = verify_folder(bundle, bundle / SIGNATURE, key)
    verifier = load_public(key)
    _same_as_manifest(bundle)
    person = _sign_off(bundle)
    head = _checkpoint(bundle)
    manifest = (bundle / "manifest.json").read_bytes()
    digest = hashlib.sha256(manifest).hexdigest()
    return Verified(tuple(files), verifier.keyid, digest, person, head.size)


def verify_ledger(plan_file: Path, checkpoint: Path | None = None, key: Path | None = None) -> int:
    """Check every entry of the project's ledger, and that an older checkpoint still fits.

    Returns the number of entries. Raises `IntegrityBroken` naming the first that is wrong.
    """
    from burnish.wiring import open_project  # a bundle is verified without stores and plans

    if (checkpoint is None) != (key is None):
        raise InputError(
            "a checkpoint is checked with the public key of the person who signed it",
            remedy="burnish verify --ledger --checkpoint FILE --key PERSON.pem.pub",
        )
    ledger = open_project(plan_file).ledger
    ledger.verify()
    if checkpoint is not None and key is not None:
        ledger.verify_checkpoint(checkpoint.read_text(encoding="utf-8"), load_public(key))
    return sum(1 for _ in ledger.entries())


def _same_as_manifest(bundle: Path) -> None:
    """Each file the manifest names has the digest it states."""
    files: dict[str, str] = json.loads((bundle / "manifest.json").read_bytes())["files"]
    for name, digest in files.items():
        with (bundle / name).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                raise _broken(f"{name} is not the file that the manifest names")


def _sign_off(bundle: Path) -> str:
    """The person whose privacy review covers the bundled reports; its signature is checked with
    the key that the bundled plan lists for them.
    """
    envelope = json.loads((bundle / SIGN_OFF).read_bytes())
    plan = json.loads((bundle / "config/plan.json").read_bytes())
    people = _people(bundle)
    verifiers = [load_public(key) for key in people.values()]
    statement, keyid = dsse.verify(envelope, verifiers)
    name = str(statement["predicate"]["person"])
    if name not in people or load_public(people[name]).keyid != keyid:
        raise _broken(f"the privacy review of {name} was signed with another person's key")
    signed = {s["name"]: s["digest"]["sha256"] for s in statement["subject"]}
    for report in REVIEWED:
        with (bundle / "privacy" / report).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != signed.get(report):
                raise _broken(f"privacy/{report} is not the one that {name} reviewed")
    if name not in {person["name"] for person in plan["people"]}:
        raise _broken(f"{name}, who signed the privacy review, is not in the bundled plan")
    return name


def _checkpoint(bundle: Path) -> Checkpoint:
    """The ledger's head as a person of the bundled plan signed it."""
    note = (bundle / CHECKPOINT).read_text(encoding="utf-8")
    for verifier in map(load_public, _people(bundle).values()):
        if verifier.kind == "ed25519":
            with suppress(IntegrityBroken):
                return open_checkpoint(note, verifier)
    raise _broken(f"{CHECKPOINT} is not signed by anyone whom the bundled plan lists")


def _people(bundle: Path) -> dict[str, str]:
    people: dict[str, str] = json.loads((bundle / PEOPLE).read_bytes())
    return people


def _broken(what: str) -> IntegrityBroken:
    return IntegrityBroken(
        what, remedy="take the bundle again from where it was released; do not use this one"
    )
