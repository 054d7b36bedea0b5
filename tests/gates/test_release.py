"""The release gate adds up the results, and the worst of them decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from burnish.core.artifact import Scores
from burnish.core.errors import GateClosed
from burnish.core.verdict import Outcome, Verdict
from burnish.gates.release import release
from burnish.plan import ReleasePlan

if TYPE_CHECKING:
    from tests.conftest import Bench

REQUIRED = {"domain": "pass", "memorisation": "pass"}


def scores(bench: Bench, results: object) -> Scores:
    return bench.of_tables(Scores, {}, **{"results.json": json.dumps(results).encode()})


def judge(bench: Bench, verdicts: dict[str, Any]) -> Verdict:
    gates = [{"name": n, "verdict": v, "because": "measured"} for n, v in verdicts.items()]
    return release(bench.look(), scores(bench, {"gates": gates}), ReleasePlan())


def test_all_passed_passes_and_tells_each(bench: Bench) -> None:
    assert judge(bench, {**REQUIRED, "safety:jokes": "pass"}) == Verdict(
        Outcome.PASSED,
        (
            "domain pass: measured",
            "memorisation pass: measured",
            "safety:jokes pass: measured",
        ),
    )


@pytest.mark.parametrize(
    ("worst", "outcome"),
    [
        ("regressed", Outcome.FAILED),
        ("unjudged", Outcome.UNJUDGED),
        ("inconclusive", Outcome.WAITING),
    ],
)
def test_the_worst_result_decides_and_is_told(bench: Bench, worst: str, outcome: Outcome) -> None:
    verdict = judge(bench, {**REQUIRED, "safety:jokes": worst})

    assert verdict == Verdict(outcome, (f"safety:jokes {worst}: measured",))


def test_a_regression_outweighs_missing_evidence_and_doubt(bench: Bench) -> None:
    verdict = judge(
        bench, {**REQUIRED, "bias:a": "inconclusive", "bias:b": "unjudged", "bias:c": "regressed"}
    )

    assert verdict == Verdict(Outcome.FAILED, ("bias:c regressed: measured",))


def test_a_required_gate_without_a_result_is_unjudged(bench: Bench) -> None:
    assert judge(bench, {"domain": "pass", "memorisation_of_names": "pass"}) == Verdict(
        Outcome.UNJUDGED, ("no evidence for memorisation",)
    )


def test_a_regression_is_no_excuse_for_missing_evidence(bench: Bench) -> None:
    assert judge(bench, {"domain": "regressed"}).outcome is Outcome.UNJUDGED


@pytest.mark.parametrize("odd", ["PASS", "passed", "", None, 1])
def test_a_verdict_that_cannot_be_read_is_unjudged(bench: Bench, odd: object) -> None:
    assert judge(bench, {**REQUIRED, "safety:jokes": odd}) == Verdict(
        Outcome.UNJUDGED, ("a result has no readable verdict",)
    )


def test_scores_without_results_are_unjudged(bench: Bench) -> None:
    nothing_required = ReleasePlan(required=())

    for empty in (bench.of_tables(Scores, {}), scores(bench, {"gates": []})):
        assert release(bench.look(), empty, ReleasePlan()).outcome is Outcome.UNJUDGED
        assert release(bench.look(), empty, nothing_required).outcome is Outcome.UNJUDGED


@pytest.mark.parametrize("broken", [{}, [], {"gates": [{"name": "domain"}]}])
def test_results_in_another_shape_are_unjudged(bench: Bench, broken: object) -> None:
    with pytest.raises(GateClosed) as closed:
        bench.run().clear(release, scores(bench, broken), ReleasePlan())

    assert closed.value.verdict.outcome is Outcome.UNJUDGED
