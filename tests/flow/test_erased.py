"""A model that learnt from a person is held when the person is erased; one that did not is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from burnish.api.subjects import trace

if TYPE_CHECKING:
    from tests.conftest import Desk

ERASE = ("erase", "--subject", "--because", "request 12", "--json")


def somebody(desk: Desk, *, trained: bool) -> str:
    """A customer whose rows came into a part that is learnt from, or into the test part only."""
    for number in range(1, 60):
        found = trace(desk.folder, f"C-{number:05}")
        reached = any(place.stage == "mix" and place.rows for place in found.datasets)
        if reached and found.versions[0].trained is trained:
            return f"C-{number:05}"
    raise AssertionError("the sample has nobody like that")


def test_a_version_that_learnt_from_the_person_is_held(at: Callable[[str], Desk]) -> None:
    desk = at("registered")
    whom = somebody(desk, trained=True)
    folder = desk.folder / "report.html"
    assert folder.exists()

    done = desk(*ERASE, by="priya", stdin=f"{whom}\n".encode())

    assert done.code == 0, done.err
    assert done.json["versions"] == ["desk@1.1.0"]
    assert {place["kind"] for place in done.json["models"]} == {"Model", "Scores", "Bundle"}
    assert done.json["rerun"].endswith("burnish register")
    assert desk("trace", "tickets", "--json").json == {"versions": ["desk@1.1.0 quarantined"]}
    assert desk("promote", "desk@1.1.0", by="omar").code == 2
    assert not folder.exists()
    assert desk("verify", "--store").code == 0
    assert desk("verify", "--ledger").code == 0


def test_a_version_that_only_met_the_person_in_its_test_stays(at: Callable[[str], Desk]) -> None:
    desk = at("registered")
    whom = somebody(desk, trained=False)
    items = desk("show", "evaluate", "--count", "0", "--json").json["files"]

    done = desk(*ERASE, by="priya", stdin=f"{whom}\n".encode())

    assert done.code == 0, done.err
    assert done.json["versions"] == []
    assert done.json["models"] == []
    assert {"artifact", "part", "stage"} <= desk.entries("opened")[-1].keys()
    assert desk.entries("opened")[-1]["stage"] == "erase"
    assert desk("trace", "tickets", "--json").json == {"versions": ["desk@1.1.0 evaluated"]}
    (intent,) = desk.entries("erasing")
    assert desk.digests()["split"] in intent["artefacts"]
    assert len(items) > 0
    assert desk("verify", "--store").code == 0
