"""A register of a model called desk, with the people who may decide about it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from burnish.evidence import dsse
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.ledger import MemoryLedger, SqlLedger
from burnish.evidence.signoff import Judgement, People, Person, decision_statement
from burnish.registry.register import Register, approval_subjects
from burnish.registry.versions import State, Version


class Desk:
    """The register with short ways to fill it; `d` names an artefact by a word."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.ledger = ledger
        self.register = Register(ledger)
        self.base = {"model": self.d("llama"), "tokenizer": self.d("t"), "prompt": self.d("p")}

    @staticmethod
    def d(name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()

    def lineage(
        self, bundle: str, *, model: str = "", source: str = "tickets"
    ) -> dict[str, dict[str, Any]]:
        """Source to bundle in five artefacts, the scores made from the model as well."""
        masked, scores = self.d(f"masked {source}"), self.d(f"scores {bundle}")
        weights = self.d(model or f"model of {bundle}")
        return {
            self.d(source): {"kind": "Source", "name": source, "parents": []},
            masked: {"kind": "Masked", "name": "mask", "parents": [self.d(source)]},
            weights: {"kind": "Model", "name": "train", "parents": [masked]},
            scores: {"kind": "Scores", "name": "evaluate", "parents": [weights, masked]},
            self.d(bundle): {"kind": "Bundle", "name": "bundle", "parents": [weights, scores]},
        }

    def add(self, bundle: str, *, name: str = "desk", **how: str) -> Version:
        tree = self.lineage(bundle, **how)
        return self.register.register(name, self.d(bundle), tree, self.base, "rita")

    def evaluated(self, bundle: str = "b1") -> Version:
        return self.register.advance(self.add(bundle), State.EVALUATED, "rita")


class Court:
    """The people who decide, and their signatures. Rita registers; Eve is listed nowhere."""

    def __init__(self, folder: Path) -> None:
        names = ("rita", "alan", "gina", "eve")
        self.keys: dict[str, Signer] = {n: new_key(folder / n, "ed25519") for n in names}
        roles = {
            "rita": ("ml_engineer", "approver", "ai_governance"),
            "alan": ("approver",),
            "gina": ("ai_governance",),
        }
        self.people: People = tuple(
            Person(name, its, self.keys[name].verifier.line) for name, its in roles.items()
        )

    def decide(self, person: str, subjects: Mapping[str, str], **changes: Any) -> dict[str, Any]:
        kind = changes.pop("kind", "release-approval")
        at = "2026-11-21T12:00:00Z"
        said: dict[str, Any] = {"decision": "approve", "role": "approver", "at": at, **changes}
        statement = decision_statement(kind, subjects, Judgement(person=person, **said))
        return dsse.sign(statement, self.keys[person])

    def approval(self, version: Version, **changes: Any) -> dict[str, Any]:
        return self.decide("alan", approval_subjects(version), **changes)

    def lift(self, register: Register, version: Version) -> dict[str, Any]:
        subjects = register.lift_subjects(version)
        return self.decide("gina", subjects, role="ai_governance", kind="quarantine-lift")

    def released(self, desk: Desk) -> Version:
        version = desk.evaluated()
        return desk.register.promote(version, self.approval(version), self.people)


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryLedger())


@pytest.fixture
def court(tmp_path: Path) -> Court:
    return Court(tmp_path)
