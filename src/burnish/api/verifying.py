"""What an auditor can check with a bundle and a public key, and nothing else.

What this does not show: that the signers were who the plan says (compare the keys), and that
nothing better was withheld (compare the checkpoint with an earlier one).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.core.release_review import KIND as RELEASE
from burnish.core.release_review import (
    RELEASED,
    RESULTS,
    lacking_roles,
    release_subjects,
    undecided,
)
from burnish.core.review import digest_of
from burnish.core.sampled import KIND, ROLE
from burnish.evidence.checkpoint import Checkpoint, open_checkpoint
from burnish.evidence.keys import load_public
from burnish.evidence.oms import verify_folder
from burnish.evidence.signoff import PRIVACY_REVIEW, Decision, Person, check

SIGNATURE, CHECKPOINT = "bundle.sig", "ledger/checkpoint.txt"
PEOPLE = "privacy/people.json"
SIGN_OFF = "privacy/sign-off.dsse.json"
SAMPLE = "privacy/sample.json"
MANIFEST, PLAN = "manifest.json", "config/plan.json"
SCORED = f"evaluation/{RESULTS}"
SOURCES, STEPS = "data/collection-manifest.json", "data/steps.json"


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle that is what was signed."""

    files: tuple[str, ...]
    keyid: str
    bundle: str
    approved_by: str
    entries: int


def verify(bundle: Path, key: Path) -> Verified:
    """Check signature, every file, the digests that people signed and the ledger's checkpoint.

    Raises `IntegrityBroken` naming every difference, `InputError` when there is no bundle.
    """
    if not (bundle / SIGNATURE).is_file():
        raise InputError(
            f"there is no signed bundle at {bundle}",
            remedy=f"give the folder that holds {SIGNATURE}",
        )
    files = verify_folder(bundle, bundle / SIGNATURE, key)
    try:
        _same_as_manifest(bundle)
        person = _sign_off(bundle)
        _sample(bundle)
        _release(bundle)
        head = _checkpoint(bundle)
        digest = _sha256(bundle / MANIFEST)
    except (KeyError, TypeError, ValueError, AttributeError, FileNotFoundError) as malformed:
        raise IntegrityBroken(
            f"{bundle} is signed but no whole bundle: {type(malformed).__name__} in its evidence",
            remedy="ask whoever released it for a bundle that burnish has written",
        ) from malformed
    return Verified(tuple(files), load_public(key).keyid, digest, person, head.size)


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
    files: dict[str, str] = _json(bundle / MANIFEST)["files"]
    for name, digest in files.items():
        if _sha256(bundle / name) != digest:
            raise _broken(f"{name} is not the file that the manifest names")


def _sign_off(bundle: Path) -> str:
    """The officer who approved exactly what lies here: data, reports, legal bases and purpose."""
    try:
        found = check(
            _json(bundle / SIGN_OFF),
            _people(bundle),
            kind=PRIVACY_REVIEW,
            role="privacy_officer",
            subjects=_reviewed(bundle),
        )
    except NotAllowed as wrong:
        raise _broken(f"the privacy review does not count here: {wrong.problem}") from wrong
    if not found.approves:
        raise _broken(f"{found.person}'s privacy review is a rejection")
    return found.person


def _sample(bundle: Path) -> None:
    """Each reviewer's sample in the bundle was signed, of this dataset, by a privacy officer.

    Where one was signed, what it says is what the bundle says; of several the bundle tells what
    they say together, which only their verdicts in the store can show.
    """
    if not (bundle / SAMPLE).is_file():
        return
    told, dataset = _json(bundle / SAMPLE), _masked(bundle)
    signed = [_signed_sample(bundle, one, dataset) for one in told["signatures"]]
    if not signed:
        raise _broken(f"{SAMPLE} tells of a sample that nobody signed")
    facts = {name: value for name, value in signed[0].items() if name != "seed"}
    if len(signed) == 1 and facts != told["standing"] and not told["not_counted"]:
        raise _broken(f"{SAMPLE} says something else than its reviewer signed")


