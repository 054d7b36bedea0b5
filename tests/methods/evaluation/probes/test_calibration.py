"""Calibration against implementations of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from tests.probe_bench import bench, item, number_of, sheet, verdicts

from burnish.methods.evaluation.asking import graded
from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.probes.calibration import (
    brier,
    calibration,
    calibration_error,
    probabilities,
)
from burnish.methods.evaluation.records import Asked, Record, Side

CHOICES = ("red", "green", "dark blue")


def asked_of(sure: float, margin: float | None = None, lost: bool = False) -> Found:
    """Both are right on three of four items; the tuned model is surer by a factor."""
    items = [item(k, "red", "choice", CHOICES) for k in range(80)]

    def weighs(side: Side, asked: Asked) -> list[float]:
        factor = sure if side == "tuned" else 1.0
        if lost and side == "tuned" and number_of(asked) == 1:
            return [math.nan] * 3
        first = 1.0 if number_of(asked) % 4 else -1.0
        scores = [factor * first, 0.0, -factor]
        return [s * len(a) for s, a in zip(scores, asked.continuations, strict=True)]

    one = sheet("forgetting", items)
    return calibration(one, graded(bench(weighs=weighs), one), margin)


def test_probabilities_are_the_softmax_per_token() -> None:
    one = item(1, "red", "choice", CHOICES)
    record = Record("s", "q1", "", "", "base", logprobs=(-2.0, -6.0, -9.0), tokens=(2, 3, 3))

    found = probabilities(record, one)

    assert found == pytest.approx(softmax([-1.0, -2.0, -3.0]))
    assert probabilities(Record("s", "q1", "", "", "base"), one) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-30, 0), min_size=2, max_size=6), st.integers(0, 5))
def test_brier_is_the_squared_distance_from_the_truth(scores: list[float], place: int) -> None:
    chances, right = softmax(scores), place % len(scores)

    by_hand = sum((p - (k == right)) ** 2 for k, p in enumerate(chances))
    assert brier(chances, right) == pytest.approx(by_hand)
    assert 0 <= brier(chances, right) <= 2


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=90),
    st.integers(1, 15),
)
def test_the_error_is_the_mean_gap_over_bins_of_equal_mass(
    told: list[tuple[float, bool]], bins: int
) -> None:
    sure, right = [p for p, _ in told], [hit for _, hit in told]

    ranked = sorted(told, key=lambda one: one[0])
    count = min(bins, len(ranked))
    wide, rest = divmod(len(ranked), count)
    total, start = 0.0, 0
    for place in range(count):
        part = ranked[start : start + wide + (place < rest)]
        start += len(part)
        gap = abs(np.mean([p for p, _ in part]) - np.mean([hit for _, hit in part]))
        total += float(gap) * len(part) / len(ranked)
    assert calibration_error(sure, right, bins) == pytest.approx(total)


def test_a_model_that_is_as_sure_as_it_is_right_has_no_error() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False], bins=1) == 0.0
    assert calibration_error([1.0] * 4, [False] * 4) == 1.0
    with pytest.raises(ValueError, match="one outcome an item"):
        calibration_error([], [])


def test_it_is_told_without_a_gate_unless_a_margin_is_declared() -> None:
    found = asked_of(sure=1.0)

    assert found.gates == ()
    assert found.told["calibration"]["difference"]["mean"] == 0.0
    assert found.told["calibration"]["error"]["base"] is not None


def test_a_model_surer_than_it_is_right_fails_its_margin() -> None:
    assert verdicts(asked_of(1.0, 0.05)) == {"forgetting:set:calibration": "pass"}
    assert verdicts(asked_of(12.0, 0.05)) == {"forgetting:set:calibration": "regressed"}


def test_a_missing_likelihood_is_unjudged() -> None:
    found = asked_of(1.0, 0.02, lost=True)

    assert verdicts(found) == {"forgetting:set:calibration": "unjudged"}


def test_sets_without_choices_have_no_calibration() -> None:
    one = sheet("forgetting", [item(1, "red")])

    assert calibration(one, graded(bench(says=lambda *_: ("red", False)), one)).told == {}
