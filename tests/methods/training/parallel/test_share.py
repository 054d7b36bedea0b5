import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.training.objective_settings import EwcSettings, ObjectiveSettings
from burnish.methods.training.pack import Step
from burnish.methods.training.parallel import zero
from burnish.methods.training.parallel.member import Member
from burnish.methods.training.parallel.share import share
from burnish.methods.training.parallel_settings import ParallelSettings
from burnish.methods.training.settings import TrainSettings


def a_step(rows: int, micro_batch: int) -> Step:
    numbered = [(row,) for row in range(rows)]
    return tuple(
        tuple(numbered[start : start + micro_batch]) for start in range(0, rows, micro_batch)
    )


@given(rows=st.integers(1, 40), micro=st.integers(1, 6), world=st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_each_row_of_a_step_is_counted_by_one_rank_once(rows: int, micro: int, world: int) -> None:
    step = a_step(rows, micro)
    mine = [share(step, micro, number, world) for number in range(world)]

    counted = [row for one in mine for p in one.passes if p.counts for row in p.rows]
    assert sorted(counted) == [(row,) for row in range(rows)]
    assert all(len(batch) <= micro for one in mine for batch in one.batches)


@given(rows=st.integers(1, 40), micro=st.integers(1, 6), world=st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_all_ranks_make_the_same_number_of_passes(rows: int, micro: int, world: int) -> None:
    step = a_step(rows, micro)
    passes = [share(step, micro, number, world).passes for number in range(world)]

    assert len({len(one) for one in passes}) == 1
    for one in passes:
        assert [p.last for p in one] == [False] * (len(one) - 1) + [True]
        assert all(p.rows for p in one)


def test_one_rank_takes_the_step_as_it_is_cut() -> None:
    step = a_step(7, 3)
    assert share(step, 3, 0, 1).batches == step


@pytest.mark.parametrize(("kind", "ranks"), [("none", 2), ("ddp", 1), ("fsdp2", 1), ("fsdp", 2)])
def test_a_kind_that_does_not_fit_its_ranks_is_refused(kind: str, ranks: int) -> None:
    with pytest.raises(ValueError, match=r"parallel\.kind"):
        ParallelSettings(kind, ranks)  # type: ignore[arg-type]


def test_a_rank_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="rank 2 is none of 2"):
        Member(2, 2, 0, "127.0.0.1:1")
    with pytest.raises(ValueError, match="place to meet"):
        Member(0, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"technique": "qlora"}, "qlora cannot be sharded by fsdp2"),
        ({"objective": ObjectiveSettings(ewc=EwcSettings())}, "ewc needs whole weights"),
    ],
)
def test_what_cannot_be_sharded_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TrainSettings(parallel=ParallelSettings("fsdp2", 2), **change)


def test_without_deepspeed_zero_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "deepspeed", None)
    with pytest.raises(ValueError, match=r"pip install 'burnish\[deepspeed\]'"):
        zero.library()


def test_deepspeed_is_told_the_stage_and_keeps_no_schedule_of_its_own() -> None:
    told = zero.configuration(3, 1.0)
    assert told["zero_optimization"]["stage"] == 3
    assert told["gradient_clipping"] == 1.0
    assert not {"optimizer", "scheduler", "fp16", "bf16"} & set(told)
