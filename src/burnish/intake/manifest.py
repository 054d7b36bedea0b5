"""The data collection manifest of a source: what was listed, read, refused and replaced."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from burnish.core.errors import InputError
from burnish.core.listing import Listing
from burnish.core.ports import Store
from burnish.core.shards import ShardResult
from burnish.core.sources import Connector
from burnish.intake.reading import without_personal_data
from burnish.intake.replacing import SUPERSEDED
from burnish.methods.sources.rows import ERASED
from burnish.plan_sources import Source

NOT_BAD = (SUPERSEDED, ERASED)
"""Reasons for which a record goes that was nevertheless read well."""
MOST_NAMED = 1000
"""A manifest names so many pieces; of a source with more, a file of the artefact does."""
ELSEWHERE = {"paths", "objects", "sql", "api", "hub", "fields", "format", "bad_records"}
"""Keys of a source that its manifest tells otherwise, or that tell nothing of its right."""


def manifest(
    source: Source, connector: Connector, listing: Listing, read: Sequence[ShardResult]
) -> dict[str, Any]:
    """The data collection manifest of one source (specification 4.1)."""
    stated = source.model_dump(mode="json", exclude=ELSEWHERE)
    reasons = sum((Counter(r.reasons) for r in read), Counter[str]())
    tallies = sum((Counter(_tally(r)) for r in read), Counter[str]())
    pieces = [piece for r in read for piece in r.facts["pieces"]]
    gone = {} if connector.live else {"removed": listing.removed}
    return {
        **stated,
        "kind": source.kind,
        "where": without_personal_data([connector.where])[0],
        "files": [{"name": n, "sha256": d, "bytes": b} for n, d, b, _, _ in pieces],
        "pieces": len(pieces),
        "bytes": sum(piece[2] for piece in pieces),
        "records": sum(s.rows for r in read for s in r.shards),
        "bad_records": sum(n for reason, n in reasons.items() if reason not in NOT_BAD),
        **gone,
        **({ERASED: reasons[ERASED]} if reasons[ERASED] else {}),
        **({SUPERSEDED: reasons[SUPERSEDED]} if source.fields.key else {}),
        **dict(sorted(tallies.items())),
    }


def _tally(result: ShardResult) -> dict[str, int]:
    return {k: n for k, n in result.facts.items() if k not in ("pieces", "first_bad")}


def bounded(store: Store, told: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
    """Facts travel in bundles: a long list of pieces goes into a file, named by its digest."""
    if len(told["files"]) <= MOST_NAMED:
        return told
    lines = "".join(f"{json.dumps(file, sort_keys=True)}\n" for file in told["files"])
    name = f"{told['name']}.pieces.jsonl"
    files[name] = store.put_bytes(lines.encode())
    return {**told, "files": [], "listed_in": {"file": name, "sha256": files[name]}}


def refuse_too_many_bad(source: Source, live: bool, read: Sequence[ShardResult]) -> None:
    """Raise `InputError` for a source without records, or with more bad ones than tolerated."""
    bad = sum(n for r in read for reason, n in r.reasons.items() if reason not in NOT_BAD)
    erased = sum(r.reasons.get(ERASED, 0) for r in read)
    total = bad + erased + sum(s.rows for r in read for s in r.shards)
    anew = "" if live else f" and list it anew (burnish run --refresh {source.name})"
    if total == 0:
        raise InputError(
            f"source '{source.name}' has no records",
            remedy=f"mend sources.{source.name}.{source.kind}{anew}, or take the source out",
        )
    if bad > source.bad_records * total:
        first = next(str(r.facts["first_bad"]) for r in read if r.facts["first_bad"])
        raise InputError(
            f"source '{source.name}': {bad} of {total} records cannot be read; the first: {first}",
            remedy=f"mend them{anew}, or tolerate a share with sources.{source.name}.bad_records",
        )
