"""What was found is gone from the written bytes; what a blind detector leaves is seen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.artifact import Screened
from burnish.core.rows import CORPUS
from burnish.methods.privacy.build import detector
from burnish.methods.privacy.canaries.carriers import carriers
from burnish.methods.privacy.canaries.forms import COLLECTIONS
from burnish.methods.privacy.canaries.planting import Canary, Wanted, plant
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.replace import Naming, Style
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES, Span
from burnish.methods.privacy.surrogates import Surrogates
from burnish.methods.privacy.table import MaskedTable, mask_table
from burnish.plan import MaskPlan
from burnish.plan_mask import SurrogatePlan
from burnish.stages.mask import mask, quarantine_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import Bench

REGIONS = ("AU", "US", "GB", "EU")
STYLES: tuple[Style, ...] = ("token", "numbered", "surrogate")
PLACES = ("message", "label", "origin", "meta key", "meta value")
PLAN = MaskPlan(canaries_per_category=1, min_recall=0.0, bars=())
SEEN = {"PERSON": 0.05, "HANDLE": 0.4, "DATE_OF_BIRTH": 0.5, "ADDRESS": 0.5}
"""The least share that the second scan sees; names in running text are the first one's alone."""
KEY = b"0123456789abcdef"
EMPTY: dict[str, Any] = {"source": "s", "origin": "a.jsonl:1", "label": None, "meta": None}


@dataclass(frozen=True)
class Blind:
    """A detector that finds nothing."""

    version: str = "blind"
    digest: str = "0"

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        return [[] for _ in texts]


@cache
def shipped() -> Detector:
    """Rules and model of the default plan."""
    return detector(DEFAULT_CATEGORIES, REGIONS)


def planted(seed: int) -> list[Canary]:
    """A canary of every category, and three of PERSON, of one of the collections."""
    wanted = Wanted(DEFAULT_CATEGORIES, collections=COLLECTIONS[seed % 2 :][:1])
    return plant(seed, carriers(seed, 20), 1, wanted)


def row(canary: Canary, place: str, number: int) -> dict[str, Any]:
    """A row that has the canary's document in this place and nothing else."""
    there: dict[str, Any] = {
        "message": {"messages": [{"role": "user", "content": canary.text}]},
        "label": {"label": canary.text},
        "origin": {"origin": canary.text},
        "meta key": {"meta": json.dumps({canary.text: 1})},
        "meta value": {"meta": json.dumps({"note": {"by": [canary.text]}}, ensure_ascii=False)},
    }
    message = {"role": "user", "content": "It is done."}
    return {"id": f"r{number}", **EMPTY, "messages": [message], **there[place]}


def rows(canaries: Sequence[Canary], first: int = 0) -> pa.Table:
    """A row for each canary, in the places by turn."""
    made = [row(c, PLACES[(first + n) % len(PLACES)], n) for n, c in enumerate(canaries)]
    return pa.Table.from_pylist(made, schema=CORPUS)


def found(canaries: Sequence[Canary], done: MaskedTable) -> list[bool]:
    """Of each canary whether the spans of its row cover it whole."""
    told = []
    for one, spans in zip(canaries, done.spans.to_pylist(), strict=True):
        covered = {at for span in spans for at in range(span["start"], span["end"])}
        told.append(covered.issuperset(range(one.start, one.end)))
    return told


def naming(style: Style) -> Naming:
    """A naming of each style."""
    return Naming(style, Surrogates(KEY) if style == "surrogate" else None)


def leaves_nothing(canary: Canary, written: dict[str, Any]) -> bool:
    """Whether the identifier stands fewer times in the row than it was written into it."""
    value = canary.text[canary.start : canary.end]
    texts = [m["content"] for m in written["messages"]]
    texts += [written[name] or "" for name in ("origin", "label")]
    texts += _strings(json.loads(written["meta"])) if written["meta"] else []
    return bool(sum(text.count(value) for text in texts) < canary.text.count(value))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(text for inner in value.values() for text in _strings(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in _strings(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), first=st.integers(0, len(PLACES) - 1))
def test_every_identifier_that_was_found_is_gone_from_the_table(
    style: Style, seed: int, first: int
) -> None:
    canaries = planted(seed)
    done = mask_table(rows(canaries, first), shipped(), naming(style))

    hits = found(canaries, done)
    left = [
        one
        for one, hit, written in zip(canaries, hits, done.table.to_pylist(), strict=True)
        if hit and not leaves_nothing(one, written)
    ]
    assert left == []
    assert sum(hits) > 0.7 * len(canaries)


def test_an_identifier_that_stays_is_told() -> None:
    canaries = planted(5)
    done = mask_table(rows(canaries), Blind(), naming("token"))

    written = zip(canaries, done.table.to_pylist(), strict=True)
    assert not any(leaves_nothing(one, kept) for one, kept in written)


@pytest.mark.parametrize("style", STYLES)
def test_the_mask_stage_writes_no_identifier_that_was_found(bench: Bench, style: Style) -> None:
    (bench.root / "s.key").write_bytes(KEY)
    canaries = [*planted(7), *planted(8)]
    given: dict[str, tuple[Canary, dict[str, Any]]] = {}
    for number, one in enumerate(canaries):
        made = row(one, PLACES[number % len(PLACES)], number)
        given[made["id"]] = (one, made)
    surrogates = SurrogatePlan(key="file:s.key") if style == "surrogate" else None
    plan = PLAN.model_copy(update={"style": style, "surrogates": surrogates})

    masked = bench.run().do(mask, bench.given(Screened, [made for _, made in given.values()]), plan)

    kept = bench.rows(masked)
    assert len(kept) > 0.7 * len(given)
    for written in kept:
        one = given[written["id"]][0]
        covered = {at for span in written["spans"] for at in range(span["start"], span["end"])}
        if covered.issuperset(range(one.start, one.end)):
            assert leaves_nothing(one, written), (one.category, written["id"])


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_the_second_scan_sees_what_a_blind_detector_leaves_in_any_place(first: int) -> None:
    canaries = plant(first, carriers(first, 20), 10, Wanted(DEFAULT_CATEGORIES))
    done = mask_table(rows(canaries, first), Blind(), naming("token"))

    sifted = quarantine_findings(done.table.append_column("spans", done.spans), "token")

    assert sifted.dropped is not None
    held = {row["id"] for row in sifted.dropped.to_pylist()}
    seen: dict[str, list[bool]] = {}
    for number, one in enumerate(canaries):
        seen.setdefault(one.category, []).append(f"r{number}" in held)
    shares = {category: sum(some) / len(some) for category, some in seen.items()}
    assert {c: s for c, s in shares.items() if s < SEEN.get(c, 0.8)} == {}
