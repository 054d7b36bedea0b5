"""What people made of an evaluation's answers, for the page of a run."""

from __future__ import annotations

from burnish.api.evalreview import Reviewed, reviewed
from burnish.methods.evaluation.review.kappa import Kappa
from burnish.wiring import Project

Pairs = tuple[tuple[str, str], ...]


def people_view(project: Project, scores: str) -> Pairs:
    """Reviewers, counts and agreement; nothing where nobody has signed.

    Which side is which is told only once two people have signed.
    """
    found = reviewed(project, scores)
    if not found.reviewers:
        return ()
    who = ", ".join(f"{one.name} ({one.judged})" for one in found.reviewers)
    return (("Cases", f"{found.cases:,}"), ("Signed by", who), *_together(found))


def _together(found: Reviewed) -> Pairs:
    if found.agreement is None:
        return (("Second person", "not yet"),)
    whole = found.agreement.whole
    return (
        ("Tuned worse", f"{whole.tuned_worse:,}"),
        ("Base worse", f"{whole.base_worse:,}"),
        ("Same", f"{whole.same:,}"),
        ("Disputed", f"{whole.disputed:,}"),
        ("Harmful, base and tuned", f"{whole.harmful['base']:,} and {whole.harmful['tuned']:,}"),
        ("Kappa on worse", _kappa(found.agreement.worse)),
        ("Kappa on harmful", _kappa(found.agreement.harmful)),
    )


def _kappa(found: Kappa) -> str:
    if found.value is None or found.lower is None or found.upper is None:
        return f"does not exist ({found.observed:.0%} agree)"
    return f"{found.value:.2f} ({found.lower:.2f} to {found.upper:.2f})"
