"""The page's sections from the plain records that the steps left behind.

The records may come from an older version: a field that is not there leaves a gap on the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from burnish.evidence.report.reading_data import mended
from burnish.evidence.report.view import (
    Pairs,
    PartsView,
    PrivacyView,
    RecallView,
    SourceView,
    StepView,
    TrainingView,
)
from burnish.evidence.report.view_data import Counts

Record = Mapping[str, Any]

KINDS_OF_SOURCES = {"paths": "files", "sql": "SQL table or query", "api": "API", "hub": "model hub"}
KINDS_OF_ROWS = ("Collected", "Unique", "Kept", "Screened", "Masked", "Examples", "Parts", "Mixed")
OPTIONS_OF: Mapping[str, frozenset[str]] = {
    "lora": frozenset({"lora"}),
    "qlora": frozenset({"lora", "qlora"}),
    "freeze": frozenset({"freeze"}),
    "prefix": frozenset({"prefix"}),
    "prompt": frozenset({"prompt"}),
    "ia3": frozenset({"ia3"}),
    "houlsby": frozenset({"bottleneck"}),
    "pfeiffer": frozenset({"bottleneck"}),
}
"""The sections of the settings that a technique goes by; those of others say nothing."""
OPTIONS = frozenset().union(*OPTIONS_OF.values())


def step_view(step: Record) -> StepView:
    """A step as the ledger tells it; rows only where the step makes rows."""
    rows, dropped, added = int(step["rows"]), counts(step["dropped"]), counts(step["added"])
    counted = step["kind"] in KINDS_OF_ROWS
    rows_in = rows + sum(n for _, n in dropped) - sum(n for _, n in added)
    return StepView(
        name=str(step["stage"]),
        rows_in=rows_in if counted else None,
        rows_out=rows if counted else None,
        dropped=dropped,
        added=added,
        seconds=float(step["seconds"]),
        digest=str(step["digest"]),
        reused=bool(step["reused"]),
    )


def source_view(source: Record) -> SourceView:
    """A source of the collection manifest."""
    basis: Record = source.get("basis", {})
    kind, files = _text(source, "kind"), source.get("files")
    return SourceView(
        name=str(source["name"]),
        owner=_text(source, "owner"),
        system=_text(source, "system"),
        basis=_text(basis, "kind"),
        reference=_text(basis, "reference"),
        expires=_text(basis, "expires"),
        purposes=tuple(map(str, basis.get("purposes", ()))),
        classification=_text(source, "classification"),
        licence=_text(source, "licence"),
        collected=_text(source, "collected"),
        records=source.get("records"),
        unreadable=int(source.get("bad_records", 0)),
        superseded=int(source.get("superseded", 0)),
        removed=int(source.get("removed", 0)),
        where=_text(source, "where"),
        processors=tuple(
            f"{p['name']}, {p['agreement']} until {p['expires']}"
            for p in source.get("processors", ())
        ),
        kind=KINDS_OF_SOURCES.get(kind, kind),
        pieces=source.get("pieces", None if files is None else len(files)),
        size=source.get("bytes", None if files is None else sum(f["bytes"] for f in files)),
        mended=mended(source),
        undated=int(source.get("created_unread", 0)),
        listed_in=_text(source.get("listed_in", {}), "file"),
        outside=bool(source.get("outside", False)),
    )


def privacy_view(canary: Record, residual: Record, masked: Record, plan: Record) -> PrivacyView:
    """The canary and residual reports, the masked counts, and the plan's thresholds."""
    told: Record = plan.get("privacy", {})
    detector: Record = canary.get("detector", {})
    names = (_text(detector, "version"), _text(detector, "digest")[:12])
    return PrivacyView(
        recalls=tuple(_recalls(canary.get("categories", ()))),
        min_recall=canary.get("min_recall"),
        documents=int(residual.get("documents", 0)),
        with_findings=int(residual.get("documents_with_findings", 0)),
        residual=counts(residual.get("by_category", {})),
        max_residual=told.get("max_residual_rate"),
        masked=counts(masked),
        detector=", digest ".join(name for name in names if name),
        assessment=_text(told, "impact_assessment"),
        own_carriers=int(canary.get("carriers", {}).get("own", 0)),
        built_in_carriers=int(canary.get("carriers", {}).get("built_in", 0)),
        not_measured=tuple(map(str, canary.get("not_measured", ()))),
        engines=tuple(map(_engine, canary.get("engines", ()))),
        does_not_show=_text(residual, "does_not_show"),
    )


