"""Recall and its bounds, per category, per kind and per engine; and what a bar says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from scipy.stats import binomtest

from burnish.methods.privacy.canaries.bars import Bars, unmeasured, weak
from burnish.methods.privacy.canaries.measuring import (
    clopper_pearson,
    facts,
    missed,
    recall,
    recall_by_engine,
)
from burnish.methods.privacy.canaries.planting import Canary, Wanted, plant
from burnish.methods.privacy.spans import CATEGORIES, Span

CARRIERS = ["The lift stops between floors. Nobody is inside! Please send a fitter."]


@dataclass(frozen=True)
class Told:
    """A detector that was told where the canaries stand, and overlooks some."""

    canaries: Sequence[Canary]
    every: int = 0
    cut: int = 0
    blind: str = ""
    version: str = "told"
    digest: str = "0"

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        found = []
        for number, (one, text) in enumerate(zip(self.canaries, texts, strict=True)):
            assert one.text == text
            lost = (self.every and number % self.every == 0) or one.category == self.blind
            spans = [] if lost else [Span(one.start + self.cut, one.end, "PERSON", 1.0)]
            found.append(spans)
        return found


def test_a_detector_that_finds_all_has_full_recall_with_a_bound_below_it() -> None:
    planted = plant(5, CARRIERS, 20)
    found = recall(Told(planted), planted)

    assert [one.whole.name for one in found] == list(CATEGORIES)
    assert {one.whole.recall for one in found} == {1.0}
    assert found[1].whole.lower == pytest.approx(0.8316, abs=1e-4)


@pytest.mark.parametrize("lost", CATEGORIES)
def test_a_category_to_which_a_detector_is_blind_falls_below_its_bar_and_no_other(
    lost: str,
) -> None:
    planted = plant(5, CARRIERS, 3)

    told = list(weak(facts(recall(Told(planted, blind=lost), planted)), Bars()))

    assert len(told) == 1
    assert told[0].startswith(f"canary recall of {lost} is 0 of ")
    assert "below the bar of 90.0 % (point estimate)" in told[0]


def test_a_detector_that_leaks_half_the_names_is_told_with_its_weak_kinds() -> None:
    planted = plant(5, CARRIERS, 40, Wanted(("PERSON",)))

    (told,) = weak(facts(recall(Told(planted, every=2), planted)), Bars())

    assert told.startswith("canary recall of PERSON is 60 of 120 (50.0 %; 95 % bounds ")
    assert "weak are: introduced 20 of 40, running 20 of 40, lower-case 20 of 40" in told


def test_a_partly_masked_identifier_is_not_found() -> None:
    planted = plant(5, CARRIERS, 4, Wanted(("EMAIL",)))

    assert recall(Told(planted, cut=1), planted)[0].whole.found == 0


def test_each_engine_is_measured_on_the_same_canaries() -> None:
    planted = plant(5, CARRIERS, 10, Wanted(("IBAN", "EMAIL")))
    engines = {"rules": Told(planted), "other": Told(planted, blind="IBAN")}

    found = recall_by_engine(engines, planted)

    assert [one.whole.found for one in found["rules"]] == [10, 10]
    assert [one.whole.found for one in found["other"]] == [0, 10]


def test_kinds_are_told_where_there_are_several() -> None:
    planted = plant(5, CARRIERS, 6, Wanted(("PERSON", "EMAIL")))
    person, email = recall(Told(planted), planted)

    assert [kind.name for kind in person.kinds] == ["introduced", "running", "lower-case"]
    assert email.kinds == ()


@pytest.mark.parametrize(("found", "planted"), [(0, 10), (10, 10), (3, 7), (299, 300)])
def test_the_bounds_are_those_of_clopper_and_pearson(found: int, planted: int) -> None:
    exact = binomtest(found, planted).proportion_ci(method="exact")

    assert clopper_pearson(found, planted) == pytest.approx((exact.low, exact.high))


def test_a_bar_of_ones_own_counts_before_the_one_of_all() -> None:
    bars = Bars(0.5, {"EMAIL": 0.99})

    assert (bars.least("EMAIL"), bars.least("IBAN")) == (0.99, 0.5)
    assert Bars().least("IBAN") == 0.9


def test_a_category_without_canaries_or_with_no_number_is_unmeasured() -> None:
    report = [
        {"category": "EMAIL", "planted": 3, "recall": 1.0},
        {"category": "IBAN", "planted": 0, "recall": 1.0},
        {"category": "IP", "planted": 3, "recall": float("nan")},
    ]

    assert unmeasured(("EMAIL", "IBAN", "IP", "TFN"), report) == ["IBAN", "IP", "TFN"]


def test_the_miss_rate_has_the_complement_of_the_lower_bound() -> None:
    planted = plant(5, CARRIERS, 10, Wanted(("EMAIL",)))

    (told,) = missed(facts(recall(Told(planted, every=5), planted)))

    assert (told["missed"], told["planted"], told["rate"]) == (2, 10, 0.2)
    assert told["upper"] == pytest.approx(1 - binomtest(8, 10).proportion_ci(method="exact").low)
