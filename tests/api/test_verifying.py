"""A bundle proves itself only if the officer approved exactly what lies in it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from burnish.api.verifying import SIGNATURE, Verified, verify, verify_ledger
from burnish.core.errors import InputError, IntegrityBroken
from burnish.core.release_review import KIND, release_subjects
from burnish.core.review import digest_of
from burnish.evidence.dsse import sign
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.ledger import MemoryLedger
from burnish.evidence.oms import sign_folder
from burnish.evidence.signoff import CONFIRMATIONS, Judgement, decision_statement, privacy_review

PURPOSE = "answer tickets"
SOURCES = [{"name": "tickets", "basis": {"reference": "LIA-1", "expires": "2036-12-31"}}]
REPORTS = {"canary.json": b"{}", "residual.json": b'{"documents": 3}'}
DATASET = "d" * 64
SCORES = "5" * 64
RULE = {"alpha": 0.05, "reviewers": ["approver", "ai_governance"]}
UNDECIDED = {"gates": [{"name": "safety:jokes", "verdict": "inconclusive"}]}


@dataclass
class Packer:
    """Packs and signs a small bundle; each test changes one thing about it."""

    folder: Path
    keys: dict[str, Signer]
    role: str = "privacy_officer"
    decision: Any = "approve"
    signed_by: str = "priya"
    checkpoint_by: str = "dana"
    files: dict[str, bytes] = field(default_factory=dict)

    def packed(self) -> Path:
        roles = {
            "dana": ["data_engineer"],
            "priya": ["privacy_officer"],
            "omar": ["approver"],
            "gita": ["ai_governance"],
        }
        bundled = {
            "config/plan.json": {
                "purpose": PURPOSE,
                "people": [{"name": n, "roles": r} for n, r in roles.items()],
                "release": RULE,
            },
            "evaluation/results.json": {"gates": [{"name": "domain", "verdict": "pass"}]},
            "data/collection-manifest.json": SOURCES,
            "data/steps.json": [
                {"stage": "mask", "digest": DATASET},
                {"stage": "evaluate", "digest": SCORES},
            ],
            "privacy/people.json": {name: self.keys[name].public for name in roles},
            "privacy/sign-off.dsse.json": self._review(),
        }
        files = {name: json.dumps(value).encode() for name, value in bundled.items()}
        files |= {f"privacy/{name}": data for name, data in REPORTS.items()}
        files |= self.files
        named = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        files["manifest.json"] = json.dumps({"files": named}).encode()
        files["ledger/checkpoint.txt"] = self._checkpoint().encode()
        for name, data in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(data)
        sign_folder(self.folder, self.keys["release"], self.folder / SIGNATURE)
        return self.folder

    def verified(self) -> Verified:
        return verify(self.packed(), self.folder.parent / "release.pem.pub")

    def _review(self) -> dict[str, Any]:
        subjects = {
            "dataset": DATASET,
            **{name: hashlib.sha256(data).hexdigest() for name, data in REPORTS.items()},
            "legal-bases": digest_of(SOURCES),
            "purpose": digest_of({"purpose": PURPOSE}),
        }
        judgement = Judgement(
            decision=self.decision,
            person="priya",
            role=self.role,
            at="2026-02-01T09:00:00Z",
            remediation="mask the names" if self.decision == "reject" else "",
        )
        confirmed = dict.fromkeys(CONFIRMATIONS, True)
        return sign(privacy_review(subjects, judgement, confirmed), self.keys[self.signed_by])

    def _checkpoint(self) -> str:
        ledger = MemoryLedger()
        ledger.append("started", {"run": "r"})
        return ledger.checkpoint(self.keys[self.checkpoint_by])


NAMES = ("dana", "priya", "omar", "gita", "stranger")


@pytest.fixture
def packer(tmp_path: Path) -> Packer:
    kinds: dict[str, Any] = dict.fromkeys(NAMES, "ed25519")
    kinds["release"] = "p256"
    keys = {name: new_key(tmp_path / f"{name}.pem", kind) for name, kind in kinds.items()}
    return Packer(tmp_path / "bundle", keys)


def test_a_whole_bundle_says_who_approved_it(packer: Packer) -> None:
    found = packer.verified()

    assert (found.approved_by, found.entries) == ("priya", 1)
    assert found.keyid == packer.keys["release"].keyid


def changed(name: str, value: object) -> Callable[[Packer], None]:
    return lambda packer: packer.files.update({name: json.dumps(value).encode()})


def given(**fields: str) -> Callable[[Packer], None]:
    return lambda packer: packer.__dict__.update(fields)


PEOPLE = [{"name": "dana", "roles": ["data_engineer"]}]
OFFICER = {"name": "priya", "roles": ["privacy_officer"]}
AUDITOR = {"name": "priya", "roles": ["auditor"]}
RENEWED = [{**SOURCES[0], "basis": {"reference": "LIA-2", "expires": "2099-12-31"}}]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (given(decision="reject"), "is a rejection"),
        (given(role="auditor"), "privacy_officer must decide"),
        (given(signed_by="dana"), "the key is dana's"),
        (given(signed_by="stranger"), "key"),
        (given(checkpoint_by="stranger"), "not signed by anyone"),
        (changed("data/steps.json", [{"stage": "mask", "digest": "e" * 64}]), "dataset"),
        (changed("data/steps.json", []), "dataset"),
        (changed("data/collection-manifest.json", RENEWED), "legal-bases"),
        (changed("config/plan.json", {"purpose": "sell", "people": [*PEOPLE, OFFICER]}), "purpose"),
        (changed("config/plan.json", {"purpose": PURPOSE, "people": [*PEOPLE, AUDITOR]}), "role"),
        (changed("privacy/residual.json", {"documents": 0}), "residual.json"),
        (changed("privacy/more.json", {}), "more.json"),
    ],
)
def test_a_signed_bundle_that_the_officer_did_not_approve_is_refused(
    packer: Packer, fault: Callable[[Packer], None], told: str
) -> None:
    fault(packer)

    with pytest.raises(IntegrityBroken, match=told):
        packer.verified()


def test_a_file_that_the_manifest_names_otherwise_is_refused(packer: Packer) -> None:
    folder = packer.packed()
    (folder / SIGNATURE).unlink()
    (folder / "privacy" / "canary.json").write_bytes(b"[]")
    sign_folder(folder, packer.keys["release"], folder / SIGNATURE)

    with pytest.raises(IntegrityBroken, match=r"privacy/canary\.json"):
        verify(folder, folder.parent / "release.pem.pub")


def test_a_signed_folder_without_its_evidence_is_no_whole_bundle(packer: Packer) -> None:
    bundle = packer.packed()
    (bundle / "privacy/sign-off.dsse.json").write_bytes(b"{}")
    (bundle / "manifest.json").write_bytes(b'{"files": {}}')
    (bundle / SIGNATURE).unlink()
    sign_folder(bundle, packer.keys["release"], bundle / SIGNATURE)

    with pytest.raises(IntegrityBroken):
        verify(bundle, bundle.parent / "release.pem.pub")


def test_a_folder_without_a_signature_is_no_bundle(packer: Packer) -> None:
    (packer.packed() / SIGNATURE).unlink()

    with pytest.raises(InputError, match="no signed bundle"):
        verify(packer.folder, packer.folder.parent / "release.pem.pub")


def test_a_checkpoint_needs_its_signers_key(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="public key"):
        verify_ledger(tmp_path, checkpoint=tmp_path / "checkpoint.txt")


def released(packer: Packer, *signed: tuple[str, str], **changes: Any) -> None:
    """Leave a gate of the packer's bundle undecided, and have it released by these."""
    results = json.dumps(UNDECIDED).encode()
    digest = hashlib.sha256(results).hexdigest()
    words = {"decision": "approve", "at": "2026-02-01T09:00:00Z"} | changes
    subjects = release_subjects(SCORES, words.pop("results", digest), ["safety:jokes"], RULE)
    told = []
    for person, role in signed:
        judgement = Judgement(person=person, role=role, **words)
        statement = decision_statement(KIND, subjects, judgement)
        told.append({"role": role, "envelope": sign(statement, packer.keys[person])})
    packer.files["evaluation/results.json"] = results
    body = {"gates": ["safety:jokes"], "signatures": told}
    packer.files["evaluation/release-review.json"] = json.dumps(body).encode()


