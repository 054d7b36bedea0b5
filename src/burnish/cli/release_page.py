"""The page of `burnish review --release`: every gate worst first, and who has signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from burnish.api.releasing import ReleaseReview
from burnish.cli.options import table


def text_of_release(review: ReleaseReview) -> str:
    """A review of a release as a page."""
    head: tuple[object, ...] = ("gate", "verdict", "items", "loss", "at most", "margin")
    lines = [
        f"scores {review.scores}",
        f"prepared by {', '.join(review.prepared_by)}",
        f"release gate: {review.outcome.upper()}",
        *(f"  {line}" for line in review.because),
        "",
        table([head, *(_gate(gate) for gate in review.gates)]),
        "",
        *(f"{one.decision}d by {one.person} as {one.role}, {one.at}" for one in review.signed),
        *(f"does not count: {line}" for line in review.refused),
    ]
    return "\n".join([*lines, _next(review)])


def _gate(gate: Mapping[str, Any]) -> tuple[object, ...]:
    if gate["kind"] == "zero_tolerance":
        hits = "" if gate["losses"] is None else f"{gate['losses']} hits"
        return gate["name"], gate["verdict"], gate["n"], hits, "", f"{gate['margin'] or 0:g} hits"
    numbers = (_number(gate, name) for name in ("delta", "upper", "effective"))
    return gate["name"], gate["verdict"], gate["n"], *numbers


def _number(gate: Mapping[str, Any], name: str) -> str:
    """Shares in points, other measures in their own unit."""
    value = gate.get(name)
    if value is None:
        return ""
    return f"{value:.3g}" if gate.get("losses") is None else f"{100 * value:.1f} points"


def _next(review: ReleaseReview) -> str:
    if not review.undecided:
        return "nothing is undecided, so there is nothing for people to decide"
    if review.outcome in ("failed", "unjudged"):
        return f"the release is {review.outcome.upper()}, and nobody can sign that away"
    if not review.reviewers:
        return "the plan lets nobody release what is undecided (release.reviewers)"
    if not review.lacking:
        return "next: burnish run"
    roles = ", ".join(review.lacking)
    return (
        f"still to sign: {roles}, each another person\n"
        "then: burnish approve --release --reason ... --key YOUR-KEY, "
        "or burnish reject --release --remediation ..."
    )