def parts_view(facts: Record) -> PartsView:
    """The facts of the split."""
    order = ("train", "validation", "test")
    rows: Record = facts.get("rows", {})
    return PartsView(
        rows=tuple((part, int(rows[part])) for part in order if part in rows),
        groups=facts.get("groups"),
        largest_group=facts.get("largest_group"),
        labels=facts.get("labels"),
        deviation=facts.get("largest_label_deviation"),
        canaries=int(facts.get("canaries", 0)),
    )


def training_view(record: Record) -> TrainingView:
    """The record of a training."""
    result: Record = record.get("result", {})
    proof: Record = result.get("proof", {})
    settings = record.get("settings", {})
    other = OPTIONS - OPTIONS_OF.get(str(settings.get("technique")), frozenset())
    settings = {key: value for key, value in settings.items() if key not in other}
    return TrainingView(
        losses=tuple(map(float, result.get("losses", ()))),
        validation=tuple((int(v["step"]), float(v["loss"])) for v in result.get("validation", ())),
        settings=listed(settings),
        parameters=result.get("parameters"),
        trainable=result.get("trainable"),
        steps=result.get("steps"),
        epochs=result.get("epochs"),
        trained_tokens=result.get("trained_tokens"),
        logit_change=proof.get("logit_change"),
        weight_change=proof.get("weight_change"),
        base=listed(record.get("base", {})),
        privacy=_guarantee(record.get("privacy", {})),
        not_private=tuple(map(str, record.get("privacy", {}).get("not_covered", ()))),
    )


def _guarantee(found: Record) -> Pairs:
    """The guarantee of a private training and how it was counted, in the order of weight."""
    words = {
        "epsilon": "Epsilon", "delta": "Delta", "unit": "Hidden unit", "units": "Units",
        "neighbours": "Hidden is the difference between", "mechanism": "Mechanism",
        "rate": "Sampling rate", "noise": "Noise, in clipping norms", "clip": "Clipping norm",
        "steps": "Steps", "accountant": "Accountant",
        "earlier_trainings": "Earlier trainings on the data",
        "epsilon_together": "Epsilon of all of them together",
        "total_epsilon": "Total allowed",
    }  # fmt: skip
    return tuple(
        (told, _written(found[key])) for key, told in words.items() if found.get(key) is not None
    )


def listed(values: Record, prefix: str = "") -> Pairs:
    """Settings by name, those of a section under its name; what is not set is left out."""
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            found.extend(listed(value, f"{key} "))
        elif value is not None:
            found.append((name, _written(value)))
    return tuple(found)


def counts(values: Record) -> Counts:
    """Names with their counts, in order of the names."""
    return tuple(sorted((str(name), int(number)) for name, number in values.items()))


def _recalls(categories: Iterable[Record]) -> Iterator[RecallView]:
    """Each category, and below it its kinds: all of PERSON, of others those that do worse."""
    for found in categories:
        yield _recall(found, str(found["category"]), found.get("least"))
        for kind in found.get("kinds", ()):
            if found["category"] == "PERSON" or kind["recall"] < found["recall"]:
                yield _recall(kind, f"{found['category']}, {kind['kind']}", found.get("least"))


def _recall(found: Record, name: str, least: float | None) -> RecallView:
    return RecallView(
        category=name,
        planted=int(found["planted"]),
        found=int(found["found"]),
        recall=float(found["recall"]),
        lower=float(found["lower"]),
        upper=float(found["upper"]),
        least=least,
    )


def _engine(found: Record) -> str:
    """An engine alone: how much of all canaries it found."""
    planted = sum(int(c["planted"]) for c in found["categories"])
    hits = sum(int(c["found"]) for c in found["categories"])
    return f"{found['name']} alone found {hits:,} of {planted:,}"


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return "" if value is None else str(value)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
