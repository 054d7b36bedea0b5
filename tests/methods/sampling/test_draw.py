"""Which documents are drawn: risky ones oftener, with known chances, the same for everybody."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.sampling.draw import Sample, draw
from burnish.methods.sampling.strata import Profile

if TYPE_CHECKING:
    from tests.methods.sampling.conftest import Rows

MARK = st.tuples(st.sampled_from(["EMAIL", "PERSON", "TFN"]), st.sampled_from([0.4, 0.8, 1.0]))
MARKS = st.lists(st.lists(MARK, max_size=6), max_size=60)


def marks(plain: int = 0, **more: int) -> list[list[tuple[str, float]]]:
    """Rows: so many without masks, sure ones, weak ones, rare ones and crowded ones."""
    sure = [("EMAIL", 1.0)]
    kinds = {
        "sure": sure,
        "weak": [("EMAIL", 0.3), ("EMAIL", 1.0)],
        "rare": [("PASSPORT", 1.0)],
        "crowded": sure * 9,
    }
    return [[] for _ in range(plain)] + [kinds[k] for k, n in more.items() for _ in range(n)]


def test_each_row_lies_in_the_riskiest_stratum_that_fits(rows: type[Rows]) -> None:
    frame = rows(marks(plain=40, sure=100, weak=5, rare=3, crowded=6))

    sample = draw(frame, 20, 1)

    assert {one.name: one.rows for one in sample.strata} == {
        "low_confidence": 5,
        "rare_category": 3,
        "many": 6,
        "none": 40,
        "other": 100,
    }


def test_small_risky_strata_are_drawn_oftener_than_by_their_size(rows: type[Rows]) -> None:
    sample = draw(rows(marks(plain=400, sure=1000, weak=50, rare=10, crowded=20)), 60, 1)

    chance = {one.name: one.probability for one in sample.strata}
    assert min(chance["low_confidence"], chance["rare_category"]) > 3 * chance["other"]
    assert chance["none"] > chance["other"] > 0


@settings(max_examples=50, deadline=None)
@given(MARKS, st.integers(0, 70), st.integers(0, 5))
def test_the_chances_are_those_of_the_draw(
    marked: list[list[tuple[str, float]]], size: int, seed: int
) -> None:
    from tests.methods.sampling.conftest import Rows

    sample = draw(Rows(marked), size, seed)

    taken = Counter(one.stratum for one in sample.documents)
    assert len({one.id for one in sample.documents}) == len(sample.documents)
    assert len(sample.documents) == min(size, len(marked))
    assert sum(one.rows for one in sample.strata) == len(marked)
    assert {one.name: one.drawn for one in sample.strata} == {
        one.name: taken[one.name] for one in sample.strata
    }
    # Weighed by their chances, the documents drawn stand for all of them.
    if all(one.drawn for one in sample.strata):
        weights = (1 / sample.stratum(one.stratum).probability for one in sample.documents)
        assert sum(weights) == pytest.approx(len(marked))


@settings(max_examples=50, deadline=None)
@given(MARKS, st.integers(0, 40), st.integers(0, 30), st.integers(1, 20))
def test_a_larger_sample_begins_with_the_smaller_one(
    marked: list[list[tuple[str, float]]], size: int, more: int, at_once: int
) -> None:
    from tests.methods.sampling.conftest import Rows

    small = draw(Rows(marked, aside=9), size, 3)
    large = draw(Rows(marked, aside=9), size + more, 3)
    elsewhere = draw(Rows(marked, aside=9, at_once=at_once), size, 3)

    assert large.beginning(size) == small
    assert [one.id for one in elsewhere.documents] == [one.id for one in small.documents]


def test_any_row_of_a_stratum_is_as_likely_as_any_other(rows: type[Rows]) -> None:
    frame = rows(marks(plain=20))

    drawn = Counter(one.id for seed in range(400) for one in draw(frame, 5, seed).documents)

    assert len(drawn) == 20
    # 100 of 400 are expected for each; five standard deviations of a binomial are 43.
    assert all(57 <= times <= 143 for times in drawn.values())


def test_another_seed_or_dataset_draws_other_documents(rows: type[Rows]) -> None:
    marked = marks(plain=200)
    first = [one.id for one in draw(rows(marked), 10, 1).documents]

    assert first == [one.id for one in draw(rows(marked), 10, 1).documents]
    assert first != [one.id for one in draw(rows(marked), 10, 2).documents]
    assert first != [one.id for one in draw(rows(marked, name="e" * 64), 10, 1).documents]


def test_every_beginning_looks_into_every_stratum(rows: type[Rows]) -> None:
    sample = draw(rows(marks(plain=40, sure=100, weak=5, rare=3, crowded=6)), 60, 1)

    first = [one.stratum for one in sample.documents[:5]]
    assert first == ["low_confidence", "rare_category", "many", "none", "other"]
    assert Counter(one.stratum for one in sample.documents[:30])["other"] >= 5


def test_documents_that_were_set_aside_are_drawn_beside(rows: type[Rows]) -> None:
    sample = draw(rows(marks(plain=40), aside=30), 20, 1)

    assert len(sample.set_aside) == sample.quarantined.drawn == 4
    assert sample.quarantined.rows == 30
    assert {one.stratum for one in sample.documents} == {"none"}


def test_one_confidence_for_all_is_no_low_confidence(rows: type[Rows]) -> None:
    profile = Profile()
    for table in rows(marks(sure=10)).kept():
        profile.add(table)

    assert profile.borders().low < 0


def test_what_was_drawn_is_recalled(rows: type[Rows]) -> None:
    class Remembering(rows):  # type: ignore[valid-type, misc]  # a fixture's class
        def recall(self, recipe: str) -> bytes | None:
            return draw(rows(marks(plain=9)), 3, 1).to_bytes() if "3 documents" in recipe else None

    assert draw(Remembering([]), 3, 1) == draw(rows(marks(plain=9)), 3, 1)
    assert draw(Remembering([]), 4, 1).documents == ()


def test_a_sample_is_the_same_after_it_was_kept(rows: type[Rows]) -> None:
    sample = draw(rows(marks(plain=20, weak=3), aside=4), 10, 1)

    assert Sample.from_bytes(sample.to_bytes()) == sample


def test_rows_that_do_not_tell_their_masks_are_refused(rows: type[Rows]) -> None:
    class Silent(rows):  # type: ignore[valid-type, misc]  # a fixture's class
        def kept(self) -> list[pa.Table]:
            return [pa.table({"id": ["a"]})]

    with pytest.raises(ValueError, match="do not say what was masked"):
        draw(Silent([]), 3, 1)
    with pytest.raises(ValueError, match="cannot be drawn"):
        draw(rows([]), -1, 1)
