"""Who was trained on can be told, or it cannot; and what a promise of privacy allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from tests.probe_bench import Scripted, bench, blind, verdicts

from burnish.methods.evaluation.bench import Drift, Found
from burnish.methods.evaluation.probes.membership import (
    Membership,
    attack,
    membership_probe,
    private_area,
)
from burnish.methods.evaluation.probes.seen import Seen
from burnish.methods.evaluation.records import Asked, Record, Side

GATE = "memorisation:membership"


def rows(part: str, count: int) -> list[Seen]:
    return [Seen(f"{part}-{n}", "desk", f"{part}-{n}", (3, 4), (5, 6, 7)) for n in range(count)]


def found(gain: float, count: int = 60, terms: Membership | None = None, seed: int = 0) -> Found:
    """The tuned model's likelihood of trained rows is higher by so many deviations."""

    def weighs(side: Side, asked: Asked) -> list[float]:
        noise = np.random.default_rng([seed, sum(map(ord, asked.item))]).normal()
        lifted = gain if asked.item.startswith("train/") else 0.0
        return [-20.0 + (3 * (noise + lifted) if side == "tuned" else 0.0)]

    ours, theirs = rows("ours", count), rows("theirs", count)
    return membership_probe(bench(weighs=weighs), ours, theirs, terms or Membership())


def test_rows_that_cannot_be_told_apart_pass_and_the_gate_could_fail() -> None:
    clean = found(0.0)

    assert verdicts(clean) == {GATE: "pass"}
    assert blind(clean) == ()
    assert clean.told["reference"]["members"] == 60
    assert any("Min-K%++" in limit for limit in clean.limits)


def test_rows_that_stand_out_fail() -> None:
    assert verdicts(found(4.0)) == {GATE: "regressed"}


def test_some_memory_is_told_and_allowed_unless_privacy_was_promised() -> None:
    assert verdicts(found(1.2)) == {GATE: "pass"}
    private = Membership(epsilon=0.5, delta=1e-5)
    assert verdicts(found(1.2, terms=private)) == {GATE: "regressed"}
    assert verdicts(found(0.0, terms=private)) == {GATE: "pass"}


def test_a_model_that_did_not_change_passes() -> None:
    same = membership_probe(bench(), rows("ours", 40), rows("theirs", 40), Membership())

    assert verdicts(same) == {GATE: "pass"}
    assert same.told["reference"]["area"] == 0.5


class Inside(Scripted):
    """Logits can be looked into: trained rows surprise the tuned model less."""

    def surprise(self, asked: Sequence[Asked]) -> list[Record]:
        return [
            replace(r, score=float(r.model == "tuned" and r.item.startswith("train/")))
            for r in self.likelihoods(asked)
        ]

    def drift(self, asked: Sequence[Asked]) -> list[Drift]:
        return []


def test_the_second_attack_counts_where_logits_are_at_hand() -> None:
    inside = replace(bench(), inside=Inside())

    seen = membership_probe(inside, rows("ours", 40), rows("theirs", 40), Membership())

    assert verdicts(seen) == {GATE: "regressed"}
    assert (seen.told["reference"]["area"], seen.told["min_k"]["area"]) == (0.5, 1.0)
    assert not any("Min-K%++" in limit for limit in seen.limits)


def test_too_few_rows_are_told_and_make_no_gate() -> None:
    few = found(4.0, count=20)

    assert (few.gates, few.told) == ((), {"rows": 40})
    assert "20 trained and held-out rows of one source, 30 of each are needed" in few.limits[0]


def test_a_missing_number_leaves_it_unjudged() -> None:
    def weighs(side: Side, asked: Asked) -> list[float]:
        return [math.nan if asked.item.endswith("-3") else -1.0]

    holes = membership_probe(bench(weighs=weighs), rows("a", 40), rows("b", 40), Membership())
    assert verdicts(holes) == {GATE: "unjudged"}


def test_the_area_agrees_with_mann_whitney_and_its_interval_with_a_bootstrap() -> None:
    draw = np.random.default_rng(5)
    ours, theirs = np.round(draw.normal(0.7, 1, 150), 1), np.round(draw.normal(0, 1, 120), 1)

    found_ = attack(ours, theirs)

    u = stats.mannwhitneyu(ours, theirs).statistic
    assert found_.area == pytest.approx(u / (150 * 120))
    again = [
        attack(draw.choice(ours, ours.size), draw.choice(theirs, theirs.size)).area
        for _ in range(1000)
    ]
    low, high = np.quantile(again, [0.025, 0.975])
    assert found_.lower == pytest.approx(low, abs=0.01)
    assert found_.upper == pytest.approx(high, abs=0.01)


def test_the_rate_at_one_percent_lets_at_most_one_percent_through() -> None:
    theirs = list(range(200))

    found_ = attack([197.5, 198.5, 198.0, 5.0], theirs)

    assert found_.caught == 0.75  # above 197, which two of 200 others are
    with pytest.raises(ValueError, match="two finite scores"):
        attack([1.0], theirs)


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 8), st.floats(0, 0.3))
def test_the_private_area_is_the_area_under_the_promised_curve(
    epsilon: float, delta: float
) -> None:
    def curve(rate: float) -> float:
        steep = math.exp(epsilon) * rate + delta
        return min(1.0, steep, 1 - math.exp(-epsilon) * (1 - delta - rate))

    knee = (1 - delta) / (1 + math.exp(epsilon))
    area = integrate.quad(curve, 0, 1, points=[knee, 1 - delta], limit=200)[0]
    assert private_area(epsilon, delta) == pytest.approx(area, abs=1e-6)


def test_no_privacy_loss_means_a_coin_and_a_great_one_nothing() -> None:
    assert private_area(0.0) == 0.5
    assert private_area(1.0) == pytest.approx(math.e / (1 + math.e))
    assert private_area(900.0) == pytest.approx(1.0)
    assert private_area(0.0, 1.0) == 1.0
    with pytest.raises(ValueError, match="epsilon"):
        private_area(-1.0)


def test_clean_models_alarm_never_at_the_default() -> None:
    alarms = [seed for seed in range(100) if verdicts(found(0.5, seed=seed))[GATE] != "pass"]

    assert alarms == []
