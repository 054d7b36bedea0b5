"""A remote source through the whole door: plan file, run, refresh, forecast, ledger."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from burnish.api.planning import plan
from burnish.api.running import run
from burnish.api.starting import key_new
from burnish.core.artifact import Manifest
from burnish.core.errors import GateClosed, InputError
from burnish.wiring import open_project

SECRET = "s3cr3t-51c0ffee"
PLAN = """\
name: desk
purpose: answer tickets
base_model: {{path: builtin, licence: Apache-2.0, provenance: a recipe}}
sources:
  - name: tickets
    system: desk
    owner: Head of IT
    objects:
      url: s3://evidence/{prefix}
      endpoint: {endpoint}
      region: us-east-1
      credentials:
        - {{key: access_key_id, secret: env:LAKE_USER}}
        - {{key: secret_access_key, secret: file:keys/lake.secret}}
    collected: 2026-01-15
    classification: INTERNAL
    licence: own data
    basis: {{kind: consent, reference: C-1, purposes: [answer tickets], expires: 2036-12-31}}
    fields: {{key: number}}
people:
  - {{name: dana, roles: [data_engineer], key: keys/dana.pem.pub}}
  - {{name: priya, roles: [privacy_officer], key: keys/priya.pem.pub}}
quality: {{min_words: 1}}
privacy: {{impact_assessment: PIA-1}}
engine: {{kind: inline}}
"""
Put = Callable[..., None]


@pytest.fixture
def put(s3_server: str, tmp_path: Path) -> Put:
    store = S3Store(
        "evidence", prefix=tmp_path.name, endpoint=s3_server, region="us-east-1",
        access_key_id="tester", secret_access_key=SECRET, client_options={"allow_http": True},
    )  # fmt: skip

    def tickets(name: str, *numbers: int, answer: str = "It is upstairs, beside the lift.") -> None:
        rows = [
            {"number": n, "question": f"Where can I find room number {n}?", "answer": answer}
            for n in numbers
        ]
        obstore.put(store, name, "".join(f"{json.dumps(row)}\n" for row in rows).encode())

    return tickets


@pytest.fixture
def project(s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAKE_USER", "tester")
    for name in ("dana", "priya"):
        key_new(tmp_path, name)
    key_new(tmp_path, "release", kind="p256")
    (tmp_path / "keys" / "lake.secret").write_text(f"{SECRET}\n")
    text = PLAN.format(prefix=tmp_path.name, endpoint=s3_server)
    (tmp_path / "burnish.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def run_to_the_gate(project: Path, **asked: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Manifest of the source, and what the ledger says of the collection that was last made."""
    with pytest.raises(GateClosed):
        run(project / "burnish.yaml", key=project / "keys/dana.pem", **asked)
    opened = open_project(project)
    made = [e.facts for e in opened.ledger.entries("made") if e.facts["stage"] == "collect"][-1]
    manifest = Manifest.from_bytes(opened.store.get_bytes(str(made["digest"])))
    return manifest.facts["sources"][0], dict(made)


def test_what_was_signed_changes_only_when_a_refresh_is_asked_for(project: Path, put: Put) -> None:
    put("2026-01.jsonl", 1, 2, 3)
    first, entry = run_to_the_gate(project)
    assert (first["kind"], first["records"], first["removed"]) == ("objects", 3, 0)
    assert first["where"] == f"s3://evidence/{project.name}"
    assert entry["observed"]["sources"]["tickets"]["listing"] == 1

    put("2026-02.jsonl", 4, 3, answer="It is in the new building.")
    assert run_to_the_gate(project)[0] == first

    second, entry = run_to_the_gate(project, refresh=["tickets"])
    assert (second["records"], second["superseded"], second["pieces"]) == (4, 1, 2)
    assert entry["observed"]["sources"]["tickets"]["listing"] == 2
    assert run_to_the_gate(project)[0] == second
    assert run_to_the_gate(project, refresh=["*"])[0] == second


def test_the_secret_is_in_no_file_of_the_project(project: Path, put: Put) -> None:
    put("2026-01.jsonl", 1, 2)
    run_to_the_gate(project)
    holding = [
        path.name
        for path in project.rglob("*")
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    assert holding == ["lake.secret"]


def test_a_source_that_there_is_not_cannot_be_refreshed(project: Path) -> None:
    with pytest.raises(InputError, match="no source 'chats'") as unknown:
        run(project / "burnish.yaml", key=project / "keys/dana.pem", refresh=["chats"])
    assert unknown.value.remedy == "name tickets"
    assert open_project(project).ledger.find("started") is None


def test_a_forecast_asks_no_remote_source(project: Path, put: Put) -> None:
    put("2026-01.jsonl", 1, 2)
    (project / "keys" / "lake.secret").unlink()
    assert plan(project / "burnish.yaml").steps[0].state == "to do"
    (project / "keys" / "lake.secret").write_text(SECRET)
    run_to_the_gate(project)
    (project / "keys" / "lake.secret").unlink()
    assert plan(project / "burnish.yaml").steps[0].state == "made"
