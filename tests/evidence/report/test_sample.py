"""The page's words on the sample that people looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from burnish.evidence.report import ReportView, render_report
from burnish.evidence.report.reading_sample import sample_view
from burnish.evidence.report.view import PrivacyView, RunView

RATE = {"estimate": 0.0312, "lower": 0.004, "upper": 0.1177}
STRATUM = {"name": "none", "rows": 400, "judged": 10, "skipped": 1, "missed": 1, "over": 0}
STANDING = {
    "judged": 10,
    "skipped": 1,
    "missed": RATE,
    "over": {**RATE, "estimate": 0.2},
    "words_missed": 0.5,
    "strata": [STRATUM],
    "quarantined": {**STRATUM, "rows": 0},
    "reviewers": ["olga"],
}
MEASURES = {"residual": 0.0007, "canary": {"estimate": 0.05, "lower": 0.03, "upper": 0.08}}


@pytest.fixture
def whole(run: RunView, privacy: PrivacyView) -> ReportView:
    return ReportView(run=run, privacy=privacy)


def test_three_measures_stand_beside_each_other(whole: ReportView) -> None:
    plan = {"sample": 10, "max_sampled_miss_rate": 0.15}
    found = sample_view(STANDING, {"none": "without any mask"}, plan, MEASURES)

    page = render_report(replace(whole, sample=found))

    assert "olga looked at <b>10</b> masked documents (the plan asks for 10)" in page
    assert "Without any mask" in page
    for told in ("3.12%", "0.40% to 11.77%", "0.07%", "5.00%", "3.00% to 8.00%", "may be 15.00%"):
        assert told in page


def test_a_sample_that_was_asked_for_and_not_taken_is_told(whole: ReportView) -> None:
    found = sample_view({}, {}, {"sample": 30}, MEASURES)

    page = render_report(replace(whole, sample=found))

    assert "Nobody has looked at a document yet; the plan asks for 30." in page


def test_nothing_is_told_where_nobody_was_asked(whole: ReportView) -> None:
    assert sample_view({}, {}, {}, MEASURES) is None
    assert "What did people find?" not in render_report(whole)
