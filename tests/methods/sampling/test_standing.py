"""Verdicts of several people taken together, and samples that do not count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pytest

from burnish.methods.sampling.draw import draw
from burnish.methods.sampling.standing import Bar, Looked, above_the_bar, lacks, weigh

if TYPE_CHECKING:
    from tests.methods.sampling.conftest import Rows

SEED = 5


@dataclass(frozen=True)
class Signed:
    person: str
    body: Mapping[str, Any]


def signed(
    frame: Rows, size: int, person: str = "olga", changed: Mapping[str, Looked] | None = None
) -> Signed:
    """All documents right, but for those that are changed, by their ids."""
    sample = draw(frame, size, SEED)
    drawn = [*sample.documents, *sample.set_aside]
    right = {one.id: Looked(one.id, one.stratum, masks=2, words=100) for one in drawn}
    looked = {**right, **(changed or {})}
    return Signed(person, {"documents": [asdict(one) for one in looked.values()]})


def look(frame: Rows, place: int, **said: Any) -> dict[str, Looked]:
    """A verdict on the document drawn at a place."""
    one = draw(frame, 20, SEED).documents[place]
    return {one.id: Looked(one.id, one.stratum, masks=2, words=100, **said)}


@pytest.fixture
def frame(rows: type[Rows]) -> Rows:
    return rows([[("EMAIL", 1.0)]] * 60 + [[]] * 40)


def test_documents_without_a_miss_have_a_bound_above_nothing(frame: Rows) -> None:
    standing = weigh([signed(frame, 20)], frame, SEED).standing

    assert (standing.judged, standing.skipped, standing.missed.estimate) == (20, 0, 0.0)
    assert 0.05 < standing.missed.upper < 0.4
    assert standing.reviewers == ("olga",)


def test_a_miss_weighs_by_how_seldom_its_like_was_drawn(frame: Rows) -> None:
    one = look(frame, 0, missed=3)

    standing = weigh([signed(frame, 20, changed=one)], frame, SEED).standing

    (seen,) = [s for s in standing.strata if s.missed]
    assert standing.missed.estimate == pytest.approx(seen.rows / seen.judged / 100)
    assert standing.words_missed == pytest.approx(
        1000 * 3 * (seen.rows / seen.judged) / (100 * 100), rel=1e-9
    )


def test_masks_that_hide_nothing_are_counted_apart(frame: Rows) -> None:
    standing = weigh([signed(frame, 20, changed=look(frame, 1, over=2))], frame, SEED).standing

    assert standing.missed.estimate == 0
    assert standing.over.estimate
    assert standing.masks_over


def test_a_miss_that_anybody_found_stays_found(frame: Rows) -> None:
    found, not_found = look(frame, 2, missed=1), look(frame, 2)

    standing = weigh(
        [signed(frame, 20, "olga", found), signed(frame, 20, "otto", not_found)], frame, SEED
    ).standing

    assert sum(one.missed for one in standing.strata) == 1
    assert standing.reviewers == ("olga", "otto")


def test_of_one_person_the_newest_verdict_counts(frame: Rows) -> None:
    first, second = signed(frame, 20, changed=look(frame, 2, missed=1)), signed(frame, 20)

    assert weigh([first, second], frame, SEED).standing.missed.estimate == 0
    assert weigh([second, first], frame, SEED).standing.missed.estimate


def test_a_smaller_sample_adds_nothing_to_a_larger_one(frame: Rows) -> None:
    both = weigh([signed(frame, 20), signed(frame, 5, "otto")], frame, SEED)

    assert both.refused == ()
    assert both.standing.judged == 20


def test_a_verdict_counts_more_than_a_skip(frame: Rows) -> None:
    skipped = look(frame, 4, skipped=True)

    alone = weigh([signed(frame, 20, changed=skipped)], frame, SEED).standing
    both = weigh(
        [signed(frame, 20, changed=skipped), signed(frame, 20, "otto")], frame, SEED
    ).standing

    assert (alone.judged, alone.skipped) == (19, 1)
    assert (both.judged, both.skipped) == (20, 0)
    assert alone.missed.upper > both.missed.upper


def test_documents_set_aside_say_how_good_the_detector_is_and_not_what_is_left(
    rows: type[Rows],
) -> None:
    frame = rows([[]] * 50, aside=50)
    aside = draw(frame, 20, SEED).set_aside
    misses = {one.id: Looked(one.id, one.stratum, missed=1, words=9) for one in aside}

    standing = weigh([signed(frame, 20, changed=misses)], frame, SEED).standing

    assert standing.missed.estimate == 0
    assert standing.of_detector.estimate == pytest.approx(0.5)
    assert standing.quarantined.missed == len(aside)


def test_a_sample_from_which_a_document_was_left_out_does_not_count(frame: Rows) -> None:
    documents = list(signed(frame, 20).body["documents"])
    del documents[9]

    weighed = weigh([Signed("olga", {"documents": documents})], frame, SEED)

    assert weighed.refused == (
        "olga's sample does not count: its documents are not those that were drawn",
    )
    assert weighed.standing.judged == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": "row-999"}, "not those that were drawn"),
        ({"stratum": "many"}, "another stratum than its own"),
    ],
)
def test_a_sample_with_an_exchanged_document_does_not_count(
    frame: Rows, change: dict[str, str], told: str
) -> None:
    documents = list(signed(frame, 20).body["documents"])
    documents[3] = {**documents[3], **change}

    assert told in weigh([Signed("olga", {"documents": documents})], frame, SEED).refused[0]


def test_a_document_with_two_verdicts_does_not_count(frame: Rows) -> None:
    documents = [*signed(frame, 20).body["documents"], signed(frame, 1).body["documents"][0]]

    weighed = weigh([Signed("olga", {"documents": documents})], frame, SEED)

    assert "two verdicts" in weighed.refused[0]


def test_a_sample_drawn_with_another_seed_does_not_count(frame: Rows) -> None:
    assert weigh([signed(frame, 20)], frame, SEED + 1).refused


def test_verdicts_that_are_none_are_an_error(frame: Rows) -> None:
    with pytest.raises(KeyError):
        weigh([Signed("olga", {"documents": [{"id": "row-1"}]})], frame, SEED)


def test_too_few_documents_are_told(frame: Rows) -> None:
    standing = weigh([signed(frame, 20)], frame, SEED).standing

    assert lacks(standing, Bar(20)) == ""
    assert lacks(standing, Bar(30)) == "people have looked at 20 of 30 documents of the sample"
    assert "20 of 100" in lacks(standing, Bar(500))


def test_a_bound_above_the_bar_asks_for_more_documents(frame: Rows) -> None:
    standing = weigh([signed(frame, 20)], frame, SEED).standing

    told = lacks(standing, Bar(20, 0.05))

    assert "above 5.0000%" in told
    assert "more documents without a miss" in told
    assert lacks(standing, Bar(20, 0.9)) == ""


def test_an_estimate_above_the_bar_speaks_against(frame: Rows) -> None:
    standing = weigh([signed(frame, 20, changed=look(frame, 0, missed=1))], frame, SEED).standing

    assert above_the_bar(standing, Bar(20, 0.001)).startswith("sampled miss rate ")
    assert above_the_bar(standing, Bar(30, 0.001)) == ""
    assert above_the_bar(standing, Bar(20, 0.9)) == ""
    assert above_the_bar(standing, Bar(20)) == ""
