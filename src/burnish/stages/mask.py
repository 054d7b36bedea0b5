"""Replace personal data by category tokens: canary test before, independent residual scan after."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from burnish.core.artifact import Masked, Screened
from burnish.core.errors import GateClosed, InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.rows import SPAN, Row, dropped_rows, kept_rows
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.core.verdict import Outcome, Verdict
from burnish.methods.privacy.canaries.bars import BOUND, Bars, unmeasured, weak
from burnish.methods.privacy.canaries.carriers import drawn, filled
from burnish.methods.privacy.canaries.measuring import (
    CategoryRecall,
    Recall,
    recall,
    recall_by_engine,
)
from burnish.methods.privacy.canaries.planting import Wanted, plant
from burnish.methods.privacy.detect import Detector, RuleDetector, UnionDetector, together
from burnish.methods.privacy.replace import mask as replace_spans
from burnish.methods.privacy.replace import mask_json
from burnish.methods.privacy.spans import Span
from burnish.methods.residual.scan import scan_document
from burnish.plan import MaskPlan

RESIDUAL, CANARY = "residual.json", "canary.json"
PLAIN_FIELDS = ("origin", "label")
CARRIERS, READ_FOR_CARRIERS, LONGEST_CARRIER = 200, 2000, 20_000


@dataclass(frozen=True, slots=True)
class Masking:
    """What decides how a shard is masked: the plan and the detector's own digest."""

    plan: MaskPlan
    detector: str


def detector_for(plan: MaskPlan) -> Detector:
    """The detector that the plan asks for; raises `InputError` for one that cannot be."""
    try:
        return RuleDetector(
            categories=plan.categories,
            regions=plan.regions,
            patterns=tuple((p.category, p.pattern) for p in plan.patterns),
            allow=plan.allow,
        )
    except ValueError as wrong:
        raise InputError(
            f"mask: {wrong}", remedy="mend mask.categories or mask.patterns in the plan"
        ) from wrong


def detector_digest(work: Work, corpus: Screened, plan: MaskPlan) -> str:
    """The detector's version is part of what names the result."""
    return detector_for(plan).digest


@stage(version=1, sees=detector_digest)
def mask(work: Work, corpus: Screened, plan: MaskPlan) -> Masked:
    """Prove the detector on canaries, mask every field, scan what was written."""
    detector = detector_for(plan)
    canary = canary_report(detector, plan, _own_documents(work, corpus, plan.seed))
    _stop_if_blind(canary, plan)
    settings = Masking(plan, detector.digest)
    masked = work.map_shards(mask_shard, work.manifest(corpus).shards, settings)
    shards = [shard for result in masked for shard in result.shards]
    scanned = work.map_shards(quarantine_findings, shards, "residual")
    residual = residual_report(scanned)
    return work.save(
        Masked,
        scanned,
        files={
            CANARY: work.store.put_bytes(_json(canary)),
            RESIDUAL: work.store.put_bytes(_json(residual)),
        },
        facts={
            "masked": _total(masked, "masked"),
            "residual": {k: residual[k] for k in ("documents", "documents_with_findings")},
            "detector": {"version": detector.version, "digest": detector.digest},
        },
    )


def canary_report(detector: Detector, plan: MaskPlan, documents: Sequence[str]) -> dict[str, Any]:
    """Recall per category on identifiers planted in the job's documents (specification 13.1)."""
    wanted = wanted_by(plan)
    carriers = filled(plan.seed, documents, CARRIERS)
    planted = plant(plan.seed, carriers, plan.canaries_per_category, wanted)
    found = _recall_facts(recall(detector, planted))
    engines = detector.detectors if isinstance(detector, UnionDetector) else ()
    each = recall_by_engine({engine.version: engine for engine in engines}, planted)
    bars = bars_of(plan)
    return {
        "detector": {"version": detector.version, "digest": detector.digest},
        "min_recall": bars.every,
        "bound": BOUND,
        "carriers": {"own": len(documents), "built_in": len(carriers) - len(documents)},
        "categories": [{**c, "least": bars.least(c["category"])} for c in found],
        "not_measured": unmeasured(wanted.looked_for, found),
        "engines": [
            {"name": e.version, "digest": e.digest, "categories": _recall_facts(each[e.version])}
            for e in engines
        ],
        "meaning": "invented identifiers that the detector covers whole, planted in documents of "
        "this job; a bound holds for identifiers like these, not for every way people write",
    }


def wanted_by(plan: MaskPlan) -> Wanted:
    """What the canary test of this plan must find."""
    return Wanted(plan.categories, plan.regions)


def bars_of(plan: MaskPlan) -> Bars:
    """What recall the plan asks for."""
    return Bars(plan.min_recall, {bar.category: bar.least for bar in plan.bars})


def _own_documents(work: Work, corpus: Screened, seed: int) -> list[str]:
    """A sample of the corpus by hash of row id and seed, out of a few shards drawn alike."""
    return drawn(seed, _some_rows(work, corpus, seed), CARRIERS)


