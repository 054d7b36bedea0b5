"""When to try again, and when trying again cannot help."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.failures import AGAIN, Kind
from burnish.engines.supervision.policy import End, Policy

POLICY = Policy(attempts=5, backoff=1.0, longest=60.0)


def end(kind: Kind = Kind.LOST, step: int = 0, progress: bool = False, problem: str = "") -> End:
    return End(kind, problem, step, progress)


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(AGAIN)))
def test_what_would_end_the_same_way_is_never_tried_again(kind: Kind) -> None:
    assert POLICY.give_up([end(kind, 9, progress=True)])


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.HUNG, Kind.PREEMPTED, Kind.DEFECT, Kind.MEMORY])
def test_what_may_have_been_chance_is_tried_again(kind: Kind) -> None:
    assert not POLICY.give_up([end(kind, 9)])


def test_memory_is_tried_once_more_and_again_only_after_a_new_checkpoint() -> None:
    short = end(Kind.MEMORY, 9)
    assert "memory ran out twice" in POLICY.give_up([short, short])
    assert not POLICY.give_up([end(Kind.MEMORY, 9), end(Kind.LOST, 12), short])


def test_the_same_error_at_the_same_step_is_a_defect_and_another_is_not() -> None:
    first = end(Kind.DEFECT, 7, problem="KeyError in a, line 1")
    assert "the same error came twice after step 7" in POLICY.give_up([first, first])
    assert not POLICY.give_up([first, end(Kind.DEFECT, 8, problem=first.problem)])
    assert not POLICY.give_up([first, end(Kind.DEFECT, 7, problem="OSError in b, line 2")])


def test_three_losses_at_one_step_are_that_steps_doing() -> None:
    ends = [end(step=37, progress=True), end(step=37), end(Kind.HUNG, 37)]
    assert not POLICY.give_up(ends[:2])
    assert "so that step is the cause" in POLICY.give_up(ends)
    assert not POLICY.give_up([end(step=37), end(step=38), end(step=37)])


def test_a_machine_may_be_taken_away_at_one_step_as_often_as_it_likes() -> None:
    ends = [end(Kind.PREEMPTED, 4, progress=True)] * 9
    assert not POLICY.give_up(ends)
    assert POLICY.wait(ends, 0.0) == 0.0


def test_attempts_that_save_nothing_run_out_and_a_checkpoint_begins_the_count_anew() -> None:
    ends = [end(step=n) for n in range(5)]
    assert not POLICY.give_up(ends[:4])
    assert POLICY.give_up(ends) == "5 attempts in a row saved no checkpoint"
    assert not POLICY.give_up([*ends[:4], end(step=40, progress=True), end(step=41)])
    assert Policy(attempts=1).give_up([end()])


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
@settings(max_examples=50, deadline=None)
def test_the_wait_doubles_to_its_limit_and_chance_takes_half_of_it_at_most(
    tries: int, chance: float
) -> None:
    ends = [end(step=n) for n in range(tries)]
    whole = min(60.0, 2.0 ** (tries - 1))
    assert POLICY.wait(ends, 0.0) == whole
    assert whole / 2 <= POLICY.wait(ends, chance) <= whole
