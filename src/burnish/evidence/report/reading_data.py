"""Quality and mix from the records of their steps and the plan; gaps where these are older."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from burnish.evidence.report.view_data import Counts, MixView, QualityView, ShareView

Record = Mapping[str, Any]

FAMILIES = ("gopher", "c4", "fineweb")
"""Published sets of rules, by the names that reasons begin with."""
CLASSIFIER, WORD_LIST = "classifier", "c4.bad_words"
"""What the facts of quality name the digests of its files by; reasons too."""
MENDED = "mended "


def quality_view(facts: Record, reasons: Record, plan: Record, judged: int) -> QualityView | None:
    """What published rules and files said of the rows; None where neither was used."""
    files: Record = facts.get("files", {})
    asked = tuple(map(str, plan.get("rules", ())))
    found = tuple(sorted((str(r), int(n)) for r, n in reasons.items() if family(str(r))))
    if not (asked or found or files):
        return None
    used = CLASSIFIER in files
    return QualityView(
        asked=asked,
        found=found,
        judged=judged,
        classifier=str(files.get(CLASSIFIER, "")),
        least=plan.get("min_probability") if used else None,
        by_classifier=int(reasons.get(CLASSIFIER, 0)),
        word_list=str(files.get(WORD_LIST, "")),
    )


def mix_view(facts: Record, plan: Record) -> MixView | None:
    """Rows shown by source; None where the plan shows each source once and whole, shuffled."""
    order = str(facts.get("order", plan.get("order", "")))
    portions = {str(one["source"]): one for one in plan.get("sources", ())}
    shown: Record = facts.get("sources", {})
    if not portions and order in ("", "shuffled"):
        return None
    names = sorted({*map(str, shown), *portions})
    return MixView(tuple(_share(n, shown.get(n, 0), portions.get(n, {})) for n in names), order)


def _share(name: str, rows: object, portion: Record) -> ShareView:
    weight, cap = portion.get("weight"), portion.get("cap")
    return ShareView(
        source=name,
        rows=int(str(rows)),
        weight="" if weight is None else f"{weight:g}",
        cap="" if cap is None else f"{cap:,}",
    )


def mended(source: Record) -> Counts:
    """Texts that normalisation mended, by what was mended."""
    named = [(key, n) for key, n in source.items() if key.startswith(MENDED)]
    return tuple(sorted((key.removeprefix(MENDED), int(n)) for key, n in named))


def family(reason: str) -> str:
    """The published set of rules that a reason belongs to, or nothing."""
    first, dot, _ = reason.partition(".")
    return first if dot and first in FAMILIES else ""


def by_family(reasons: Counts) -> Iterator[tuple[str, int]]:
    """Reasons with their rows, the rules of a family as one, in order of the names."""
    grouped: dict[str, int] = {}
    for reason, rows in reasons:
        name = f"{family(reason)} rules" if family(reason) else reason
        grouped[name] = grouped.get(name, 0) + rows
    yield from sorted(grouped.items())
