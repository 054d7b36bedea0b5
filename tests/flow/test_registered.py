"""A bundle becomes a version; a version leads back to its sources and a source to its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Desk
    from tests.flow.conftest import Journey


def family(node: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield (node["kind"], node["name"], node["digest"])
    for parent in node["parents"]:
        yield from family(parent)


def test_a_fine_tune_is_a_minor_version_released_by_a_second_person(journey: Journey) -> None:
    registered, released = journey.answers["registered"], journey.answers["released"]

    assert registered.json["version"] == "desk@1.1.0"
    assert registered.json["state"] == "evaluated"
    assert released.json == {"version": "desk@1.1.0", "state": "released"}


def test_whoever_made_a_model_cannot_release_it(at: Callable[[str], Desk]) -> None:
    desk = at("registered")

    assert desk("promote", "desk@1.1.0").code == 2
    plan = (desk.folder / "burnish.yaml").read_text(encoding="utf-8")
    more = plan.replace("roles: [data_engineer", "roles: [approver, data_engineer")
    (desk.folder / "burnish.yaml").write_text(more, encoding="utf-8")
    refused = desk("promote", "desk@1.1.0", by="dana")

    assert refused.code == 2
    assert "dana" in refused.err


def test_the_same_bundle_is_the_same_version(at: Callable[[str], Desk]) -> None:
    desk = at("released")

    again = desk("register", "--json").json

    assert (again["version"], again["state"]) == ("desk@1.1.0", "released")


def test_a_version_leads_back_and_a_source_leads_forward(journey: Journey) -> None:
    desk = journey.moments["released"]
    back = list(family(desk("trace", "desk@1.1.0", "--json").json))
    masked = desk.digests()["mask"]

    assert ("Masked", "mask", masked) in back
    assert {"Source", "BaseModel"} <= {kind for kind, _, _ in back}
    assert {name for kind, name, _ in back if kind == "Source"} == {"tickets"}
    for origin in ("tickets", masked):
        assert desk("trace", origin, "--json").json == {"versions": ["desk@1.1.0 released"]}
    assert desk("trace", "no-such-thing").code == 2


def test_a_quarantined_source_holds_its_versions(at: Callable[[str], Desk]) -> None:
    desk = at("registered")

    held = desk("quarantine", "tickets", "--because", "consent withdrawn", "--json")

    assert held.json["versions"] == ["desk@1.1.0"]
    assert {place["stage"] for place in held.json["artefacts"]} >= {"collect", "mask", "train"}
    assert desk("trace", "tickets", "--json").json == {"versions": ["desk@1.1.0 quarantined"]}
    refused = desk("promote", "desk@1.1.0", by="omar")
    assert refused.code == 2
    assert "quarantined" in refused.err
    gone = desk("revoke", "desk@1.1.0", "--because", "for good", "--json").json
    assert gone == {"version": "desk@1.1.0", "state": "revoked"}
