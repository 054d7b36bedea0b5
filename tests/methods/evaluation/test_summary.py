import json
import math

import pytest

from burnish.methods.evaluation.records import Record, Side
from burnish.methods.evaluation.summary import mean, rounded, summary


def records(base: float, tuned: float, n: int = 40) -> list[Record]:
    sides: tuple[tuple[Side, float], ...] = (("base", base), ("tuned", tuned))
    return [
        Record(
            "s", f"q{i}", "", "00", side, logprobs=(-2.0 * (1 + right),), tokens=(2,), score=right
        )
        for side, right in sides
        for i in range(n)
    ]


def test_a_summary_holds_both_means_and_their_difference_with_intervals() -> None:
    found = summary(records(0.25, 0.75))

    assert (found["items"], found["missing"]) == (40, 0)
    assert (found["base"]["mean"], found["tuned"]["mean"]) == (0.25, 0.75)
    assert found["difference"]["mean"] == 0.5
    assert found["loss"]["difference"]["mean"] == 0.5
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_right_or_wrong_items_have_the_exact_interval() -> None:
    found = mean([1.0] * 10)

    assert found["low"] == pytest.approx(0.025 ** (1 / 10), abs=1e-5)
    assert found["high"] == 1.0


def test_the_mean_of_a_continuous_measure_lies_in_its_interval() -> None:
    found = mean([i / 50 for i in range(50)])

    assert 0.3 < found["low"] < found["mean"] < found["high"] < 0.7


def test_nothing_measured_is_null_and_not_zero() -> None:
    assert mean([]) == {"mean": None, "low": None, "high": None, "n": 0}
    assert summary([])["difference"]["mean"] is None
    assert summary([])["loss"] is None
    assert rounded(math.nan) is None
