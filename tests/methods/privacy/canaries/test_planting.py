"""What is planted: every category, in the regions asked for, in the documents given."""

import ast
from itertools import chain, combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy import canaries
from burnish.methods.privacy.canaries import numbers
from burnish.methods.privacy.canaries.carriers import carriers, drawn, filled
from burnish.methods.privacy.canaries.forms import COLLECTIONS, KNOWN, forms_for
from burnish.methods.privacy.canaries.planting import Wanted, plant
from burnish.methods.privacy.spans import CATEGORIES, REGIONS_OF

CARRIERS = [
    "The lift stops between floors. Nobody is inside! Please send a fitter.",
    "The printer on level 3 shows error 49. It was restarted twice.\nNothing helped.",
    "one line without any stop",
]
REGIONS = ("AU", "US", "GB", "EU")
SUBSETS = list(chain.from_iterable(combinations(REGIONS, size) for size in range(1, 5)))
SHARED = {numbers.account, numbers.routing, numbers.eight_digits}
FOLDER = Path(next(iter(canaries.__path__)))


def test_every_category_that_can_be_found_has_canaries() -> None:
    assert set(KNOWN) == set(CATEGORIES)
    assert {canary.category for canary in plant(1, CARRIERS, 1)} == set(CATEGORIES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_has_forms_in_its_own_regions_and_in_no_other(category: str) -> None:
    everywhere = ("AU", "US", "GB", "EU")
    here = {region for region in everywhere if forms_for(category, (region,))}

    assert here == set(REGIONS_OF.get(category, everywhere))


@pytest.mark.parametrize("collections", [("first",), ("second",), COLLECTIONS])
@pytest.mark.parametrize("regions", SUBSETS, ids="-".join)
def test_whatever_regions_are_chosen_every_category_looked_for_has_a_canary(
    regions: tuple[str, ...], collections: tuple[str, ...]
) -> None:
    wanted = Wanted(regions=regions, collections=collections)
    planted = {canary.category for canary in plant(1, CARRIERS, 1, wanted)}

    assert planted == set(wanted.looked_for)
    assert planted >= set(CATEGORIES) - set(REGIONS_OF)


def test_collections_share_no_sentence_no_layout_and_no_form() -> None:
    first, second = (
        [f for kind in KNOWN for f in forms_for(kind, REGIONS, (name,))] for name in COLLECTIONS
    )
    assert not set(first[0].words.settings) & set(second[0].words.settings)
    assert not {f.make for f in first} & {f.make for f in second} - SHARED
    for category in set(KNOWN) - {"PERSON"}:
        one, other = first[0].words.prose[category], second[0].words.prose[category]
        assert not set(one) & set(other)
        assert len(other) >= 8
        assert all(sentence.count("{}") == 1 for sentence in other)


def test_people_of_both_collections_are_planted_as_often_as_of_one() -> None:
    people = plant(1, CARRIERS, 20, Wanted(("PERSON",), collections=COLLECTIONS))

    assert len(people) == 60
    assert {kind: sum(c.kind == kind for c in people) for kind in ("introduced", "running")} == {
        "introduced": 20,
        "running": 20,
    }


def test_a_category_of_another_region_is_neither_looked_for_nor_planted() -> None:
    wanted = Wanted(("TFN", "SSN", "EMAIL"), ("US",))

    assert wanted.looked_for == ("SSN", "EMAIL")
    assert {one.category for one in plant(1, CARRIERS, 4, wanted)} == {"SSN", "EMAIL"}


def test_a_region_that_is_not_chosen_has_no_forms_planted() -> None:
    planted = plant(1, CARRIERS, 12, Wanted(("ADDRESS", "PHONE"), ("GB",)))

    assert {one.kind for one in planted} == {"GB"}


def test_people_are_planted_introduced_in_running_text_and_in_lower_case() -> None:
    people = plant(1, CARRIERS, 20, Wanted(("PERSON",)))
    by_kind = {kind: [c for c in people if c.kind == kind] for kind in {c.kind for c in people}}

    assert {kind: len(some) for kind, some in by_kind.items()} == {
        "introduced": 20,
        "running": 20,
        "lower-case": 20,
    }
    assert all(c.text[c.start : c.end].islower() for c in by_kind["lower-case"])
    assert not any(c.text[c.start : c.end].islower() for c in by_kind["running"])


def test_examples_of_ones_own_patterns_are_planted_and_nothing_else_of_them() -> None:
    wanted = Wanted(("EMAIL",), examples={"BADGE": ("B-1", "B-2"), "BARE": ()})
    planted = plant(1, CARRIERS, 4, wanted)

    assert wanted.looked_for == ("EMAIL", "BADGE", "BARE")
    assert [c.text[c.start : c.end] for c in planted if c.category == "BADGE"] == ["B-1", "B-2"] * 2
    assert not [c for c in planted if c.category == "BARE"]


def test_the_same_seed_plants_the_same_and_another_seed_others() -> None:
    assert plant(1, CARRIERS, 3) == plant(1, CARRIERS, 3)
    assert plant(1, CARRIERS, 3) != plant(2, CARRIERS, 3)


def test_a_category_left_out_changes_nothing_for_the_others() -> None:
    alone = plant(1, CARRIERS, 3, Wanted(("IBAN",)))

    assert alone == [c for c in plant(1, CARRIERS, 3) if c.category == "IBAN"]


def test_the_planted_extent_lies_in_the_text_of_the_jobs_own_documents() -> None:
    for one in plant(3, CARRIERS, 5):
        value = one.text[one.start : one.end]
        rest = " ".join((one.text[: one.start] + one.text[one.end :]).split())
        assert value.strip() == value != ""
        assert "{" not in value
        assert any(carrier.split()[0] in rest for carrier in CARRIERS)


def test_long_carriers_are_cut_around_the_splice() -> None:
    assert all(len(one.text) < 1100 for one in plant(3, ["A word. " * 5000], 2))


def test_nothing_to_plant_in_or_nothing_to_plant_is_refused() -> None:
    with pytest.raises(ValueError, match="no text"):
        plant(1, [" ", ""], 3)
    with pytest.raises(ValueError, match="at least one"):
        plant(1, CARRIERS, 0)


@settings(max_examples=20, deadline=None)
@given(st.text(min_size=1).filter(str.strip), st.integers(0, 9))
def test_any_document_can_carry_every_category(carrier: str, seed: int) -> None:
    for one in plant(seed, [carrier], 1):
        assert 0 <= one.start < one.end <= len(one.text)


def test_carriers_are_drawn_by_hash_whatever_their_order() -> None:
    rows = [(f"row {number}", f"text {number}") for number in range(50)]

    assert drawn(7, rows, 5) == drawn(7, rows[::-1], 5)
    assert drawn(7, rows, 5) != drawn(8, rows, 5)
    assert len(drawn(7, [*rows, ("empty", " ")], 99)) == 50


def test_built_in_documents_fill_up_and_no_more() -> None:
    assert filled(3, ["own"], 4) == ["own", *carriers(3, 3)]
    assert filled(3, ["a", "b", "c"], 2) == ["a", "b", "c"]


def test_the_generator_takes_nothing_from_the_rules_or_the_model() -> None:
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        froms = {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        plain = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        own = {name for name in froms | plain if name.startswith("burnish")}
        allowed = ("burnish.methods.privacy.canaries", "burnish.methods.privacy.spans")
        assert not {n for n in own if not n.startswith(allowed)} - {
            "burnish.methods.privacy.detect"
        }
        assert not {"stdnum", "phonenumbers", "faker"} & {n.split(".")[0] for n in froms | plain}
