"""What an officer reads before signing: each confirmation has its facts on the page."""

from __future__ import annotations

from typing import Any

from burnish.api.reviewing import Review
from burnish.cli.review import text_of

SOURCE: dict[str, Any] = {
    "name": "tickets",
    "system": "service desk",
    "owner": "Head of IT",
    "collected": "2026-01-15",
    "classification": "CONFIDENTIAL",
    "licence": "internal",
    "records": 1200,
    "basis": {
        "kind": "consent",
        "reference": "C-1",
        "purposes": ["support", "training"],
        "expires": "2030-12-31",
    },
    "processors": [{"name": "Hosting", "agreement": "DPA-3", "expires": "2029-06-30"}],
}
SCANNED = {"documents": 1000, "documents_with_findings": 2, "rate": 0.002}
RESIDUAL: dict[str, Any] = {**SCANNED, "by_category": {"PHONE": 1, "EMAIL": 1}}


def page(residual: dict[str, Any] | None = None, **source: Any) -> str:
    return text_of(
        Review(
            dataset="ab",
            rows=998,
            purpose="support",
            impact_assessment="PIA-1",
            sources=[{**SOURCE, **source}],
            faults=(),
            canary={},
            residual=RESIDUAL if residual is None else residual,
            max_residual_rate=0.001,
            subjects={},
            prepared_by=["dana"],
            samples=(),
        )
    )


def test_a_source_shows_purposes_and_agreements_with_their_last_day() -> None:
    told = page()

    assert "consent C-1 until 2030-12-31" in told
    assert "purposes support, training" in told
    assert "processors Hosting under DPA-3 until 2029-06-30" in told
    assert "processors none" in page(processors=[])


def test_the_residual_rate_stands_beside_what_is_allowed() -> None:
    told = page()

    assert "2 of 1,000 documents (0.2000%; at most 0.1000% allowed): EMAIL 1, PHONE 1" in told


def test_a_scan_without_documents_is_told_as_not_measured() -> None:
    nothing = {"documents": 0, "documents_with_findings": 0, "rate": None}

    assert "residual scan: not measured" in page({**nothing, "by_category": {}})
    assert "residual scan: not measured" in page({})
