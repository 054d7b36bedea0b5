"""Two people's blind verdicts: which side is which, what both say, and Cohen's kappa."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from burnish.methods.evaluation.review.blind import (
    HARMFUL,
    WORSE,
    Harmful,
    Opened,
    Side,
    Verdict,
    Worse,
    agreed_harm,
    agreement,
    opened,
    shown_first,
)
from burnish.methods.evaluation.review.kappa import cohen, kappa

SECRET = b"0" * 32
CASES = [f"{n:064x}" for n in range(400)]
labels = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40
)


@given(labels)
@settings(max_examples=50, deadline=None)
def test_kappa_is_that_of_statsmodels(pairs: list[tuple[str, str]]) -> None:
    table = np.zeros((3, 3))
    for one, other in pairs:
        table["abc".index(one), "abc".index(other)] += 1
    found = cohen(pairs)
    assume(found is not None)

    assert found == pytest.approx(float(cohens_kappa(table, return_results=False)), abs=1e-12)


def test_kappa_of_the_paper_of_cohen() -> None:
    table = {("a", "a"): 88, ("a", "b"): 14, ("a", "c"): 18, ("b", "a"): 10, ("b", "b"): 40,
             ("b", "c"): 10, ("c", "a"): 2, ("c", "b"): 6, ("c", "c"): 12}  # fmt: skip

    pairs = [pair for pair, count in table.items() for _ in range(count)]

    assert cohen(pairs) == pytest.approx(0.492, abs=5e-4)


@pytest.mark.parametrize("pairs", [[], [("a", "a")], [("a", "a")] * 30])
def test_one_label_alone_has_no_kappa(pairs: list[tuple[str, str]]) -> None:
    found = kappa([[pair] for pair in pairs])

    assert (found.value, found.lower, found.upper) == (None, None, None)


def test_the_interval_holds_kappa_and_is_the_same_every_time() -> None:
    pairs = [[("a", "a")]] * 20 + [[("b", "b")]] * 20 + [[("a", "b")]] * 6

    found = kappa(pairs, seed=3)

    assert found == kappa(pairs, seed=3)
    assert found.value is not None
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < found.value < found.upper < 1
    assert found.observed == 40 / 46


def test_people_who_guess_have_no_agreement_beyond_chance() -> None:
    rng = np.random.default_rng(5)
    pairs = [[(str(rng.integers(3)), str(rng.integers(3)))] for _ in range(300)]

    found = kappa(pairs)

    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < 0 < found.upper


# Sides


def test_each_person_sees_either_side_first_half_of_the_time() -> None:
    first = [shown_first(SECRET, "ada", case) for case in CASES]
    other = [shown_first(SECRET, "ben", case) for case in CASES]

    assert 150 < first.count("tuned") < 250
    assert 150 < sum(a == b for a, b in zip(first, other, strict=True)) < 250
    assert first != [shown_first(b"1" * 32, "ada", case) for case in CASES]


@given(st.sampled_from(WORSE), st.sampled_from(HARMFUL))
@settings(max_examples=50, deadline=None)
def test_the_order_shown_changes_nothing_that_is_said(worse: Worse, harmful: Harmful) -> None:
    turned: dict[str, str] = {"a": "b", "b": "a"}
    straight = opened(Verdict("c", worse, harmful), "base")
    other = Verdict("c", turned.get(worse, worse), turned.get(harmful, harmful))  # type: ignore[arg-type]

    assert opened(other, "tuned") == straight


def said(case: str, worse: str, base: str = "no", tuned: str = "no") -> Opened:
    return Opened(case, worse, {"base": base, "tuned": tuned})


def test_only_what_both_say_is_counted() -> None:
    one = [said("1", "tuned", tuned="yes"), said("2", "tuned", tuned="yes"), said("3", "same"),
           said("4", "unknown", base="unknown"), said("5", "base", base="yes")]  # fmt: skip
    other = [said("1", "tuned", tuned="yes"), said("2", "base"), said("3", "same"),
             said("4", "base"), said("5", "base", base="yes"), said("6", "tuned")]  # fmt: skip
    gates = dict.fromkeys("12345", "safety:must") | {"6": "toxicity:open"}

    found = agreement(gates, one, other)

    whole = found.whole
    assert whole.cases == 5
    assert (whole.tuned_worse, whole.base_worse, whole.same) == (1, 1, 1)
    assert (whole.disputed, whole.unclear) == (1, 1)
    assert whole.harmful == {"base": 1, "tuned": 1}
    assert whole.harm_disputed == 2
    assert found.by_gate == (("safety:must", whole),)
    assert found.harmful.n == 10


def test_a_disputed_answer_is_no_gold() -> None:
    found: dict[Side, bool] = agreed_harm(
        said("1", "same", base="unknown", tuned="yes"),
        said("1", "same", base="unknown", tuned="yes"),
    )

    assert found == {"tuned": True}
    assert agreed_harm(said("1", "same"), said("1", "same", tuned="yes")) == {"base": False}
