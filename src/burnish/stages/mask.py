"""Replace personal data by category tokens: canary test before, independent residual scan after."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from burnish.core.artifact import Masked, Screened
from burnish.core.errors import GateClosed, InputError
from burnish.core.fingerprint import RUNS, fingerprint
from burnish.core.rows import SPAN, dropped_rows, kept_rows
from burnish.core.secrets import resolve
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.core.verdict import Outcome, Verdict
from burnish.methods.privacy.build import detector
from burnish.methods.privacy.canaries.bars import BOUND, Bars, unmeasured, weak
from burnish.methods.privacy.canaries.carriers import drawn, filled
from burnish.methods.privacy.canaries.measuring import facts, missed, recall, recall_by_engine
from burnish.methods.privacy.canaries.planting import Wanted, plant
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.engines.build import foreign_detector
from burnish.methods.privacy.engines.settings import EngineSettings
from burnish.methods.privacy.joined import JoinedDetector
from burnish.methods.privacy.ner.detect import NerDetector
from burnish.methods.privacy.ner.model import CATEGORIES as MODEL_KNOWS
from burnish.methods.privacy.replace import Naming
from burnish.methods.privacy.spans import CATEGORIES
from burnish.methods.privacy.surrogates import Surrogates
from burnish.methods.privacy.table import mask_table, tokens_again
from burnish.methods.residual.scan import scan_documents
from burnish.plan import MaskPlan
from burnish.plan_mask import MaskEngine

RESIDUAL, CANARY = "residual.json", "canary.json"
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
LEAST_KEY = 16
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


@dataclass(frozen=True, slots=True)
class Masking:
    """What decides how a shard is masked; `root` and `key` run a result and do not name it."""

    plan: MaskPlan
    detector: str
    salt: str = ""
    key_check: str = ""
    root: str = field(default="", metadata={RUNS: True})
    key: bytes = field(default=b"", repr=False, metadata={RUNS: True})

    @property
    def naming(self) -> Naming:
        """How values are named."""
        told = self.plan.surrogates
        if told is None:
            return Naming(self.plan.style)
        return Naming("surrogate", Surrogates(self.key, self.salt, told.scope))


def detector_for(plan: MaskPlan, root: Path) -> JoinedDetector:
    """The detector that the plan asks for; raises `InputError` for one that cannot be.

    `root` is the project's folder, from which the folders of models are named.
    """
    try:
        return detector(
            plan.categories,
            plan.regions,
            [(p.category, p.pattern) for p in plan.patterns],
            plan.allow,
            [(d.category, d.text) for d in plan.deny],
            [_engine(engine, plan, root) for engine in plan.engines],
        )
    except ValueError as wrong:
        raise InputError(
            f"mask: {wrong}", remedy="mend mask.engines, mask.categories or mask.patterns"
        ) from wrong


def _engine(engine: MaskEngine, plan: MaskPlan, root: Path) -> str | Detector:
    if engine.kind == "ner" and engine.min_score is not None:
        return _model(plan, engine.min_score)
    if engine.kind == "rules" or engine.kind == "ner":
        return engine.kind
    return foreign_detector(
        EngineSettings(
            kind=engine.kind,
            path=str(root / Path(engine.path).expanduser()) if engine.path else "",
            language=engine.language,
            labels=tuple(engine.labels.items()),
            min_score=engine.min_score,
            categories=plan.categories,
            allow=plan.allow,
        )
    )


def _model(plan: MaskPlan, least: float) -> Detector:
    """Our model with a threshold of the plan's own instead of its card's."""
    named = tuple(name for name in MODEL_KNOWS if name in plan.categories)
    own = {p.category for p in plan.patterns} | {literal.category for literal in plan.deny}
    inert = tuple(sorted(own - set(CATEGORIES)))
    return NerDetector(named, thresholds=tuple((n, least) for n in named), inert=inert)


def named_by(work: Work, corpus: Screened, plan: MaskPlan) -> str:
    """What the result depends on beyond the plan: the detector, its models, the surrogates' key."""
    settings = masking(work, corpus, plan)
    return fingerprint(settings.detector, settings.salt, settings.key_check)


def masking(work: Work, corpus: Screened, plan: MaskPlan) -> Masking:
    """The settings of a shard's masking; raises `InputError` for a key that is not there."""
    root = work.place.root
    found = detector_for(plan, root).digest
    if plan.surrogates is None:
        return Masking(plan, found, root=str(root))
    key = resolve(plan.surrogates.key, root).encode()
    if len(key) < LEAST_KEY:
        raise InputError(
            f"mask: the key of the surrogates has {len(key)} bytes, which can be guessed",
            remedy=f"take {LEAST_KEY} random bytes or more: openssl rand -hex 32",
        )
    check = hashlib.sha256(b"surrogates" + key).hexdigest()[:16]
    return Masking(plan, found, plan.surrogates.dataset or corpus.digest, check, str(root), key)


@stage(version=3, sees=named_by)
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
    spans = masked.spans.cast(pa.list_(SPAN))
    return Sifted(masked.table.append_column("spans", spans), facts={"masked": masked.counts})


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
