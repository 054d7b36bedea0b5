"""The licence gate: known to permit, known to forbid, stated in the plan, or unjudged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from burnish.core.artifact import Mixed
from burnish.core.verdict import Outcome, Verdict
from burnish.gates.licence import licence
from burnish.plan import BaseModelPlan

if TYPE_CHECKING:
    from tests.conftest import Bench


def judge(bench: Bench, name: str, tuning: bool | None, derivatives: bool | None) -> Verdict:
    base = BaseModelPlan(
        path="base",
        licence=name,
        provenance="the maker's site",
        permits_fine_tuning=tuning,
        permits_derivatives=derivatives,
    )
    return licence(bench.look(), Mixed("0" * 64, 1), base)


def test_a_permissive_licence_passes_and_names_where_the_weights_come_from(bench: Bench) -> None:
    assert judge(bench, "Apache-2.0", None, None) == Verdict(
        Outcome.PASSED, ("licence Apache-2.0, from the maker's site",)
    )


def test_a_licence_that_forbids_it_fails_whatever_the_plan_states(bench: Bench) -> None:
    assert judge(bench, "CC-BY-NC-4.0", None, None).outcome is Outcome.FAILED
    assert judge(bench, "CC-BY-NC-4.0", True, True).outcome is Outcome.FAILED


@pytest.mark.parametrize("stated", [(False, True), (True, False), (False, None), (None, False)])
def test_a_stated_no_fails_whatever_the_licence(
    bench: Bench, stated: tuple[bool | None, bool | None]
) -> None:
    for name in ("Apache-2.0", "House licence 3"):
        assert judge(bench, name, *stated).outcome is Outcome.FAILED


def test_an_unknown_licence_passes_when_the_plan_states_both_permissions(bench: Bench) -> None:
    assert judge(bench, "House licence 3", True, True).outcome is Outcome.PASSED


@pytest.mark.parametrize("stated", [(None, None), (True, None), (None, True)])
def test_an_unknown_licence_is_unjudged_and_says_what_to_state(
    bench: Bench, stated: tuple[bool | None, bool | None]
) -> None:
    verdict = judge(bench, "House licence 3", *stated)

    assert verdict.outcome is Outcome.UNJUDGED
    assert "base_model.permits_fine_tuning" in verdict.because[0]
