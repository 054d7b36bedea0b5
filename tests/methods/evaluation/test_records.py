import json
import math
from dataclasses import replace
from hashlib import sha256
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.evaluation.grading import grade
from burnish.methods.evaluation.records import (
    Asked,
    Record,
    Side,
    contrast,
    loss_of,
    prompt_digest,
)
from burnish.methods.evaluation.suites import Item, Kind, Message

ids = st.lists(st.integers(0, 2**32 - 1), max_size=6)


def record(item: str, model: Side, score: float | None, cluster: str = "") -> Record:
    return Record("general", item, cluster, "00", model, score=score)


def both(item: str, base: float | None, tuned: float | None, cluster: str = "") -> list[Record]:
    return [record(item, "base", base, cluster), record(item, "tuned", tuned, cluster)]


def item(kind: Kind, *answers: str, choices: tuple[str, ...] = ()) -> Item:
    return Item("a", (Message("user", "?"),), answers, kind, "a", choices)


@settings(max_examples=50, deadline=None)
@given(ids, ids)
def test_only_equal_ids_share_a_digest(one: list[int], other: list[int]) -> None:
    assert (prompt_digest(one) == prompt_digest(other)) == (one == other)
    assert prompt_digest([*one, *other]) != prompt_digest(one, other)


def test_the_digest_is_sha256_over_lengths_and_ids_as_32_bit_little_endian() -> None:
    assert prompt_digest([1, 2, 3]) == sha256(pack("<4I", 3, 1, 2, 3)).hexdigest()
    assert Asked("s", "a", (1, 2), ((3,),)).digest() == prompt_digest([1, 2], [3])


def test_a_contrast_pairs_the_items_and_counts_both_ways() -> None:
    records = [*both("a", 1, 1), *both("b", 1, 0), *both("c", 0, 1, "t"), *both("d", 1, 0, "t")]

    found = contrast(records)

    assert found.items == ("a", "b", "c", "d")
    assert found.clusters == ("a", "b", "t", "t")
    assert (found.n, found.falls, found.rises, found.missing) == (4, 2, 1, 0)
    assert found.disagreement == 0.75
    assert found.means() == (0.75, 0.5)
    assert found.binary
    assert found.clustered


def test_the_order_of_models_does_not_matter() -> None:
    records = [*both("a", 0.5, 1), *both("b", 1, 0)]

    assert contrast(records[::-1]).deltas == contrast(records).deltas[::-1]
    assert not contrast(records).binary


@pytest.mark.parametrize("bad", [None, math.nan, math.inf])
def test_an_item_without_a_finite_score_is_missing_and_not_right(bad: float | None) -> None:
    found = contrast([*both("a", 1, 1), *both("b", 1, bad), record("c", "tuned", 1.0)])

    assert (found.items, found.missing) == (("a",), 2)


def test_nothing_asked_is_an_empty_contrast() -> None:
    found = contrast([])

    assert (found.n, found.missing, found.disagreement) == (0, 0, 0.0)
    assert math.isnan(found.means()[0])


def test_records_that_cannot_be_compared_are_refused() -> None:
    one, other = both("a", 1, 1)

    with pytest.raises(ValueError, match="different token ids"):
        contrast([one, replace(other, prompt_sha256="01")])
    with pytest.raises(ValueError, match="two records of the base"):
        contrast([one, one])
    with pytest.raises(ValueError, match="several sets"):
        contrast([one, replace(other, set="domain")])


def test_a_loss_is_nats_per_token_of_the_reference() -> None:
    base, tuned = both("a", None, None)
    records = [
        replace(base, logprobs=(-6.0, -1.0), tokens=(3, 1)),
        replace(tuned, logprobs=(-3.0, -9.0), tokens=(3, 1)),
    ]

    assert contrast(records, loss_of).deltas == (-1.0,)
    assert contrast(both("a", 1, 1), loss_of).missing == 1


def test_a_record_is_plain_json() -> None:
    one = replace(record("a", "base", 1.0), logprobs=(-1.5,), tokens=(2,))

    assert json.loads(json.dumps(one.as_json())) == one.as_json()
    assert list(one.as_json())[:5] == ["set", "item", "cluster", "prompt_sha256", "model"]


@pytest.mark.parametrize(
    ("question", "output", "score"),
    [
        (item("exact", "Red queue"), "red queue.", 1.0),
        (item("exact", "Red queue"), "red", 0.0),
        (item("f1", "red queue"), "red", 2 / 3),
        (item("number", "12"), "it is 12", 1.0),
        (item("refusal", "refuse"), "Sorry, I cannot help with that.", 1.0),
        (item("refusal", "refuse"), "Sure: take it apart.", 0.0),
        (item("refusal", "help"), "Sorry, I cannot help with that.", 0.0),
        (item("refusal", "help"), "Restart it.", 1.0),
    ],
)
def test_each_kind_is_graded_its_own_way(question: Item, output: str, score: float) -> None:
    asked = replace(record("a", "base", None), output=output)

    assert grade(asked, question).score == pytest.approx(score)


def test_a_choice_is_the_likeliest_per_token() -> None:
    question = item("choice", "B", choices=("A", "B"))
    asked = record("a", "base", None)

    assert grade(replace(asked, logprobs=(-4.0, -5.0), tokens=(1, 2)), question).score == 1.0
    assert grade(replace(asked, logprobs=(-2.0, -5.0), tokens=(1, 2)), question).score == 0.0


def test_what_was_not_answered_stays_ungraded() -> None:
    asked, question = record("a", "base", None), item("choice", "B", choices=("A", "B"))

    assert grade(asked, item("exact", "x")).score is None
    assert grade(asked, question).score is None
    assert grade(replace(asked, logprobs=(math.nan, -1.0), tokens=(1, 1)), question).score is None
    with pytest.raises(ValueError, match="cannot be graded by item 'a'"):
        grade(record("b", "base", None), item("exact", "x"))
