"""A source against its own past: chance is no drift, and a real change is one."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.screen.drift import Profile, described, drifts, jensen_shannon, profile_of
from burnish.methods.screen.passes import Rows, summed

OLD_TEXT = "lamp desk chair printer paper folder screen phone pen stapler cable mouse"
NEW_TEXT = "ledger audit invoice tax balance refund account loan rate budget"
OLD, NEW = OLD_TEXT.split(), NEW_TEXT.split()


def profile(seed: int, count: int, share_new: float = 0.0, source: str = "forms") -> Profile:
    chance = random.Random(seed)
    texts, labels = [], []
    for _ in range(count):
        new = chance.random() < share_new
        texts.append(" ".join(chance.choices(NEW if new else OLD, k=chance.randint(5, 12))))
        labels.append("money" if new else chance.choice(["it", "rooms"]))
    values = {"label": labels, "answer": [""] * count, "source": [source] * count}
    ids = [f"{seed}-{n}" for n in range(count)]
    return profile_of(summed([described(Rows(texts, values), ids, ["en"] * count)]))


@pytest.mark.parametrize(("now", "past"), [(300, 300), (80, 1000), (1000, 80)])
def test_more_of_the_same_is_explained_by_chance(now: int, past: int) -> None:
    found = drifts(profile(1, now), profile(2, past))

    assert {one.feature for one in found} == {"length", "words", "language", "label"}
    assert [one for one in found if one.excess > 0.0] == []


def test_a_change_of_a_fifth_of_the_rows_is_beyond_chance() -> None:
    found = {one.feature: one for one in drifts(profile(1, 400, 0.2), profile(2, 400))}

    assert found["label"].excess > 0.03
    assert found["words"].excess > 0.03
    assert found["language"].excess == 0.0


def test_another_source_altogether_is_far() -> None:
    found = {one.feature: one for one in drifts(profile(1, 400, 1.0), profile(2, 400))}

    assert found["words"].divergence > 0.9
    assert found["label"].divergence == 1.0


def test_sources_without_a_past_or_with_few_rows_are_not_compared() -> None:
    assert drifts(profile(1, 400), profile(2, 400, source="other")) == []
    assert drifts(profile(1, 49), profile(2, 400)) == []


def test_a_profile_does_not_hold_what_the_rows_say() -> None:
    told = str(profile(1, 60))

    assert [word for word in (*OLD, *NEW, "money") if word in told] == []


def test_a_profile_is_the_same_however_rows_are_cut() -> None:
    values = {"label": ["a", "b"], "answer": ["x", ""], "source": ["s", "s"]}
    rows = Rows(["one two", "three"], values)
    parts = [
        described(Rows([rows.texts[n]], {k: [v[n]] for k, v in values.items()}), [str(n)], [None])
        for n in range(2)
    ]

    whole = profile_of(summed([described(rows, ["0", "1"], [None, None])]))

    assert profile_of(summed(parts)) == whole


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=20),
)
def test_the_divergence_is_symmetric_and_between_none_and_one(pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array(side, float) for side in zip(*pairs, strict=True))

    found = jensen_shannon(left, right)

    assert 0.0 <= found <= 1.0 + 1e-12
    assert found == pytest.approx(jensen_shannon(right, left))
    assert jensen_shannon(left, left * 3) == pytest.approx(0.0, abs=1e-12)
