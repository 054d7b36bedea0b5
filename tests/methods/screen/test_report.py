"""The report names findings by id, row and place, and says why a run stops."""

from typing import Any

from burnish.methods.screen.drift import Drift
from burnish.methods.screen.report import LISTED, TOLD, Screening, named


def plan(**changes: Any) -> dict[str, Any]:
    usual = dict.fromkeys(("overlap", "hidden", "injection"), "drop")
    return {**usual, "triggers": "stop", "drift": "stop", "allow": (), **changes}


def found(row: str, look: str = "hidden") -> dict[str, Any]:
    return {"id": named(look, row), "look": look, "kind": "blob", "row": row, "source": "desk"}


def test_a_name_is_the_same_on_every_run_and_unlike_others() -> None:
    assert named("hidden", "a") == named("hidden", "a")
    assert len({named("hidden", "a"), named("hidden", "b"), named("injection", "a")}) == 3


def test_only_a_look_that_stops_gives_reasons_and_an_allowed_finding_gives_none() -> None:
    rows = [found("a"), found("b")]

    assert Screening(plan(), rows=rows).stops() == []
    (why,) = Screening(plan(hidden="stop"), rows=rows).stops()
    assert why.startswith("hidden: 2 findings, in rows a (blob, hidden-")
    assert (
        Screening(plan(hidden="stop", allow=(rows[0]["id"], rows[1]["id"])), rows=rows).stops()
        == []
    )


def test_many_findings_are_counted_in_full_and_listed_in_part() -> None:
    rows = [found(str(n)) for n in range(LISTED + 5)]

    report = Screening(plan(hidden="stop"), rows=rows).report()

    assert report["summary"]["hidden"] == {"blob": LISTED + 5}
    assert len(report["findings"]) == LISTED
    assert Screening(plan(hidden="stop"), rows=rows).stops()[0].endswith("and 1000 more")


def test_the_facts_tell_the_first_findings_of_each_look() -> None:
    rows = [found(str(n), look) for look in ("hidden", "injection") for n in range(TOLD + 3)]

    facts = Screening(plan(), rows=rows).facts()

    assert len(facts["first"]) == 2 * TOLD
    assert set(facts["first"][0]) == {"id", "kind", "row"}
    assert facts["found"] == {"triggers": [], "drift": []}


def test_a_drift_stops_only_beyond_the_bound_and_chance() -> None:
    told = Screening(plan())
    told.add_drift([Drift("desk", "words", 0.3, 0.1, 400, 400)], "now", "past", 0.1)
    told.add_drift([Drift("desk", "label", 0.15, 0.1, 400, 400)], "now", "past", 0.1)

    (why,) = told.stops()

    assert "the words of source 'desk' is 0.300 bits from its past, 0.100 of them by chance" in why
    assert told.summary()["drift"] == ["desk"]
    allowed = Screening(plan(allow=(told.drift[0]["id"],)))
    allowed.add_drift([Drift("desk", "words", 0.3, 0.1, 400, 400)], "now", "past", 0.1)
    assert allowed.stops() == []
