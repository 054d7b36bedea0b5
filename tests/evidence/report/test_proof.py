"""What the page says of the canary test and the residual scan."""

from typing import Any

from burnish.evidence.report.reading import privacy_view


def _figures(found: int, planted: int) -> dict[str, Any]:
    share = found / planted
    return {"planted": planted, "found": found, "recall": share, "lower": 0.1, "upper": 1.0}


def _kind(name: str, found: int, planted: int) -> dict[str, Any]:
    return {"kind": name, **_figures(found, planted)}


CANARY: dict[str, Any] = {
    "min_recall": 0.9,
    "carriers": {"own": 150, "built_in": 50},
    "categories": [
        {
            "category": "PERSON",
            **_figures(25, 30),
            "least": 0.8,
            "kinds": [_kind("introduced", 10, 10), _kind("lower-case", 5, 10)],
        },
        {
            "category": "ADDRESS",
            **_figures(18, 20),
            "least": 0.9,
            "kinds": [_kind("AU", 10, 10), _kind("EU", 8, 10)],
        },
    ],
    "not_measured": ["LOCKER"],
    "engines": [{"name": "rules-3", "categories": [{"category": "PERSON", **_figures(10, 30)}]}],
}


def test_kinds_of_persons_are_shown_and_of_others_those_that_do_worse() -> None:
    view = privacy_view(CANARY, {}, {}, {})

    assert [(one.category, one.found, one.least) for one in view.recalls] == [
        ("PERSON", 25, 0.8),
        ("PERSON, introduced", 10, 0.8),
        ("PERSON, lower-case", 5, 0.8),
        ("ADDRESS", 18, 0.9),
        ("ADDRESS, EU", 8, 0.9),
    ]


def test_carriers_engines_and_gaps_are_told() -> None:
    view = privacy_view(CANARY, {"does_not_show": "what both miss"}, {}, {})

    assert (view.own_carriers, view.built_in_carriers) == (150, 50)
    assert view.engines == ("rules-3 alone found 10 of 30",)
    assert view.not_measured == ("LOCKER",)
    assert view.does_not_show == "what both miss"
