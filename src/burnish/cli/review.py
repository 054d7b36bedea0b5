"""`burnish review`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from burnish.api import reviewing
from burnish.cli.options import json_option, plan_option, say, table


@click.command("review")
@click.option("--samples", type=click.IntRange(min=0), default=5, show_default=True,
              help="Masked rows to show.")  # fmt: skip
@plan_option
@json_option
def command(samples: int, plan: Path, as_json: bool) -> None:
    """Show what a privacy officer's decision rests on."""
    review = reviewing.review(plan, samples=samples)
    say(as_json, review, text_of(review))


def text_of(review: reviewing.Review) -> str:
    """A review as a page: rights and agreements, canary test, residual scan, masked samples."""
    head: tuple[object, ...] = ("category", "planted", "found", "recall", "at least (95 %)")
    canary = [
        (c["category"], c["planted"], c["found"], f"{c['recall']:.3f}", f"{c['lower']:.3f}")
        for c in review.canary.get("categories", [])
    ]
    lines = [
        f"dataset {review.dataset}, {review.rows:,} rows",
        f"prepared by {', '.join(review.prepared_by)}",
        f"purpose {review.purpose}; impact assessment {review.impact_assessment}",
        "",
        *(_source(source) for source in review.sources),
        *(f"FAULT {fault}" for fault in review.faults),
        "",
        "canary test: generated identifiers that the detector found",
        table([head, *canary]),
        "",
        _residual(review.residual, review.max_residual_rate),
    ]
    for sample in review.samples:
        lines += ["", f"{sample['id']} ({sample['spans']} masked)", *sample["text"]]
    lines += ["", "then: burnish approve --key YOUR-KEY, or burnish reject --remediation ..."]
    return "\n".join(lines)


def _source(source: Mapping[str, Any]) -> str:
    """One source with everything that the four confirmations are about."""
    basis = source["basis"]
    agreements = [
        f"{p['name']} under {p['agreement']} until {p['expires']}" for p in source["processors"]
    ]
    lines = [
        f"source {source['name']}: {source['records']:,} records, {source['classification']}, "
        f"{basis['kind']} {basis['reference']} until {basis['expires']}",
        f"  purposes {', '.join(basis['purposes'])}",
        f"  processors {'; '.join(agreements) or 'none'}",
        f"  from {source['system']}, owner {source['owner']}, collected {source['collected']}, "
        f"licence {source['licence']}",
    ]
    return "\n".join(lines)


def _residual(residual: Mapping[str, Any], threshold: float) -> str:
    if residual.get("rate") is None:
        return "residual scan: not measured"
    found = ", ".join(f"{c} {n}" for c, n in sorted(residual["by_category"].items()))
    return (
        f"residual scan: personal data still found in {residual['documents_with_findings']:,} of "
        f"{residual['documents']:,} documents ({residual['rate']:.4%}; at most {threshold:.4%} "
        f"allowed){': ' + found if found else ''}\n"
        "  a lower bound of what was missed; the documents it found are set aside"
    )
