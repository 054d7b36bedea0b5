"""What stops a run before training: a blind detector, a leak, a wrong hand, a changed byte."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from burnish.core.artifact import Parts
from burnish.core.errors import NotAllowed
from burnish.engines.inline import InlineEngine
from burnish.evidence.signoff import Person
from burnish.stages.train import train
from burnish.wiring import make_run, open_project

if TYPE_CHECKING:
    from tests.conftest import Desk

Rows = list[dict[str, Any]]


def tickets(desk: Desk) -> Rows:
    lines = (desk.folder / "data" / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def person(name: str, *roles: str) -> dict[str, Any]:
    return {"name": name, "roles": list(roles), "key": f"keys/{name}.pem.pub"}


def test_a_detector_that_is_broken_stops_before_it_reads_a_row(at: Callable[[str], Desk]) -> None:
    desk = at("fresh")
    desk.change(mask__bars=[{"category": "PERSON", "least": 1.0}])

    stopped = desk("run")

    assert stopped.code == 3
    assert "gate 'canary' FAILED: canary recall of" in stopped.err
    assert {facts["stage"] for facts in desk.entries("made")} == {
        "collect", "dedup", "quality", "screen"
    }  # fmt: skip
    assert desk("review").code == 2


def test_one_unmasked_address_too_many_fails_the_privacy_gate(at: Callable[[str], Desk]) -> None:
    desk = at("fresh")
    truth = json.loads((desk.folder / "data" / "truth.json").read_text(encoding="utf-8"))
    planted = (row["question"].get("EMAIL") for row in truth["tickets"].values())
    allowed = next(values[0] for values in planted if values)
    desk.planted -= {allowed}  # it stands in the plan, which the ledger keeps
    desk.change(mask__allow=[allowed])

    stopped = desk("run")

    assert stopped.code == 3
    assert "gate 'privacy' FAILED: residual rate" in stopped.err
    assert "EMAIL" in stopped.err
    assert allowed not in stopped.err
    refused = desk("approve", by="priya")
    assert refused.code == 2
    assert "this cannot be confirmed: incident" in refused.err
    assert "(residual) is open" in refused.err
    assert desk.entries("decided") == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dana", "prepared this data and may not decide on it"),
        ("omar", "omar is approver, not privacy_officer"),
        ("mallory", "belongs to nobody in the plan"),
    ],
)
def test_the_wrong_hand_cannot_approve(at: Callable[[str], Desk], name: str, told: str) -> None:
    desk = at("waiting")
    assert desk("key", "new", "mallory").code == 0
    both = ("data_engineer", "privacy_officer")
    desk.change(
        people=[person("dana", *both), person("priya", *both[1:]), person("omar", "approver")]
    )

    refused = desk("approve", by=name)

    assert refused.code == 2
    assert told in refused.err
    assert desk.entries("decided") == []


def test_a_rejection_says_what_must_be_mended(at: Callable[[str], Desk]) -> None:
    desk = at("waiting")

    assert desk("reject", "--remediation", "drop the notes", by="priya").code == 0
    stopped = desk("run")

    assert stopped.code == 3
    assert "rejected by priya: drop the notes" in stopped.err


def test_an_approval_does_not_count_for_other_bytes(at: Callable[[str], Desk]) -> None:
    desk = at("approved")
    approved = desk.digests()["mask"]
    row = {**tickets(desk)[0], "ticket": "T-99999", "question": "The lift on level nine is stuck."}
    with (desk.folder / "data" / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")

    stopped = desk("run")

    assert stopped.code == 4
    assert "no privacy officer has approved these bytes yet" in stopped.err
    assert desk.digests()["mask"] != approved


def test_an_approval_does_not_count_for_another_purpose(at: Callable[[str], Desk]) -> None:
    desk = at("approved")
    plan = (desk.folder / "burnish.yaml").read_text(encoding="utf-8")
    wider = plan.replace("purposes: [answer service", "purposes: [sell chairs, answer service")
    (desk.folder / "burnish.yaml").write_text(
        wider.replace("purpose: answer service-desk tickets", "purpose: sell chairs"), "utf-8"
    )

    stopped = desk("run")

    assert stopped.code == 4, stopped.err
    assert "priya: " in stopped.err


def test_training_without_clearance_is_refused(at: Callable[[str], Desk]) -> None:
    project = open_project(at("done").folder)
    entry = project.ledger.find("made", stage="split")
    assert entry is not None
    parts = Parts(str(entry.facts["digest"]), int(entry.facts["rows"]))
    run = make_run(project, Person("dana", (), ""), InlineEngine())

    with pytest.raises(NotAllowed, match="'train' takes 'parts' only with a clearance"):
        run.do(train, parts, project.plan.train, project.plan.base_model)  # type: ignore[arg-type]


def test_a_flipped_byte_in_the_store_is_named(at: Callable[[str], Desk]) -> None:
    desk = at("approved")
    damaged = sorted(desk.folder.glob(".burnish/store/objects/**/*.parquet"))
    assert damaged
    for path in damaged:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o600)
        path.write_bytes(data)

    stopped = desk("run")

    assert stopped.code == 6
    assert any(p.stem in stopped.err or p.parent.name + p.stem in stopped.err for p in damaged)


def test_a_lost_object_is_made_again(at: Callable[[str], Desk]) -> None:
    desk = at("waiting")
    before = desk.digests()
    for path in desk.folder.glob(".burnish/store/objects/**/*.parquet"):
        path.unlink()

    assert desk("run").code == 4
    assert desk.digests() == before
    # The screen dropped no row: its tables are the ones that quality made again.
    again = [step for step in before if step != "screen"]
    assert [f["stage"] for f in desk.entries("made")] == [*before, *again]


def test_a_rewritten_ledger_entry_is_found(at: Callable[[str], Desk]) -> None:
    desk = at("waiting")
    assert desk("verify", "--ledger").code == 0
    with closing(sqlite3.connect(desk.folder / ".burnish" / "ledger.db")) as ledger:
        ledger.execute("drop trigger ledger_entry_no_update")
        changed = "cast(replace(cast(body as text), 'dana', 'dora') as blob)"
        ledger.execute(f"update ledger_entry set body = {changed} where event = 'made'")
        ledger.commit()

    found = desk("verify", "--ledger")

    assert found.code == 6
    assert "entry" in found.err
