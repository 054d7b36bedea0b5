import ast
from pathlib import Path

import pytest
from scipy.stats import binomtest

from burnish.methods.privacy import canary as canary_module
from burnish.methods.privacy import invented
from burnish.methods.privacy.canary import clopper_pearson, plant, recall
from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.invented import CATEGORIES

_CARRIERS = [
    "The lift stops between floors. Nobody is inside! Please send a fitter.",
    "The printer on level 3 shows error 49. It was restarted twice.\nNothing helped.",
    "one line without any stop",
]


def test_a_sound_detector_finds_every_planted_identifier() -> None:
    found = recall(RuleDetector(), plant(5, _CARRIERS, 30))

    assert [(one.category, one.planted) for one in found] == [(name, 30) for name in CATEGORIES]
    assert {one.category: one.found for one in found if one.recall < 0.98} == {}


@pytest.mark.parametrize("lost", CATEGORIES)
def test_recall_falls_when_the_rules_of_a_category_are_gone(lost: str) -> None:
    canaries = [canary for canary in plant(5, _CARRIERS, 8) if canary.category == lost]

    blind = RuleDetector(categories=tuple(name for name in CATEGORIES if name != lost))

    assert recall(blind, canaries)[0].recall < 0.75


def test_the_same_seed_plants_the_same_and_another_seed_others() -> None:
    assert plant(1, _CARRIERS, 3) == plant(1, _CARRIERS, 3)
    assert plant(1, _CARRIERS, 3) != plant(2, _CARRIERS, 3)


def test_the_planted_extent_lies_in_the_text_of_the_jobs_own_documents() -> None:
    for one in plant(3, _CARRIERS, 5):
        rest = " ".join((one.text[: one.start] + one.text[one.end :]).split())
        assert one.text[one.start : one.end].strip() == one.text[one.start : one.end] != ""
        assert any(carrier.split()[0] in rest for carrier in _CARRIERS)


def test_long_carriers_are_cut_around_the_splice() -> None:
    assert all(len(one.text) < 2300 for one in plant(3, ["A word. " * 5000], 2))


def test_a_partly_masked_identifier_is_not_found() -> None:
    canaries = [one for one in plant(5, _CARRIERS, 4) if one.category == "EMAIL"]

    class Half:
        version, digest = "1", "0"

        def detect(self, texts: object) -> list[list[object]]:
            whole = RuleDetector().detect([one.text for one in canaries])
            cut = type(whole[0][0])
            return [[cut(s.start + 1, s.end, s.category, s.score) for s in one] for one in whole]

    assert recall(Half(), canaries)[0].found == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(("found", "planted"), [(0, 10), (10, 10), (3, 7), (299, 300)])
def test_the_bounds_are_those_of_clopper_and_pearson(found: int, planted: int) -> None:
    exact = binomtest(found, planted).proportion_ci(method="exact")

    assert clopper_pearson(found, planted) == pytest.approx((exact.low, exact.high))


def test_nothing_to_plant_in_or_nothing_to_plant_is_refused() -> None:
    with pytest.raises(ValueError, match="no text"):
        plant(1, [" ", ""], 3)
    with pytest.raises(ValueError, match="at least one"):
        plant(1, _CARRIERS, 0)


def test_the_generator_takes_nothing_from_the_rules() -> None:
    for module in (canary_module, invented):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not any("rules" in str(name) or "stdnum" in str(name) for name in names)
