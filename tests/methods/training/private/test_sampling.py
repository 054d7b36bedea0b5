from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from burnish.methods.training.examples import Example
from burnish.methods.training.privacy_settings import PrivacyRefused, PrivacySettings, length
from burnish.methods.training.private.random import Stream
from burnish.methods.training.private.sampling import draw, micro_batches, units

STREAM = Stream(b"s" * 32, {"model": "a"})


def test_examples_of_one_unit_go_together(examples: Callable[..., list[Example]]) -> None:
    rows = examples(5)
    named = [replace(r, unit=u) for r, u in zip(rows, ["b", "", "a", "b", "row-1"], strict=True)]

    assert units(named) == [(0, 3), (1,), (2,), (4,)]
    assert units(rows) == [(n,) for n in range(5)]


def test_every_unit_is_drawn_independently_at_the_rate() -> None:
    among = [(n,) for n in range(200)]
    privacy = PrivacySettings(noise=1, rate=0.1, steps=400)
    drawn = [draw(among, privacy, STREAM, step) for step in range(400)]
    sizes, each = [len(d) for d in drawn], Counter(u for d in drawn for u in d)

    assert stats.binomtest(sum(sizes), 400 * 200, 0.1).pvalue > 1e-3
    # Poisson sampling: the size of a batch varies as a binomial does, it is never fixed
    assert 0.75 < np.var(sizes) / (200 * 0.1 * 0.9) < 1.3
    assert stats.chisquare([each[u] for u in among]).pvalue > 1e-3


def test_a_fixed_batch_size_would_be_seen() -> None:
    assert not 0.75 < np.var([20] * 400) / (200 * 0.1 * 0.9) < 1.3


def test_a_draw_may_be_empty_and_a_rate_of_one_takes_all() -> None:
    among = [(0,), (1,)]
    rare = PrivacySettings(noise=1, rate=1e-6, steps=1)

    assert draw(among, rare, STREAM, 0) == []
    assert draw(among, replace(rare, rate=1.0), STREAM, 0) == among
    assert micro_batches([], [], 4) == []


@pytest.mark.parametrize("most", [1, 2])
def test_a_unit_gives_a_few_of_its_examples_all_alike_likely(most: int) -> None:
    among = [tuple(range(8)), (8,), (9, 10)]
    privacy = PrivacySettings(noise=1, rate=1.0, steps=1, examples_per_unit=most)
    drawn = [draw(among, privacy, STREAM, step) for step in range(600)]
    of_first = Counter(i for d in drawn for i in d[0])

    assert {len(d[0]) for d in drawn} == {most}
    assert {d[1] for d in drawn} == {(8,)}
    assert {len(d[2]) for d in drawn} == {most}
    assert stats.chisquare([of_first[i] for i in range(8)]).pvalue > 1e-3


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 3), max_size=30), st.integers(3, 6))
def test_micro_batches_hold_each_unit_whole_and_once(sizes: list[int], room: int) -> None:
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    drawn = [tuple(range(end - size, end)) for end, size in zip(ends, sizes, strict=True)]
    lengths = [(i * 7) % 13 + 1 for i in range(sum(sizes))]

    batches = micro_batches(drawn, lengths, room)

    assert sorted(u for batch in batches for u in batch) == sorted(drawn)
    assert all(sum(map(len, batch)) <= room for batch in batches)


def test_a_unit_that_does_not_fit_a_micro_batch_is_refused() -> None:
    with pytest.raises(PrivacyRefused, match="does not fit micro_batch 2"):
        micro_batches([(0, 1, 2)], [5, 5, 5], 2)


def test_the_length_of_a_training_follows_from_its_units() -> None:
    assert length(1000, 32, 3, None).steps == 96
    assert length(1000, 32, 3, 40).steps == 40
    assert length(1000, 32, 3, None).rate == 0.032
    assert length(10, 32, 2, None).rate == 1.0
    with pytest.raises(PrivacyRefused, match="is empty"):
        length(0, 32, 3, None)
