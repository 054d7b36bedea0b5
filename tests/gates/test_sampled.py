"""The privacy gate where a plan asks people to look: missing evidence never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from burnish.core.errors import GateClosed
from burnish.core.run import Run
from burnish.core.verdict import Outcome
from burnish.gates.privacy import privacy
from burnish.plan import MaskPlan, PrivacyPlan

if TYPE_CHECKING:
    from tests.gates.conftest import Office

MASK = MaskPlan(categories=("EMAIL", "IP"))


def test_rows_that_do_not_tell_their_masks_are_unjudged(run: Run, office: Office) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, "olga")

    with pytest.raises(GateClosed, match="the check broke down") as closed:
        run.clear(privacy, corpus, PrivacyPlan(sample=5), MASK, "support")

    assert closed.value.verdict.outcome is Outcome.UNJUDGED
    asked_nobody = run.clear(privacy, corpus, PrivacyPlan(), MASK, "support")
    assert asked_nobody.artifact == corpus


def test_a_bar_needs_a_sample() -> None:
    with pytest.raises(ValueError, match="max_sampled_miss_rate needs a sample"):
        PrivacyPlan(max_sampled_miss_rate=0.1)
