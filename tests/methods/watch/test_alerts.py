"""Every alert fires on a planted stream, once, and on no clean one."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.watch.alerts import KINDS, QUIET, Alert, Limits, Rules, alerts
from burnish.methods.watch.schedule import SHAPES, Schedule, rate_at
from burnish.methods.watch.stream import Broke, Forecast, Resumed, Seen, Stepped, Validated

STEPS = 200
SCHEDULE = Schedule("cosine", 1e-3, 0.05, STEPS)
LIMITS = Limits(cost=120.0, budget=100.0, schedule=SCHEDULE)


def steps(change: Callable[[int], dict[str, float]] = lambda step: {}) -> list[Seen]:
    """A training that learns, with what a test changes of its steps."""
    found: list[Seen] = []
    for step in range(1, STEPS + 1):
        plain: dict[str, float] = {
            "loss": 1 + 3 * math.exp(-step / 40), "grad_norm": 0.9, "tokens": 1000,
            "rate": rate_at(SCHEDULE, step), "seconds": 1.0,
        }  # fmt: skip
        told = {**plain, **change(step)}
        tokens = int(told.pop("tokens"))
        found.append(Stepped(step, tokens=tokens, **told))
        if step % 20 == 0:
            found.append(Validated(step, 2.0 - step / 500))
            found.append(Forecast(step, 99.0))
    return found


def raised(stream: list[Seen], limits: Limits = LIMITS) -> list[tuple[str, int]]:
    return [(alert.kind, alert.step) for alert in alerts(stream, limits)]


def test_a_clean_training_raises_nothing() -> None:
    assert raised(steps()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda s: {"grad_norm": 10.5} if s == 50 else {}, [("gradient", 50)]),
        (lambda s: {"grad_norm": 10.0}, []),
        (lambda s: {"grad_norm": math.inf} if s == 50 else {}, [("not_finite", 50)]),
        (lambda s: {"loss": math.nan} if s == 50 else {}, [("not_finite", 50)]),
        (lambda s: {"loss": 40.0} if s >= 100 else {}, [("divergence", 104)]),
        (lambda s: {"loss": 40.0} if s in (100, 120, 140) else {}, []),
        (lambda s: {"rate": 1e-3 + 1e-8} if s == 70 else {}, [("rate", 70)]),
        (lambda s: {"seconds": 3.0} if s >= 100 else {}, [("throughput", 119)]),
        (lambda s: {"seconds": 3.0} if s % 10 == 0 else {}, []),
        (lambda s: {"seconds": 1.9} if s >= 100 else {}, []),
    ],
)
def test_a_planted_fault_in_the_steps_is_raised_where_it_shows(
    change: Callable[[int], dict[str, float]], expected: list[tuple[str, int]]
) -> None:
    assert raised(steps(change)) == expected


def test_three_rises_of_the_validation_loss_are_one_alert_and_a_fall_clears_it() -> None:
    losses = [5.0, 4.0, 4.1, 4.2, 4.2, 4.3, 4.4, 4.5, 4.6, 4.0, 4.1, 4.2, 4.3]

    found = raised([Validated(step, loss) for step, loss in enumerate(losses)])

    assert found == [("validation", 7), ("validation", 12)]


def test_the_same_validation_told_twice_is_no_rise_and_no_fall() -> None:
    losses = [(0, 1.0), (5, 1.1), (5, 1.1), (10, 1.2), (10, 1.2), (15, 1.3)]

    assert raised([Validated(*one) for one in losses]) == [("validation", 15)]


def test_a_validation_that_is_no_number_is_raised_as_that() -> None:
    assert raised([Validated(0, 1.0), Validated(5, math.nan)]) == [("not_finite", 5)]


def test_an_overrun_of_cost_clears_within_the_budget_only() -> None:
    costs = [90, 119, 121, 140, 110, 130, 100, 121]

    found = raised([Forecast(step, float(cost)) for step, cost in enumerate(costs)])

    assert found == [("cost", 2), ("cost", 7)]


def test_a_gradient_that_flaps_is_one_alert_until_it_has_been_quiet() -> None:
    stream: list[Seen] = [Stepped(s, 20.0 if s % 2 else 1.0, 1.0) for s in range(1, 40)]
    stream += [Stepped(s, 1.0, 1.0) for s in range(40, 40 + QUIET)]
    stream += [Stepped(99, 20.0, 1.0)]

    assert raised(stream, Limits()) == [("gradient", 1), ("gradient", 99)]


def test_every_interruption_tells_of_itself_and_forgets_the_old_machine_s_speed() -> None:
    slower = [Stepped(s, 1.0, 1.0, seconds=9.0) for s in range(101, 200)]
    stream: list[Seen] = [
        *(Stepped(s, 1.0, 1.0, seconds=1.0) for s in range(1, 101)),
        Resumed(90, 10),
        *slower,
        Resumed(90, 3),
    ]

    assert raised(stream, Limits()) == [("interruption", 90), ("interruption", 90)]
    assert raised([*stream[:100], *slower], Limits()) == [("throughput", 120)]


def test_a_loop_that_breaks_off_is_raised_at_the_step_that_broke() -> None:
    assert raised([Broke(41, "loss")]) == [("not_finite", 42)]


def test_a_loss_near_zero_may_double() -> None:
    """What is learned by heart has losses that jump by factors, and mean nothing."""
    assert raised(steps(lambda s: {"loss": 0.001 if s < 100 else 0.02})) == []


def test_every_kind_has_its_words_with_its_numbers() -> None:
    for kind in KINDS:
        assert "7" in Alert(kind, 7, 1.5, 0.5).words()


numbers = st.floats(0.1, 9.9)
seen = st.one_of(
    st.builds(Stepped, st.integers(1, 99), st.floats(0, 30), numbers, st.floats(0, 40),
              st.integers(1, 9), st.floats(0.1, 5)),
    st.builds(Validated, st.integers(0, 99), numbers),
    st.builds(Forecast, st.integers(1, 99), st.floats(0, 300)),
    st.builds(Resumed, st.integers(1, 99)),
)  # fmt: skip


@given(st.lists(seen, max_size=120), st.integers(0, 120))
@settings(max_examples=50, deadline=None)
def test_rules_that_heard_what_came_before_go_on_as_if_never_stopped(
    stream: list[Seen], cut: int
) -> None:
    limits = Limits(patience=2, divergence_steps=2, slow_steps=3, cost=120.0, budget=100.0)
    whole = list(alerts(stream, limits))

    rules = Rules(limits)
    before = [alert for one in stream[:cut] for alert in rules.hear(one)]
    again = Rules(limits)
    for one in stream[:cut]:
        again.hear(one)
    after = [alert for one in stream[cut:] for alert in again.hear(one)]

    assert before + after == whole


@given(
    st.lists(
        st.tuples(st.floats(0.5, 3.0), st.floats(0.01, 9.9), st.floats(0.9, 1.1)), max_size=99
    ),
    st.sampled_from(SHAPES),
    st.floats(0, 0.5),
)
@settings(max_examples=50, deadline=None)
def test_no_noise_within_bounds_is_an_alert(
    noise: list[tuple[float, float, float]], shape: str, warmup: float
) -> None:
    """Losses within a factor of two of each other, norms below ten, steps of about one time."""
    schedule = Schedule(shape, 1e-3, warmup, max(1, len(noise)))
    stream: list[Seen] = [
        Stepped(n, norm, rate_at(schedule, n), 2 + loss / 3, 100, took)
        for n, (loss, norm, took) in enumerate(noise, 1)
    ]

    assert raised(stream, Limits(schedule=schedule)) == []