BOTH = (("omar", "approver"), ("gita", "ai_governance"))


def test_a_bundle_with_an_undecided_gate_carries_who_released_it(packer: Packer) -> None:
    released(packer, *BOTH)

    assert packer.verified().approved_by == "priya"


@pytest.mark.parametrize(
    ("signed", "changes", "told"),
    [
        (BOTH[:1], {}, "lacks the signature of: ai_governance"),
        ((), {}, "lacks the signature of: approver, ai_governance"),
        ((BOTH[0], BOTH[0]), {}, "one person signed the release twice"),
        ((BOTH[0], ("omar", "ai_governance")), {}, "has not the role"),
        ((BOTH[0], ("stranger", "ai_governance")), {}, "key"),
        (BOTH, {"decision": "reject", "remediation": "more items"}, "rejected by omar, gita"),
        (BOTH, {"results": "e" * 64}, "decided on other bytes"),
    ],
)
def test_a_release_that_too_few_signed_is_refused(
    packer: Packer, signed: tuple[tuple[str, str], ...], changes: dict[str, str], told: str
) -> None:
    released(packer, *signed, **changes)

    with pytest.raises(IntegrityBroken, match=told):
        packer.verified()


def test_an_undecided_gate_that_nobody_released_is_refused(packer: Packer) -> None:
    packer.files["evaluation/results.json"] = json.dumps(UNDECIDED).encode()

    with pytest.raises(IntegrityBroken, match="nobody released what was undecided: safety:jokes"):
        packer.verified()


@pytest.mark.parametrize("verdict", ["regressed", "unjudged", "passed", None])
def test_results_that_forbid_a_release_are_refused_whoever_signed(
    packer: Packer, verdict: str | None
) -> None:
    released(packer, *BOTH)
    gates = [*UNDECIDED["gates"], {"name": "bias:a", "verdict": verdict}]
    packer.files["evaluation/results.json"] = json.dumps({"gates": gates}).encode()

    with pytest.raises(IntegrityBroken, match="do not speak for a release: bias:a"):
        packer.verified()
