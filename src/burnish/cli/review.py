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
    say(as_json, review, _text(review))


def _text(review: reviewing.Review) -> str:
    head: tuple[object, ...] = ("category", "planted", "found", "recall", "at least (95 %)")
    canary = [
        (c["category"], c["planted"], c["found"], f"{c['recall']:.3f}", f"{c['lower']:.3f}")
        for c in review.canary.get("categories", [])
    ]
    residual = review.residual
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
        f"residual scan: {residual.get('documents_with_findings')} of {residual.get('documents')} "
        f"documents {residual.get('by_category')}",
    ]
    for sample in review.samples:
        lines += ["", f"{sample['id']} ({sample['spans']} masked)", *sample["text"]]
    lines += ["", "then: burnish approve --key YOUR-KEY, or burnish reject --remediation ..."]
    return "\n".join(lines)


def _source(source: Mapping[str, Any]) -> str:
    basis = source["basis"]
    return (
        f"source {source['name']}: {source['records']:,} records, {source['classification']}, "
        f"{basis['kind']} {basis['reference']} until {basis['expires']}"
    )
