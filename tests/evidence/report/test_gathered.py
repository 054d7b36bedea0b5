"""The page as it is gathered from a project's ledger and store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from burnish.api.reporting import gather, write_report
from burnish.api.starting import key_new
from burnish.core.artifact import Manifest, Masked
from burnish.core.errors import InputError
from burnish.core.review import review_subjects
from burnish.evidence.dsse import sign
from burnish.evidence.keys import Signer
from burnish.evidence.signoff import CONFIRMATIONS, Judgement, privacy_review
from burnish.plan import Person
from burnish.plan_example import EXAMPLE
from burnish.wiring import Project

RUN = "20261121T201918-d7a7f3"
SOURCE = {
    "name": "tickets",
    "owner": "dana",
    "basis": {"kind": "consent", "reference": "C-1", "expires": "2030-01-01", "purposes": ["p"]},
    "records": 9,
}
CANARY = {
    "min_recall": 0.9,
    "categories": [
        {
            "category": "EMAIL",
            "planted": 60,
            "found": 57,
            "recall": 0.95,
            "lower": 0.8608,
            "upper": 0.9896,
        }
    ],
}
RESIDUAL = {"documents": 9, "documents_with_findings": 1, "by_category": {"PERSON": 2}}
RECORD = {
    "settings": {"technique": "full", "epochs": 2, "lora": {"rank": 16}},
    "result": {
        "losses": [3.5, 1.25],
        "validation": [{"step": 0, "loss": 3.75, "tokens": 9}],
        "parameters": 1000,
        "trainable": 250,
        "proof": {"logit_change": 2.5, "weight_change": 0.5},
    },
}
RESULTS = {
    "gates": [
        {"name": "domain", "verdict": "pass", "kind": "improve", "margin": 0.02, "because": "so"}
    ],
    "sets": [
        {
            "set": "domain",
            "gate": "domain",
            "items": 40,
            "base": {"mean": 0.1, "low": 0.05, "high": 0.2},
            "tuned": {"mean": 0.9, "low": 0.8, "high": 0.95},
            "difference": {"mean": 0.8, "low": 0.7, "high": 0.9},
            "loss": {"base": 2.0, "tuned": 0.5},
        }
    ],
    "control": {"mean": 0.2, "low": 0.1, "high": 0.3},
    "probes": {},
}


@pytest.fixture
def signers(tmp_path: Path) -> dict[str, Signer]:
    return {name: key_new(tmp_path, name)[1] for name in ("dana", "petra")}


@pytest.fixture
def project(tmp_path: Path, signers: dict[str, Signer]) -> Project:
    people = (
        Person(name="dana", roles=("data_engineer",), key="keys/dana.pem.pub"),
        Person(name="petra", roles=("privacy_officer",), key="keys/petra.pem.pub"),
    )
    made = Project(tmp_path, EXAMPLE.model_copy(update={"people": people}))
    effective = made.plan.model_dump(mode="json")
    facts = {"run": RUN, "plan": "ab" * 32, "by": "dana", "effective": effective}
    made.ledger.append("started", facts)
    return made


def step(
    project: Project,
    stage: str,
    kind: str,
    *,
    rows: int = 0,
    files: Mapping[str, bytes] | None = None,
    facts: Mapping[str, Any] | None = None,
    **counted: Any,
) -> str:
    """Leave what a step leaves: its files, its manifest, its entry."""
    kept = {name: project.store.put_bytes(data) for name, data in (files or {}).items()}
    gone = counted.get("dropped", {})
    manifest = Manifest(kind, rows, reasons=gone, files=kept, facts=facts or {})
    digest = project.store.put_bytes(manifest.to_bytes())
    entry = {
        "stage": stage,
        "kind": kind,
        "recipe": stage,
        "digest": digest,
        "rows": rows,
        "dropped": gone,
        "added": counted.get("added", {}),
        "inputs": counted.get("inputs", []),
        "by": ["dana"],
        "run": RUN,
        "took": {"seconds": 1.5},
    }
    project.ledger.append("made", entry)
    return digest


def masked(project: Project) -> Masked:
    source = step(
        project, "collect", "Collected", rows=9, added={"read": 9}, facts={"sources": [SOURCE]}
    )
    files = {
        "canary.json": json.dumps(CANARY).encode(),
        "residual.json": json.dumps(RESIDUAL).encode(),
    }
    digest = step(
        project,
        "mask",
        "Masked",
        rows=8,
        files=files,
        facts={"masked": {"EMAIL": 12}},
        dropped={"residual_personal_data": 1},
        inputs=[source],
    )
    return Masked(digest, 8)


def decide(project: Project, data: Masked, name: str, signer: Signer) -> None:
    subjects = review_subjects(project.look(), data, project.plan.purpose)
    judgement = Judgement("approve", name, "privacy_officer", "2026-11-21T20:20:00Z", "all well")
    envelope = sign(privacy_review(subjects, judgement, dict.fromkeys(CONFIRMATIONS, True)), signer)
    facts = {"subject": data.digest, "decision": "approve", "person": name}
    project.ledger.append("decided", {**facts, "role": "privacy_officer", "envelope": envelope})


def stop(project: Project, code: int, problem: str = "no room") -> None:
    facts = {"run": RUN, "error": "X", "exit_code": code, "problem": problem, "remedy": "mend it"}
    project.ledger.append("stopped", facts)


def verdict(path: Path) -> str:
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    return " ".join(page.select("#verdict")[0].get_text().split())


def test_the_page_lies_with_the_run_and_in_the_project_folder(project: Project) -> None:
    stop(project, 2)

    path = write_report(project, RUN)

    assert path == project.root / ".burnish" / "runs" / RUN / "report.html"
    assert (project.root / "report.html").read_bytes() == path.read_bytes()
    assert "STOPPED" in verdict(path)
    assert "no room" in verdict(path)


def test_a_page_that_is_asked_for_elsewhere_lies_only_there(
    project: Project, tmp_path: Path
) -> None:
    path = write_report(project, RUN, tmp_path / "new" / "page.html")

    assert "RUNNING" in verdict(path)
    assert not (project.root / "report.html").exists()


@pytest.mark.parametrize(
    ("code", "word"), [(3, "FAILED"), (4, "WAITING"), (5, "UNJUDGED"), (7, "INTERRUPTED")]
)
def test_how_the_run_ended_is_the_verdict(project: Project, code: int, word: str) -> None:
    stop(project, code)

    assert verdict(write_report(project, RUN)).startswith(word)


def test_a_finished_run_has_passed(project: Project) -> None:
    project.ledger.append("finished", {"run": RUN, "bundle": "cd" * 32})

    assert verdict(write_report(project, RUN)).startswith("PASSED")


def test_an_unknown_run_is_refused(project: Project) -> None:
    with pytest.raises(InputError, match="no run 'other'"):
        write_report(project, "other")


def test_every_section_is_read_from_what_the_steps_left(project: Project) -> None:
    masked(project)
    step(project, "split", "Parts", rows=8, facts={"rows": {"train": 6, "test": 2}, "canaries": 1})
    record = {"training/record.json": json.dumps(RECORD).encode()}
    step(project, "train", "Model", files=record)
    sides = [("base", "no", 0.0), ("tuned", "yes", 1.0)]
    items = [
        {"set": "domain", "item": "i1", "model": m, "output": o, "score": s, "expected": "yes"}
        for m, o, s in sides
    ]
    lines = "\n".join(map(json.dumps, items)).encode()
    results = {"results.json": json.dumps(RESULTS).encode(), "items.jsonl": lines}
    step(project, "evaluate", "Scores", files=results)

    view = gather(project, RUN)

    assert [s.name for s in view.sources] == ["tickets"]
    assert [(s.name, s.rows_in, s.rows_out) for s in view.steps if s.rows_out is not None] == [
        ("collect", 0, 9),
        ("mask", 9, 8),
        ("split", 8, 8),
    ]
    assert view.privacy is not None
    assert (view.privacy.rate, view.privacy.masked) == (1 / 9, (("EMAIL", 12),))
    assert view.privacy.max_residual == project.plan.privacy.max_residual_rate
    assert view.parts is not None
    assert view.parts.rows == (("train", 6), ("test", 2))
    assert view.training is not None
    assert view.training.settings == (("technique", "full"), ("epochs", "2"))
    assert view.training.validation == ((0, 3.75),)
    assert view.evaluation is not None
    assert view.evaluation.judged[0].limit == 0.02
    assert view.evaluation.seconds is not None
    assert view.evaluation.answers[0].tuned_score == 1.0
    assert view.unread == ()


def test_quality_screen_and_mix_are_read_from_what_their_steps_left(project: Project) -> None:
    files = {"classifier": "ef" * 32}
    rules = {"gopher.stop_words": 2, "too_short": 1}
    step(project, "quality", "Kept", rows=9, facts={"files": files}, dropped=rules)
    report = {"settings": {"hidden": "drop"}, "summary": {"hidden": {"blob": 2}}}
    kept = {"screen.json": json.dumps(report).encode()}
    step(project, "screen", "Screened", rows=7, files=kept, dropped={"hidden_text": 2})
    step(project, "mix", "Mixed", rows=7, facts={"order": "easy_first", "sources": {"tickets": 5}})

    view = gather(project, RUN)

    assert view.quality is not None
    assert (view.quality.judged, view.quality.classifier) == (12, "ef" * 32)
    assert view.quality.found == (("gopher.stop_words", 2),)
    assert view.screen is not None
    assert ("hidden", 2, 2) in [(one.name, one.found, one.dropped) for one in view.screen.looks]
    assert view.screen.rows == 9
    assert view.screen.not_compared == tuple(s.name for s in project.plan.sources)
    assert view.mix is not None
    assert (view.mix.order, view.mix.rows) == ("easy_first", 5)


def test_a_screen_that_stopped_the_run_is_read_from_its_words(project: Project) -> None:
    stop(project, 3, "gate 'screen' FAILED: hidden: 1 findings, in rows r1 (blob, hidden-ab)")

    view = gather(project, RUN)

    assert view.screen is not None
    assert view.screen.stopped == ("hidden: 1 findings, in rows r1 (blob, hidden-ab)",)
    assert "hidden: 1 findings" in verdict(write_report(project, RUN))


def test_a_run_older_than_the_screen_has_its_page_without(project: Project) -> None:
    masked(project)
    step(project, "screen", "Screened", rows=7)

    view = gather(project, RUN)

    assert (view.quality, view.screen, view.mix) == (None, None, None)
    assert write_report(project, RUN).is_file()


def test_a_decision_is_checked_again_before_it_is_shown(
    project: Project, signers: dict[str, Signer]
) -> None:
    data = masked(project)
    decide(project, data, "petra", signers["petra"])
    decide(project, data, "petra", signers["dana"])

    started, good, bad = gather(project, RUN).signatures

    assert (started.person, started.role) == ("dana", "data_engineer")
    assert (good.counts, good.words) == ("verified", "all well")
    assert good.keyid == signers["petra"].keyid
    assert bad.counts == "does not count"
    assert "the key is dana's" in bad.words


def test_a_decision_on_other_data_is_not_shown(
    project: Project, signers: dict[str, Signer]
) -> None:
    data = masked(project)
    decide(project, data, "petra", signers["petra"])
    step(project, "mask", "Masked", rows=7)

    assert [s.what for s in gather(project, RUN).signatures] == ["started the run"]


def test_bytes_that_cannot_be_read_are_named_and_the_page_is_still_written(
    project: Project,
) -> None:
    data = masked(project)
    manifest = Manifest.from_bytes(project.store.get_bytes(data.digest))
    lost = manifest.files["canary.json"]
    (sealed,) = (project.root / project.plan.store.path).rglob(f"*{lost[2:]}*")
    sealed.unlink()

    view = gather(project, RUN)
    text = write_report(project, RUN).read_text(encoding="utf-8")

    assert len(view.unread) == 1
    assert view.unread[0].startswith("canary.json of mask: ")
    assert view.privacy is not None
    assert view.privacy.recalls == ()
    assert "Could not be read" in text


def test_a_lost_manifest_leaves_its_decisions_out_and_is_named(
    project: Project, signers: dict[str, Signer]
) -> None:
    data = masked(project)
    decide(project, data, "petra", signers["petra"])
    collected = next(e.facts["digest"] for e in project.ledger.entries("made"))
    (sealed,) = (project.root / project.plan.store.path).rglob(f"*{collected[2:]}*")
    sealed.unlink()

    view = gather(project, RUN)

    assert [s.what for s in view.signatures] == ["started the run"]
    assert [told.split(":")[0] for told in view.unread] == [
        "the manifest of collect",
        "what was signed",
    ]


def test_the_page_of_a_run_is_the_same_bytes_each_time(project: Project) -> None:
    masked(project)
    stop(project, 4)

    assert write_report(project, RUN).read_bytes() == write_report(project, RUN).read_bytes()