def _some_rows(work: Work, corpus: Screened, seed: int) -> Iterator[tuple[str, str]]:
    shards = work.manifest(corpus).shards
    read = 0
    for shard in sorted(shards, key=lambda one: fingerprint(seed, one.digest)):
        if read >= READ_FOR_CARRIERS:
            return
        table = work.store.get_table(shard.digest).select(["id", "messages"])
        read += table.num_rows
        for row in table.to_pylist():
            text = "\n\n".join(message["content"] for message in row["messages"])
            yield row["id"], text[:LONGEST_CARRIER]


def mask_shard(table: pa.Table, settings: Masking) -> Sifted:
    """Mask messages, label, metadata and origin of each row; keep offsets, never values."""
    detector = detector_for(settings.plan)
    rows = table.to_pylist()
    counts: Counter[str] = Counter()
    for row in rows:
        row["spans"] = _mask_row(row, detector, settings.plan.style)
        counts.update(span["category"] for span in row["spans"])
    schema = table.schema.append(pa.field("spans", pa.list_(SPAN)))
    return Sifted(pa.Table.from_pylist(rows, schema=schema), facts={"masked": dict(counts)})


def _mask_row(row: Row, detector: Detector, style: Any) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = []
    messages = row["messages"]
    found = together(detector, [message["content"] for message in messages])
    for index, (message, here) in enumerate(zip(messages, found, strict=True)):
        spans += [_span("messages", index, span) for span in here]
        message["content"] = replace_spans(message["content"], here, style)
    for field in PLAIN_FIELDS:
        if row[field]:
            here = detector.detect([row[field]])[0]
            spans += [_span(field, 0, span) for span in here]
            row[field] = replace_spans(row[field], here, style)
    if row["meta"]:
        value = mask_json(json.loads(row["meta"]), detector, style)
        row["meta"] = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return spans


def _span(field: str, index: int, span: Span) -> dict[str, Any]:
    place = {"field": field, "index": index, "start": span.start, "end": span.end}
    return {**place, "category": span.category, "score": float(span.score)}


def quarantine_findings(table: pa.Table, settings: str) -> Sifted:
    """Scan the masked bytes with the second detector; a document with a finding goes no further."""
    gone: dict[int, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    for position, row in enumerate(table.to_pylist()):
        findings = scan_document(_fields(row))
        if findings:
            categories = Counter(finding.category for finding in findings)
            counts.update(categories)
            told = ", ".join(f"{name} {n}" for name, n in sorted(categories.items()))
            gone[position] = ("residual_personal_data", told)
    facts = {"documents": table.num_rows, "found": len(gone), "by_category": dict(counts)}
    return Sifted(kept_rows(table, gone), dropped_rows(table, gone), facts)


def _fields(row: Mapping[str, Any]) -> dict[str, str]:
    fields = {f"messages[{i}]": m["content"] for i, m in enumerate(row["messages"])}
    return {**fields, **{name: row[name] for name in ("origin", "label", "meta") if row[name]}}


def residual_report(scanned: Sequence[ShardResult]) -> dict[str, Any]:
    """What the second detector still found, by category; documents, never values."""
    documents = sum(int(result.facts["documents"]) for result in scanned)
    found = sum(int(result.facts["found"]) for result in scanned)
    return {
        "documents": documents,
        "documents_with_findings": found,
        "rate": found / documents if documents else None,
        "by_category": _total(scanned, "by_category"),
        "meaning": "documents in which an independent detector still finds personal data with "
        "high confidence; they are quarantined. It is a lower bound of what was missed.",
    }


def _stop_if_blind(canary: Mapping[str, Any], plan: MaskPlan) -> None:
    remedy = "mend the detector, or mask.categories and mask.min_recall in the plan"
    wanted = [c for c in wanted_by(plan).looked_for if c in plan.categories]
    if not wanted or unmeasured(wanted, canary["categories"]):
        missing = ("there is no canary recall of each of mask.categories",)
        raise GateClosed("canary", Verdict(Outcome.UNJUDGED, missing), remedy=remedy)
    if told := tuple(weak(canary["categories"], bars_of(plan))):
        raise GateClosed("canary", Verdict(Outcome.FAILED, told), remedy=remedy)


def _recall_facts(found: Sequence[CategoryRecall]) -> list[dict[str, Any]]:
    return [
        {
            "category": one.whole.name,
            **_figures(one.whole),
            "kinds": [{"kind": kind.name, **_figures(kind)} for kind in one.kinds],
        }
        for one in found
    ]


def _figures(found: Recall) -> dict[str, Any]:
    return {
        "planted": found.planted,
        "found": found.found,
        "recall": round(found.recall, 6),
        "lower": round(found.lower, 6),
        "upper": round(found.upper, 6),
    }


def _total(results: Sequence[ShardResult], name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result.facts[name])
    return dict(sorted(counts.items()))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).encode()
