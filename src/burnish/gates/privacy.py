"""Gate: the data may be trained on, by measure and by a privacy officer's signature.

Specification 4.6: (1) every source has a valid legal basis, (2) removal was executed and the
residual rate is within the approved threshold, and so is what people found in a sample, where the
plan asks for one, (3) the purpose is within the basis, (4) the processors' agreements are current.
The officer's signature covers the digests of the dataset, the residual report, the legal bases and
the purpose; change a byte and it no longer counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from burnish.core.artifact import Collected, Masked
from burnish.core.gate import Look
from burnish.core.ports import Refused, SignOff
from burnish.core.review import review_subjects
from burnish.core.rights import wrong_rights
from burnish.core.sampled import SampledRows, signed_samples
from burnish.core.standing import against_artifact
from burnish.core.verdict import Outcome, Verdict
from burnish.methods.privacy.canaries.bars import Bars, unmeasured, weak
from burnish.methods.privacy.canaries.planting import Wanted
from burnish.methods.sampling.standing import Bar, Weighed, above_the_bar, lacks, weigh
from burnish.plan import MaskPlan, PrivacyPlan

RESIDUAL, CANARY = "residual.json", "canary.json"
NOT_MEASURED = "not measured"
LOOK = "burnish review --look as a privacy officer, then burnish approve, then burnish run"
NO_ROWS = "burnish status names the step that dropped them; burnish show STEP --count 0 says why"


def privacy(look: Look, corpus: Masked, plan: PrivacyPlan, mask: MaskPlan, purpose: str) -> Verdict:
    """Judge rights, canary recall, residual rate and the officer's signature, in that order."""
    if corpus.rows == 0:
        return Verdict(Outcome.UNJUDGED, ("there are no rows to judge",), remedy=NO_ROWS)
    faults = speaks_against(look, corpus, plan, mask, purpose)
    if unknown := [fault for fault in faults if fault.startswith(NOT_MEASURED)]:
        return Verdict(Outcome.UNJUDGED, tuple(unknown))
    if faults:
        return Verdict(Outcome.FAILED, tuple(faults))
    residual = _json(look, corpus, RESIDUAL)
    measured = (
        f"residual {residual['documents_with_findings']} of {residual['documents']} documents"
    )
    if lacking := lacks_of_sample(look, corpus, plan):
        return Verdict(Outcome.WAITING, (measured, *lacking), remedy=LOOK)
    return _signed(look, corpus, plan, (measured, review_subjects(look, corpus, purpose)))


def speaks_against(
    look: Look, corpus: Masked, plan: PrivacyPlan, mask: MaskPlan, purpose: str
) -> list[str]:
    """What rights and measures say against these rows, a sentence each, before anyone signs.

    An open incident, a hold or an erasure on them stands before all that.
    """
    if standing := against_artifact(look, corpus):
        return standing
    collected = look.ancestor(corpus, Collected)
    residual, canary = _json(look, corpus, RESIDUAL), _json(look, corpus, CANARY)
    if collected is None or residual is None or canary is None:
        return [f"{NOT_MEASURED}: the collection manifest or a report is missing"]
    return [
        *wrong_rights(look.manifest(collected).facts["sources"], purpose, look.today),
        *_weak_canaries(canary, mask),
        *_too_much_residual(residual, corpus.rows, plan),
        *_found_by_people(look, corpus, plan),
    ]


def weighed(look: Look, corpus: Masked, plan: PrivacyPlan) -> Weighed:
    """What all signed samples of these rows say together, and why some do not count."""
    signed, refused = signed_samples(look, corpus)
    said = weigh(signed, SampledRows(look, corpus), plan.sample_seed)
    return Weighed(said.standing, (*refused, *said.refused))


def lacks_of_sample(look: Look, corpus: Masked, plan: PrivacyPlan) -> tuple[str, ...]:
    """What the reviewer's sample still lacks before anybody may approve, and what does not count.

    Nothing where the plan asks for no sample.
    """
    if not plan.sample:
        return ()
    people = weighed(look, corpus, plan)
    lacking = lacks(people.standing, Bar(plan.sample, plan.max_sampled_miss_rate))
    return (lacking, *people.refused) if lacking else ()


def _found_by_people(look: Look, corpus: Masked, plan: PrivacyPlan) -> Iterator[str]:
    if plan.sample and plan.max_sampled_miss_rate is not None:
        standing = weighed(look, corpus, plan).standing
        if above := above_the_bar(standing, Bar(plan.sample, plan.max_sampled_miss_rate)):
            yield above


def _weak_canaries(canary: Mapping[str, Any], mask: MaskPlan) -> Iterator[str]:
    wanted = Wanted(mask.categories, mask.regions).looked_for
    if not wanted:
        yield f"{NOT_MEASURED}: canary recall, for mask.categories names none"
    measured = canary["categories"]
    bars = Bars(mask.min_recall, {bar.category: bar.least for bar in mask.bars})
    yield from (f"{NOT_MEASURED}: canary recall of {c}" for c in unmeasured(wanted, measured))
    yield from weak((c for c in measured if c["planted"]), bars)


def _too_much_residual(residual: Mapping[str, Any], rows: int, plan: PrivacyPlan) -> Iterator[str]:
    documents, found = residual["documents"], residual["documents_with_findings"]
    if documents != rows + found:
        yield f"{NOT_MEASURED}: {documents} of {rows + found} documents were scanned"
        return
    if documents == 0:
        yield f"{NOT_MEASURED}: there was no document to scan"
        return
    rate = found / documents
    if rate > plan.max_residual_rate:
        worst = ", ".join(f"{c} {n}" for c, n in sorted(residual["by_category"].items()))
        yield f"residual rate {rate:.4%} is above {plan.max_residual_rate:.4%} ({worst})"


def _signed(
    look: Look, corpus: Masked, plan: PrivacyPlan, shown: tuple[str, Mapping[str, str]]
) -> Verdict:
    measured, subjects = shown
    preparers = look.prepared_by(corpus)
    refused: list[str] = []
    for decision in look.decisions(corpus, role="privacy_officer", subjects=subjects):
        if isinstance(decision, Refused):
            refused.append(f"{decision.person}: {decision.why}")
        elif decision.person in preparers:
            refused.append(f"{decision.person} prepared this data and may not approve it")
        elif decision.at[:10] > look.today.isoformat():
            refused.append(f"{decision.person}'s review is dated {decision.at[:10]}, in the future")
        elif _out_of_date(decision, look.today, plan.review_days):
            refused.append(f"{decision.person}'s review of {decision.at[:10]} is out of date")
        elif decision.decision == "reject":
            needed = decision.statement["predicate"]["remediation"]
            return Verdict(Outcome.FAILED, (f"rejected by {decision.person}: {needed}",))
        else:
            return Verdict(Outcome.PASSED, (measured, f"approved by {decision.person}"))
    return Verdict(
        Outcome.WAITING, (measured, *refused, "no privacy officer has approved these bytes yet")
    )


def _out_of_date(decision: SignOff, today: date, days: int) -> bool:
    return date.fromisoformat(decision.at[:10]) + timedelta(days=days) < today


def _json(look: Look, corpus: Masked, name: str) -> Any:
    data = look.report(corpus, name)
    return None if data is None else json.loads(data)
