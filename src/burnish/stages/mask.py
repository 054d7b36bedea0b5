"""Replace personal data by category tokens: canary test before, independent residual scan after.

Beside the rows stands the registry of what was masked: keyed hashes of the values, never a value
(`methods.privacy.registry`), by which an evaluation tells whether a tuned model says one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from burnish.core.artifact import Masked, Screened
from burnish.core.errors import GateClosed, InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.rows import SPAN, dropped_rows, kept_rows
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.core.verdict import Outcome, Verdict
from burnish.intake.masking import Masking, detector_for, masking, named_by
from burnish.methods.privacy.canaries.bars import BOUND, Bars, unmeasured, weak
from burnish.methods.privacy.canaries.carriers import drawn, filled
from burnish.methods.privacy.canaries.measuring import facts, missed, recall, recall_by_engine
from burnish.methods.privacy.canaries.planting import Wanted, plant
from burnish.methods.privacy.joined import JoinedDetector
from burnish.methods.privacy.registry import hashed_values, registry_lines
from burnish.methods.privacy.table import mask_table, tokens_again
from burnish.methods.residual.scan import scan_documents
from burnish.plan import MaskPlan

RESIDUAL, CANARY, REGISTRY = "residual.json", "canary.json", "registry.jsonl"
FINDINGS = "findings"
FINDING = pa.struct(
    [
        ("field", pa.string()),
        ("place", pa.string()),
        ("view", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("category", pa.string()),
        ("confidence", pa.float64()),
    ]
)
"""Where a residual finding lies, never what it is (`methods.residual.scan.DocumentFinding`)."""
SURROGATES_HIDE = (
    "made-up values stand in the place of found ones: a reader cannot tell them from values that "
    "were missed, and the second scan reads tokens in their place"
)
SHOWS = {
    "shows": "what a second detector, which shares nothing with the first, is sure of in the bytes "
    "as written; and of invented identifiers how many the first did not cover, with a 95 % bound",
    "does_not_show": "what both detectors miss alike, names above all: they err together more than "
    "by chance, so the true rate is higher; a sample that people read bounds it",
    "human_sample": "burnish review",
}
_MEND = "mend the detector, or mask.categories, mask.min_recall and mask.bars in the plan"
CARRIERS, READ_FOR_CARRIERS, LONGEST_CARRIER = 200, 2000, 20_000


@stage(version=4, sees=named_by)
def mask(work: Work, corpus: Screened, plan: MaskPlan) -> Masked:
    """Prove the detector on canaries, mask every field, scan what was written."""
    settings = masking(work, corpus, plan)
    finder = detector_for(plan, work.place.root)
    canary = canary_report(finder, plan, _own_documents(work, corpus, plan.seed))
    _stop_if_blind(canary, plan)
    masked = work.map_shards(mask_shard, work.manifest(corpus).shards, settings)
    shards = [shard for result in masked for shard in result.shards]
    scanned = work.map_shards(quarantine_findings, shards, plan.style)
    residual = residual_report(scanned, plan.style, canary)
    return work.save(
        Masked,
        scanned,
        files={
            CANARY: work.store.put_bytes(_json(canary)),
            RESIDUAL: work.store.put_bytes(_json(residual)),
            REGISTRY: work.store.put_bytes(
                registry_lines(_hashed(work, masked), settings.registry)
            ),
        },
        facts={
            "masked": _total(masked, "masked"),
            "style": plan.style,
            "residual": {k: residual[k] for k in ("documents", "documents_with_findings")},
            "detector": {"version": finder.version, "digest": finder.digest},
            "engines": [{"name": e.version, "digest": e.digest} for e in finder.detectors],
            **({"warning": SURROGATES_HIDE} if plan.style == "surrogate" else {}),
        },
    )


def _hashed(work: Work, masked: Sequence[ShardResult]) -> Iterator[pa.Table]:
    """The keyed hashes of what was masked, shard by shard."""
    return (work.store.get_table(result.sidecars[REGISTRY]) for result in masked)


def canary_report(
    detector: JoinedDetector, plan: MaskPlan, documents: Sequence[str]
) -> dict[str, Any]:
    """Recall per category on identifiers planted in the job's documents (specification 13.1)."""
    wanted = wanted_by(plan)
    carriers = filled(plan.seed, documents, CARRIERS)
    planted = plant(plan.seed, carriers, plan.canaries_per_category, wanted)
    found = facts(recall(detector, planted))
    several = detector.detectors if len(detector.detectors) > 1 else ()
    each = recall_by_engine({engine.version: engine for engine in several}, planted)
    bars = bars_of(plan)
    return {
        "detector": {"version": detector.version, "digest": detector.digest},
        "min_recall": bars.every,
        "bound": BOUND,
        "carriers": {"own": len(documents), "built_in": len(carriers) - len(documents)},
        "categories": [{**c, "least": bars.least(c["category"])} for c in found],
        "not_measured": unmeasured(wanted.looked_for, found),
        "engines": [
            {"name": e.version, "digest": e.digest, "categories": facts(each[e.version])}
            for e in several
        ],
        "meaning": "invented identifiers that the detector covers whole, planted in documents of "
        "this job; a bound holds for identifiers like these, not for every way people write",
    }


