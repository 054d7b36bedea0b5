"""The privacy gate: by measure first, and then by a signature over exactly these bytes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from burnish.core.artifact import Collected, Masked
from burnish.core.errors import GateClosed
from burnish.core.run import Run
from burnish.core.verdict import Outcome, Verdict
from burnish.gates.privacy import privacy, speaks_against
from burnish.plan import MaskPlan, PrivacyPlan
from burnish.plan_data import RecallBar

if TYPE_CHECKING:
    from tests.conftest import Bench
    from tests.gates.conftest import Lab, Office

MASK = MaskPlan(categories=("EMAIL", "IP"), min_recall=0.9)


def judge(
    run: Run, corpus: Masked, plan: PrivacyPlan | None = None, purpose: str = "support"
) -> Verdict:
    return privacy(run._look(), corpus, plan or PrivacyPlan(), MASK, purpose)


def test_no_rows_are_unjudged(run: Run, bench: Bench) -> None:
    verdict = judge(run, bench.of_tables(Masked, {}))

    assert verdict == Verdict(Outcome.UNJUDGED, ("there are no rows to judge",))
    assert "burnish status" in verdict.remedy


def test_no_scanned_document_is_told_to_who_would_sign(run: Run, office: Office, lab: Lab) -> None:
    emptied = Masked(office.masked(run, lab.Reports(scanned=0)).digest, 0)

    faults = speaks_against(run._look(), emptied, PrivacyPlan(), MASK, "support")

    assert faults == ["not measured: there was no document to scan"]


def test_rows_of_unknown_origin_are_unjudged(run: Run, bench: Bench, office: Office) -> None:
    tables = list(bench.look().read(office.masked(run)))

    assert judge(run, bench.of_tables(Masked, {"": tables})).outcome is Outcome.UNJUDGED


@pytest.mark.parametrize("lacking", [{"canary": None}, {"residual": False}])
def test_a_missing_report_is_unjudged(
    run: Run, office: Office, lab: Lab, lacking: dict[str, Any]
) -> None:
    verdict = judge(run, office.masked(run, lab.Reports(**lacking)))

    assert verdict.outcome is Outcome.UNJUDGED
    assert "a report is missing" in verdict.because[0]


@pytest.mark.parametrize(
    "recalls", [{"EMAIL": 1.0}, {"EMAIL": 1.0, "IP": float("nan")}, {}], ids=["one", "nan", "none"]
)
def test_a_category_without_canaries_is_unjudged(
    run: Run, office: Office, lab: Lab, recalls: dict[str, float]
) -> None:
    verdict = judge(run, office.masked(run, lab.Reports(canary=lab.canaries(**recalls))))

    assert verdict.outcome is Outcome.UNJUDGED
    assert "not measured: canary recall of IP" in verdict.because


def test_canaries_that_were_never_planted_are_unjudged(run: Run, office: Office, lab: Lab) -> None:
    canary = lab.canaries(EMAIL=1.0, IP=1.0).replace('"planted": 10', '"planted": 0', 1)

    verdict = judge(run, office.masked(run, lab.Reports(canary=canary)))

    assert verdict == Verdict(Outcome.UNJUDGED, ("not measured: canary recall of EMAIL",))


def test_a_plan_without_categories_is_unjudged(run: Run, office: Office) -> None:
    verdict = privacy(
        run._look(), office.masked(run), PrivacyPlan(), MaskPlan(categories=()), "support"
    )

    assert verdict.outcome is Outcome.UNJUDGED


def test_a_report_that_cannot_be_read_is_unjudged(run: Run, office: Office, lab: Lab) -> None:
    corpus = office.masked(run, lab.Reports(canary='{"other": 1}'))

    with pytest.raises(GateClosed, match="the check broke down") as closed:
        run.clear(privacy, corpus, PrivacyPlan(), MASK, "support")

    assert closed.value.verdict.outcome is Outcome.UNJUDGED


def test_a_weak_canary_fails_and_says_which(run: Run, office: Office, lab: Lab) -> None:
    verdict = judge(run, office.masked(run, lab.Reports(canary=lab.canaries(EMAIL=0.89, IP=0.9))))

    assert verdict.outcome is Outcome.FAILED
    assert verdict.because == (
        "canary recall of EMAIL is 8.9 of 10 (89.0 %; 95 % bounds 0.0 % to 100.0 %), "
        "below the bar of 90.0 % (point estimate)",
    )


def test_a_bar_of_ones_own_is_held_against_its_category_only(
    run: Run, office: Office, lab: Lab
) -> None:
    corpus = office.masked(run, lab.Reports(canary=lab.canaries(EMAIL=0.8, IP=0.8)))
    mask = MASK.model_copy(update={"bars": (RecallBar(category="EMAIL", least=0.75),)})

    (told,) = speaks_against(run._look(), corpus, PrivacyPlan(), mask, "support")

    assert told.startswith("canary recall of IP is ")


def test_a_category_of_a_region_that_was_not_chosen_needs_no_canary(
    run: Run, office: Office, lab: Lab
) -> None:
    corpus = office.masked(run, lab.Reports(canary=lab.canaries(EMAIL=1.0)))
    plan = MaskPlan(categories=("EMAIL", "TFN"), regions=("US",))

    assert speaks_against(run._look(), corpus, PrivacyPlan(), plan, "support") == []
    home = plan.model_copy(update={"regions": ("AU",)})
    assert speaks_against(run._look(), corpus, PrivacyPlan(), home, "support") == [
        "not measured: canary recall of TFN"
    ]


def test_residual_above_the_threshold_fails_though_it_is_quarantined(
    run: Run, office: Office, lab: Lab
) -> None:
    corpus = office.masked(run, lab.Reports(quarantined=2))

    assert corpus.rows == 8
    assert judge(run, corpus, PrivacyPlan(max_residual_rate=0.19)) == Verdict(
        Outcome.FAILED, ("residual rate 20.0000% is above 19.0000% (EMAIL 2)",)
    )
    assert judge(run, corpus, PrivacyPlan(max_residual_rate=0.2)).outcome is Outcome.WAITING


@pytest.mark.parametrize("scanned", [0, 9, 11])
def test_documents_that_were_not_scanned_are_unjudged(
    run: Run, office: Office, lab: Lab, scanned: int
) -> None:
    verdict = judge(run, office.masked(run, lab.Reports(scanned=scanned)))

    assert verdict == Verdict(
        Outcome.UNJUDGED, (f"not measured: {scanned} of 10 documents were scanned",)
    )


def test_an_expired_basis_fails(run: Run, office: Office, lab: Lab) -> None:
    basis = {"reference": "C-1", "purposes": ["support"], "expires": lab.expired}

    verdict = judge(run, office.masked(run, basis=basis))

    assert verdict == Verdict(
        Outcome.FAILED, ("source 'tickets': legal basis C-1 expired 2026-11-20",)
    )


def test_a_basis_holds_to_the_end_of_its_last_day(run: Run, office: Office) -> None:
    basis = {"reference": "C-1", "purposes": ["support"], "expires": "2026-11-21"}

    assert judge(run, office.masked(run, basis=basis)).outcome is Outcome.WAITING


def test_a_purpose_outside_the_basis_fails(run: Run, office: Office) -> None:
    verdict = judge(run, office.masked(run), purpose="marketing")

    assert verdict == Verdict(
        Outcome.FAILED,
        ("source 'tickets': purpose 'marketing' is outside C-1, which covers support",),
    )


def test_an_expired_agreement_with_a_processor_fails(run: Run, office: Office, lab: Lab) -> None:
    processor = {"name": "Cloud Co", "agreement": "DPA-7", "expires": lab.expired}

    verdict = judge(run, office.masked(run, processors=[processor]))

    assert verdict == Verdict(
        Outcome.FAILED, ("source 'tickets': agreement DPA-7 with Cloud Co expired 2026-11-20",)
    )


def test_an_approval_does_not_outweigh_a_failed_measure(run: Run, office: Office, lab: Lab) -> None:
    corpus = office.masked(run, lab.Reports(quarantined=2))
    office.decide(run, corpus, "olga")

    assert judge(run, corpus).outcome is Outcome.FAILED


def test_without_a_signature_it_waits(run: Run, office: Office) -> None:
    with pytest.raises(GateClosed, match="no privacy officer has approved") as closed:
        run.clear(privacy, office.masked(run), PrivacyPlan(), MASK, "support")

    assert closed.value.exit_code == 4
    assert "burnish review" in closed.value.remedy


def test_an_officers_approval_lets_it_pass(run: Run, office: Office) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, "olga")

    assert judge(run, corpus) == Verdict(
        Outcome.PASSED, ("residual 0 of 10 documents", "approved by olga")
    )
    assert run.clear(privacy, corpus, PrivacyPlan(), MASK, "support").artifact == corpus


@pytest.mark.parametrize(
    ("person", "changes", "told"),
    [
        ("dana", {}, "dana prepared this data and may not approve it"),
        ("alan", {}, "alan has not the role privacy_officer"),
        ("olga", {"role": "approver"}, "olga signed as approver, and privacy_officer must decide"),
        ("eve", {}, "belongs to nobody listed"),
        ("olga", {"at": "2026-08-22T09:00:00Z"}, "olga's review of 2026-08-22 is out of date"),
        (
            "olga",
            {"at": "2026-11-22T00:00:00Z"},
            "olga's review is dated 2026-11-22, in the future",
        ),
    ],
)
def test_a_decision_that_does_not_count_is_told_and_waits(
    run: Run, office: Office, person: str, changes: dict[str, str], told: str
) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, person, **changes)

    verdict = judge(run, corpus)

    assert verdict.outcome is Outcome.WAITING
    assert len(verdict.because) == 3
    assert told in verdict.because[1]


def test_a_review_holds_for_as_many_days_as_the_plan_says(run: Run, office: Office) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, "olga", at="2026-08-23T23:59:59Z")

    assert judge(run, corpus, PrivacyPlan(review_days=90)).outcome is Outcome.PASSED
    assert judge(run, corpus, PrivacyPlan(review_days=89)).outcome is Outcome.WAITING


def test_one_changed_byte_after_the_approval_waits_again(
    run: Run, bench: Bench, office: Office, lab: Lab
) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, "olga")
    entry = bench.ledger.find("decided", subject=corpus.digest)
    assert entry is not None
    changed = office.masked(run, lab.Reports(canary=lab.canaries(EMAIL=0.999, IP=1.0)))
    run.ledger.append("decided", {**entry.facts, "subject": changed.digest})

    verdict = judge(run, changed)

    assert verdict.outcome is Outcome.WAITING
    assert "olga: olga decided on other bytes: canary.json" in verdict.because[1]
    assert "dataset (signed" in verdict.because[1]


def test_another_purpose_needs_another_approval(run: Run, office: Office) -> None:
    basis = {"reference": "C-1", "purposes": ["support", "audit"], "expires": "2027-01-01"}
    corpus = office.masked(run, basis=basis)
    office.decide(run, corpus, "olga")

    verdict = judge(run, corpus, purpose="audit")

    assert verdict.outcome is Outcome.WAITING
    assert "olga decided on other bytes: purpose" in verdict.because[1]


def test_other_legal_bases_of_the_same_bytes_need_another_approval(
    run: Run, office: Office
) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, "olga")
    renewed = {"reference": "C-2", "purposes": ["support"], "expires": "2028-01-01"}

    assert office.masked(run, basis=renewed) == corpus
    assert "other bytes: legal-bases" in judge(run, corpus).because[1]


def test_a_basis_that_the_run_has_gone_back_to_is_the_one_that_is_judged(
    run: Run, bench: Bench, office: Office
) -> None:
    old = {"reference": "C-0", "purposes": ["support"], "expires": "2026-12-01"}
    corpus = office.masked(run, basis=old)
    assert office.masked(run) == corpus
    later = bench.run(today=date(2026, 12, 2))
    assert judge(later, corpus).outcome is Outcome.WAITING

    office.masked(later, basis=old)

    assert judge(later, corpus).because == ("source 'tickets': legal basis C-0 expired 2026-12-01",)
    found = later._look().ancestor(corpus, Collected)
    assert found is not None


def test_a_rejection_fails_with_what_must_be_mended(run: Run, office: Office) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, "olga", decision="reject", remediation="mask the badge numbers")

    assert judge(run, corpus) == Verdict(
        Outcome.FAILED, ("rejected by olga: mask the badge numbers",)
    )


def test_the_newest_decision_that_counts_decides(run: Run, office: Office) -> None:
    corpus = office.masked(run)
    office.decide(run, corpus, "olga", decision="reject", remediation="mask badge numbers")
    office.decide(run, corpus, "otto")
    office.decide(run, corpus, "dana", decision="reject", remediation="none of hers to say")

    assert judge(run, corpus).because == ("residual 0 of 10 documents", "approved by otto")
