"""A masked corpus with its history, its reports as a test wants them, and people who sign."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from burnish.core.artifact import Collected, Masked, Shard
from burnish.core.review import review_subjects
from burnish.core.run import Run
from burnish.core.shards import ShardResult
from burnish.core.stage import Work, stage
from burnish.evidence import dsse
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.signoff import CONFIRMATIONS, Judgement, People, Person, privacy_review

PURPOSE = "support"
ROWS = 10


@dataclass(frozen=True)
class Reports:
    """What the masking left: reports (the canary's as text) and quarantined rows."""

    quarantined: int = 0
    scanned: int = ROWS
    canary: str | None = field(default_factory=lambda: canaries(EMAIL=1.0, IP=1.0))
    residual: bool = True


def canaries(**recalls: float) -> str:
    found = [
        {"category": c, "planted": 10, "found": 10 * r, "recall": r, "lower": 0.0, "upper": 1.0}
        for c, r in recalls.items()
    ]
    return json.dumps({"categories": found})


@stage(version=1)
def gather(work: Work, source: Mapping[str, Any]) -> Collected:
    shard = Shard(work.store.put_table(pa.table({"id": list(range(ROWS))})), ROWS)
    work.added["records read"] = ROWS
    return work.save(Collected, [ShardResult((shard,))], facts={"sources": [dict(source)]})


@stage(version=1)
def hide(work: Work, corpus: Collected, reports: Reports) -> Masked:
    table = next(work.read(corpus))
    kept = table.slice(reports.quarantined)
    shard = Shard(work.store.put_table(kept), kept.num_rows)
    work.dropped["residual_personal_data"] = reports.quarantined
    files = {}
    if reports.canary is not None:
        files["canary.json"] = work.store.put_bytes(reports.canary.encode())
    if reports.residual:
        files["residual.json"] = work.store.put_bytes(_residual(reports))
    return work.save(Masked, [ShardResult((shard,))], files=files)


def _residual(reports: Reports) -> bytes:
    found = reports.quarantined
    body = {"documents": reports.scanned, "documents_with_findings": found}
    return json.dumps({**body, "by_category": {"EMAIL": found} if found else {}}).encode()


def source(**changes: Any) -> dict[str, Any]:
    basis = {"reference": "C-1", "purposes": [PURPOSE], "expires": "2027-01-01"}
    processor = {"name": "Cloud Co", "agreement": "DPA-7", "expires": "2027-01-01"}
    return {"name": "tickets", "basis": basis, "processors": [processor], **changes}


class Office:
    """Dana prepares; Olga and Otto are privacy officers, Alan an approver; Eve is a stranger."""

    def __init__(self, folder: Path) -> None:
        names = ("dana", "olga", "otto", "alan", "eve")
        self.keys: dict[str, Signer] = {n: new_key(folder / n, "ed25519") for n in names}
        officer = ("privacy_officer",)
        roles = {"dana": officer, "olga": officer, "otto": officer, "alan": ("approver",)}
        self.people: People = tuple(
            Person(name, its, self.keys[name].verifier.line) for name, its in roles.items()
        )

    def masked(self, run: Run, reports: Reports | None = None, **changes: Any) -> Masked:
        return run.do(hide, run.do(gather, source(**changes)), reports or Reports())

    def decide(self, run: Run, corpus: Masked, person: str, **changes: Any) -> None:
        """Hand in this person's signed decision on the corpus as it is now."""
        subjects = review_subjects(run._look(), corpus, PURPOSE)
        said = {"decision": "approve", "role": "privacy_officer", "at": "2026-11-20T09:00:00Z"}
        judgement = Judgement(person=person, **{**said, **changes})
        statement = privacy_review(subjects, judgement, dict.fromkeys(CONFIRMATIONS, True))
        envelope = dsse.sign(statement, self.keys[person])
        run.ledger.append("decided", {"subject": corpus.digest, "envelope": envelope})


class Lab:
    """The reports and sources that the office judges."""

    Reports = Reports
    canaries = staticmethod(canaries)
    expired = date(2026, 11, 20).isoformat()


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def run(bench: Any, office: Office) -> Run:
    bench.people = office.people
    made: Run = bench.run()
    return made