def _signed_sample(bundle: Path, one: Mapping[str, Any], dataset: str) -> Mapping[str, Any]:
    """The facts that a reviewer signed."""
    subjects = {"dataset": dataset, "verdicts": str(one["verdicts"])}
    people = _people(bundle)
    try:
        found = check(one["envelope"], people, kind=KIND, role=ROLE, subjects=subjects)
    except NotAllowed as wrong:
        raise _broken(f"a reviewer's sample does not count here: {wrong.problem}") from wrong
    facts: Mapping[str, Any] = found.statement["predicate"]["facts"]
    return facts


def _release(bundle: Path) -> None:
    """No gate of the results regressed or lacks evidence, and who released what is undecided.

    The people must have signed just these results, in all roles that the plan asks for.
    """
    gates = _json(bundle / SCORED)["gates"]
    against = [gate["name"] for gate in gates if gate["verdict"] not in ("pass", "inconclusive")]
    if against or not gates:
        raise _broken(f"the results do not speak for a release: {', '.join(against) or 'no gate'}")
    if not (open_gates := undecided(gates)):
        return
    if not (bundle / RELEASED).is_file():
        raise _broken(f"nobody released what was undecided: {', '.join(open_gates)}")
    rule = _json(bundle / PLAN)["release"]
    results = _sha256(bundle / SCORED)
    subjects = release_subjects(_digest_of_step(bundle, "evaluate"), results, open_gates, rule)
    told = _json(bundle / RELEASED)["signatures"]
    _enough([_signed_release(bundle, one, subjects) for one in told], rule["reviewers"])


def _enough(signed: Sequence[Decision], roles: Sequence[str]) -> None:
    """Raise where a person rejected, signed twice, or a role that the plan asks for is absent."""
    if rejected := [one.person for one in signed if not one.approves]:
        raise _broken(f"the release was rejected by {', '.join(rejected)}")
    if len({one.person for one in signed}) < len(signed):
        raise _broken("one person signed the release twice")
    lacking = lacking_roles(roles, [one.role for one in signed])
    if lacking or not signed:
        raise _broken(f"the release lacks the signature of: {', '.join(lacking) or 'anybody'}")


def _signed_release(bundle: Path, one: Mapping[str, Any], subjects: Mapping[str, str]) -> Decision:
    """A decision on the release, in the role in which it was signed."""
    role, people = str(one["role"]), _people(bundle)
    try:
        return check(one["envelope"], people, kind=RELEASE, role=role, subjects=subjects)
    except NotAllowed as wrong:
        raise _broken(f"a release decision does not count here: {wrong.problem}") from wrong


def _reviewed(bundle: Path) -> dict[str, str]:
    """The subjects of the review, computed again from the files of the bundle."""
    beside = {bundle / SIGN_OFF, bundle / PEOPLE, bundle / SAMPLE}
    return {
        "dataset": _masked(bundle),
        **{
            path.name: _sha256(path)
            for path in (bundle / "privacy").iterdir()
            if path not in beside
        },
        "legal-bases": digest_of(_json(bundle / SOURCES)),
        "purpose": digest_of({"purpose": _json(bundle / PLAN)["purpose"]}),
    }


def _masked(bundle: Path) -> str:
    """The digest of the masked data, as the steps tell it."""
    return _digest_of_step(bundle, "mask")


def _digest_of_step(bundle: Path, stage: str) -> str:
    return next((s["digest"] for s in _json(bundle / STEPS) if s["stage"] == stage), "")


def _checkpoint(bundle: Path) -> Checkpoint:
    """The ledger's head as a person of the bundled plan signed it."""
    note = (bundle / CHECKPOINT).read_text(encoding="utf-8")
    for person in _people(bundle):
        verifier = load_public(person.key)
        if verifier.kind == "ed25519":
            with suppress(IntegrityBroken):
                return open_checkpoint(note, verifier)
    raise _broken(f"{CHECKPOINT} is not signed by anyone whom the bundled plan lists")


def _people(bundle: Path) -> tuple[Person, ...]:
    """The people of the bundled plan with their roles, and their keys from beside the review."""
    keys: dict[str, str] = _json(bundle / PEOPLE)
    listed = _json(bundle / PLAN)["people"]
    return tuple(Person(p["name"], tuple(p["roles"]), keys[p["name"]]) for p in listed)


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _broken(what: str) -> IntegrityBroken:
    return IntegrityBroken(
        what, remedy="take the bundle again from where it was released; do not use this one"
    )
