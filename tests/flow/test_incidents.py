"""A breach halts the run, tells the privacy role at once, and stands until an officer closes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.bells import Hook
    from tests.conftest import Desk


def channel(desk: Desk, name: str, url: str) -> dict[str, str]:
    (desk.folder / "keys" / f"{name}.url").write_text(url, encoding="utf-8")
    (desk.folder / "keys" / "hook.secret").write_text("s3cret", encoding="utf-8")
    return {"name": name, "url": f"file:keys/{name}.url", "secret": "file:keys/hook.secret"}


def notify(desk: Desk, urls: dict[str, str]) -> None:
    hooks = [channel(desk, name, url) for name, url in urls.items()]
    desk.change(notify={"webhooks": hooks, "attempts": 2, "backoff_seconds": 0.01})


def leave_an_address(desk: Desk) -> None:
    """Allow one planted address, which the residual scan then finds."""
    truth = json.loads((desk.folder / "data" / "truth.json").read_text(encoding="utf-8"))
    planted = (row["question"].get("EMAIL") for row in truth["tickets"].values())
    allowed = next(values[0] for values in planted if values)
    desk.planted -= {allowed}  # it stands in the plan, which the ledger keeps
    desk.change(mask__allow=[allowed])


def test_a_residual_breach_is_an_incident_told_at_once_and_again_until_it_arrives(
    at: Callable[[str], Desk], hook: Hook
) -> None:
    desk = at("waiting")
    leave_an_address(desk)
    notify(desk, {"desk": hook.url, "pager": "http://127.0.0.1:9/"})

    stopped = desk("run", "--quiet")

    assert stopped.code == 3
    assert "gate 'privacy' FAILED: residual rate" in stopped.err
    assert "privacy incident" in stopped.err
    assert "desk: delivered at try 1" in stopped.err
    assert "pager: it could not be reached (2 tries)" in stopped.err
    (incident,) = desk.entries("incident")
    assert incident["kind"] == "residual"
    assert incident["subjects"] == [desk.digests()["mask"]]
    (failed,) = desk.entries("notice.failed")
    assert (failed["channel"], failed["tries"]) == ("pager", 2)
    (sent,) = hook.posted
    facts = json.loads(sent.body)["facts"]
    assert facts["counts"]["EMAIL"] == 1
    assert not [value for value in desk.planted if value.encode() in sent.body]

    notify(desk, {"desk": hook.url, "pager": hook.url})
    again = desk("run", "--quiet", "--json")

    assert again.code == 3
    assert any("open already" in note for note in again.json["notes"])
    assert len(desk.entries("incident")) == len(desk.entries("incident.again")) == 1
    assert [note["channel"] for note in desk.entries("notice.sent")] == ["desk", "pager"]
    keys = [posted.headers["idempotency-key"] for posted in hook.posted]
    assert len(keys) == len(set(keys)) == 2
    assert desk("incident", "send").out == "every notice has been delivered\n"


def test_while_an_incident_is_open_gate_review_and_promotion_refuse_what_it_is_about(
    at: Callable[[str], Desk],
) -> None:
    desk = at("registered")

    told = desk("incident", "report", "--source", "tickets", "--because", "a leak", "--json")

    assert told.code == 0, told.err
    assert told.json["warning"].startswith("nobody was notified")
    name = told.json["incident"]
    exported = desk("export", "dvc", "split", "--into", "out")
    assert exported.code == 2
    assert "is open on it" in exported.err
    for words in (("run", "--quiet"), ("promote", "desk@1.1.0"), ("register",), ("approve",)):
        by = {"promote": "omar", "approve": "priya"}.get(words[0], "")
        refused = desk(*words, by=by)
        assert refused.code in (2, 3), words
        assert f"incident {name[:12]} (missed) is open on it" in refused.err, words
    assert desk("incident", "close", name, "--because", "no").code == 2

    closed = desk("incident", "close", name[:12], "--because", "looked into", by="priya")

    assert closed.code == 0, closed.err
    assert desk("incident", "list").out == "no incident is open\n"
    assert desk("promote", "desk@1.1.0", by="omar").code == 0


def held(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk("quarantine", "--list", "--json").json["held"]
    return found


def test_a_document_is_held_wherever_it_went_and_nowhere_else(at: Callable[[str], Desk]) -> None:
    desk = at("registered")
    rows = desk("show", "convert", "--count", "1", "--json").json["page"]
    manifest = desk("show", "split", "--count", "0", "--json").json

    done = desk("quarantine", "--document", rows[0]["id"], "--because", "not ours", "--json")

    assert done.code == 0, done.err
    places = {place["stage"]: place for place in done.json["artefacts"]}
    assert places["split"]["digest"] == manifest["digest"]
    assert places["split"]["rows"] >= 1
    assert {"collect", "mask", "mix"} <= places.keys()
    assert {place["subject"] for place in held(desk)} >= {manifest["digest"]}
    refused = desk("export", "dvc", "split", "--into", "out")
    assert refused.code == 2
    assert "held in quarantine" in refused.err
    assert desk("run", "--quiet").code == 3


def test_a_hold_ends_by_a_second_persons_signature_only(at: Callable[[str], Desk]) -> None:
    desk = at("registered")
    assert desk("key", "new", "grace").code == 0
    people = [
        {"name": "dana", "roles": ["data_engineer", "ai_governance"], "key": "keys/dana.pem.pub"},
        {"name": "priya", "roles": ["privacy_officer"], "key": "keys/priya.pem.pub"},
        {"name": "omar", "roles": ["approver"], "key": "keys/omar.pem.pub"},
        {"name": "grace", "roles": ["ai_governance"], "key": "keys/grace.pem.pub"},
    ]
    desk.change(people=people)
    dataset = desk.digests()["split"]
    done = desk("quarantine", "--dataset", dataset[:16], "--because", "looked wrong", "--json")
    assert done.json["versions"] == ["desk@1.1.0"]

    lift = ("quarantine", "--lift", "--because", "looked at")
    for by, told in (("dana", "prepared this"), ("priya", "has not the role")):
        refused = desk(*lift, "--dataset", dataset[:16], by=by)
        assert refused.code == 2, by
        assert told in refused.err
    assert len(held(desk)) == len(done.json["artefacts"]) > 3
    lifted = desk(*lift, "--dataset", dataset[:16], by="grace")
    assert lifted.code == 0, lifted.err
    assert held(desk) == []
    assert desk("promote", "desk@1.1.0", by="omar").code == 2
    assert desk(*lift, "desk@1.1.0", by="grace").code == 0
    assert desk("promote", "desk@1.1.0", by="omar").code == 0
