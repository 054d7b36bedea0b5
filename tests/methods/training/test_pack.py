from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.training.pack import (
    Step,
    best_fit_rows,
    epoch_steps,
    evaluation_batches,
    steps_per_epoch,
)
from burnish.methods.training.settings import TrainSettings

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=60)


def members(steps: list[Step]) -> list[int]:
    return sorted(i for step in steps for micro in step for row in micro for i in row)


@settings(max_examples=50, deadline=None)
@given(lengths=LENGTHS, packing=st.booleans(), epoch=st.integers(0, 5))
def test_every_example_is_in_each_epoch_exactly_once(
    lengths: list[int], packing: bool, epoch: int
) -> None:
    plan = TrainSettings(max_length=30, packing=packing, micro_batch=2, accumulate=3)

    steps = epoch_steps(lengths, plan, epoch)

    assert members(steps) == list(range(len(lengths)))
    assert len(steps) == steps_per_epoch(lengths, plan)


@settings(max_examples=50, deadline=None)
@given(lengths=LENGTHS)
def test_rows_never_overflow_and_no_two_of_them_would_fit_in_one(lengths: list[int]) -> None:
    rows = best_fit_rows(lengths, range(len(lengths)), 30)

    used = [sum(lengths[i] for i in row) for row in rows]

    assert max(used) <= 30
    assert all(a + b > 30 for a, b in combinations(used, 2))


@settings(max_examples=50, deadline=None)
@given(lengths=LENGTHS, data=st.data())
def test_each_example_goes_into_the_oldest_of_the_fullest_rows_that_take_it(
    lengths: list[int], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(lengths))))
    rows: list[list[int]] = []
    for index in sorted(order, key=lambda i: -lengths[i]):
        used = [sum(lengths[i] for i in row) for row in rows]
        fitting = [(-full, n) for n, full in enumerate(used) if full + lengths[index] <= 30]
        if fitting:
            rows[min(fitting)[1]].append(index)
        else:
            rows.append([index])

    assert best_fit_rows(lengths, order, 30) == [tuple(row) for row in rows]


def test_an_example_goes_where_it_leaves_least_room() -> None:
    assert best_fit_rows([6, 5, 4, 3, 2], range(5), 10) == [(0, 2), (1, 3, 4)]


def test_an_example_longer_than_a_row_is_refused() -> None:
    with pytest.raises(ValueError, match="example 1 has 11 tokens, a row holds 10"):
        best_fit_rows([3, 11], range(2), 10)


def test_the_plan_depends_on_seed_and_epoch_alone() -> None:
    lengths = [3 + i % 7 for i in range(40)]
    one, other = TrainSettings(max_length=30, seed=1), TrainSettings(max_length=30, seed=2)

    assert epoch_steps(lengths, one, 4) == epoch_steps(lengths, one, 4)
    assert epoch_steps(lengths, one, 4) != epoch_steps(lengths, one, 5)
    assert epoch_steps(lengths, one, 4) != epoch_steps(lengths, other, 4)


def test_accumulation_cuts_the_same_step_differently() -> None:
    lengths = [3 + i % 7 for i in range(40)]
    whole = TrainSettings(max_length=20, micro_batch=6, accumulate=1)
    parts = TrainSettings(max_length=20, micro_batch=2, accumulate=3)

    flat = [
        [[row for micro in step for row in micro] for step in epoch_steps(lengths, plan, 0)]
        for plan in (whole, parts)
    ]

    assert flat[0] == flat[1]


def test_evaluation_goes_through_every_example_once() -> None:
    lengths = [5, 9, 3, 8, 8]
    for packing in (True, False):
        plan = TrainSettings(max_length=12, packing=packing, micro_batch=2)

        assert members([tuple(evaluation_batches(lengths, plan))]) == [0, 1, 2, 3, 4]


def test_a_curriculum_orders_the_first_epoch_and_no_other() -> None:
    hard = [float(n % 10) for n in range(40)]
    lengths = [8] * 40
    settings = TrainSettings(packing=False, micro_batch=4, max_length=8, order="easy_first")

    first, second = (epoch_steps(lengths, settings, epoch, hard) for epoch in (0, 1))

    seen = [hard[i] for step in first for micro in step for row in micro for i in row]
    assert seen == sorted(seen)
    later = [hard[i] for step in second for micro in step for row in micro for i in row]
    assert sorted(later) == seen
    assert later != seen