def wanted_by(plan: MaskPlan) -> Wanted:
    """What the canary test of this plan must find."""
    examples: dict[str, tuple[str, ...]] = {}
    for pattern in plan.patterns:
        examples[pattern.category] = (*examples.get(pattern.category, ()), *pattern.examples)
    return Wanted(plan.categories, plan.regions, examples)


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
    finder = detector_for(settings.plan, Path(settings.root))
    if finder.digest != settings.detector:
        raise InputError(
            "mask: the detector on this worker is not the one that was tried on canaries",
            remedy="install the same burnish, libraries and models on every machine",
        )
    masked = mask_table(table, finder, settings.naming)
    return Sifted(
        masked.table.append_column("spans", masked.spans.cast(pa.list_(SPAN))),
        facts={"masked": masked.counts},
        sidecars={REGISTRY: hashed_values(table, masked.spans, settings.registry)},
    )


def quarantine_findings(table: pa.Table, settings: str) -> Sifted:
    """Scan the masked bytes with the second detector; a document with a finding goes no further.

    It takes surrogates for real, so it reads their category's token in the place of each. The rows
    held back get a column of where each finding lies, without its value.
    """
    read = [tokens_again(row) if settings == "surrogate" else row for row in table.to_pylist()]
    found = scan_documents([_fields(row) for row in read])
    gone: dict[int, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    for position, findings in enumerate(found):
        categories = Counter(finding.category for finding in findings)
        if categories:
            counts.update(categories)
            told = ", ".join(f"{name} {n}" for name, n in sorted(categories.items()))
            gone[position] = ("residual_personal_data", told)
    where = pa.array([[asdict(f) for f in found[i]] for i in sorted(gone)], pa.list_(FINDING))
    dropped = dropped_rows(table, gone).append_column(FINDINGS, where)
    told_facts = {"documents": table.num_rows, "found": len(gone), "by_category": dict(counts)}
    return Sifted(kept_rows(table, gone), dropped, told_facts)


def _fields(row: Mapping[str, Any]) -> dict[str, str]:
    fields = {f"messages[{i}]": m["content"] for i, m in enumerate(row["messages"])}
    return {**fields, **{name: row[name] for name in ("origin", "label", "meta") if row[name]}}


def residual_report(
    scanned: Sequence[ShardResult], style: str, canary: Mapping[str, Any]
) -> dict[str, Any]:
    """What the second detector still found, beside what the first missed of the canaries."""
    documents = sum(int(result.facts["documents"]) for result in scanned)
    found = sum(int(result.facts["found"]) for result in scanned)
    return {
        "documents": documents,
        "documents_with_findings": found,
        "rate": found / documents if documents else None,
        "by_category": _total(scanned, "by_category"),
        "canary_miss": missed(canary["categories"]),
        "meaning": "documents in which an independent detector still finds personal data with "
        "high confidence; they are quarantined. It is a lower bound of what was missed.",
        **SHOWS,
        "read": "with a category token in the place of each surrogate"
        if style == "surrogate"
        else "as written",
    }


def _stop_if_blind(canary: Mapping[str, Any], plan: MaskPlan) -> None:
    wanted = [c for c in wanted_by(plan).looked_for if c in plan.categories]
    if not wanted or unmeasured(wanted, canary["categories"]):
        missing = ("there is no canary recall of each of mask.categories",)
        raise GateClosed("canary", Verdict(Outcome.UNJUDGED, missing), remedy=_MEND)
    bars = bars_of(plan)
    if told := tuple(weak(canary["categories"], bars)):
        below = [
            c["category"] for c in canary["categories"] if c["recall"] < bars.least(c["category"])
        ]
        raise GateClosed("canary", Verdict(Outcome.FAILED, told), remedy=_remedy(below, plan))


def _remedy(below: Sequence[str], plan: MaskPlan) -> str:
    """What to do about the categories below their bars; rules alone cannot find most names."""
    models = [engine.kind for engine in plan.engines if engine.kind != "rules"]
    if "PERSON" not in below or models:
        return _MEND
    names = (
        "rules alone find only some names: add the engine ner (mask.engines: [rules, ner]), or "
        "accept the names that stay and lower the bar of PERSON in mask.bars"
    )
    return names if list(below) == ["PERSON"] else f"{names}; for the other categories {_MEND}"


def _total(results: Sequence[ShardResult], name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result.facts[name])
    return dict(sorted(counts.items()))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).encode()
