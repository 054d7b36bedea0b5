"""Whatever comes in is there at the end, or kept with the reason why it is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burnish.core.artifact import Corpus
from burnish.plan import (
    DedupPlan,
    EvaluatePlan,
    MaskPlan,
    NormalisePlan,
    QualityPlan,
    ScreenPlan,
)
from burnish.stages.collect import collect
from burnish.stages.dedup import dedup
from burnish.stages.mask import mask
from burnish.stages.quality import quality
from burnish.stages.screen import screen

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

PLANES = ((0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x1FFFF), (0x20000, 0x10FFFF))
CHARACTER = st.one_of([st.integers(low, high).map(chr) for low, high in PLANES])
SAID = ("Where is the blue lamp of room four?", "Ring 0412 345 678 or write to ada@example.org.")
TEXT = st.one_of(st.text(CHARACTER, min_size=1, max_size=40), st.sampled_from(SAID))
RECORD = st.one_of(
    st.fixed_dictionaries({"question": TEXT, "answer": TEXT}),
    st.fixed_dictionaries({"question": TEXT}),
    st.just("no json"),
)
QUALITY = QualityPlan(min_words=1, languages=(), min_score=0.0, max_symbol_share=0.6)
MASK = MaskPlan(canaries_per_category=1, min_recall=0.0, bars=())
WITHIN = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def prepared(bench: Bench, make: Make, records: list[Any]) -> list[Corpus]:
    bench.write("tickets.jsonl", records)
    run = bench.run()
    sources = (make.source(bad_records=1.0),)
    collected = run.do(collect, sources, "support", NormalisePlan(form="NFC"))
    unique = run.do(dedup, collected, DedupPlan())
    kept = run.do(quality, unique, QUALITY)
    screened = run.do(screen, kept, ScreenPlan(), EvaluatePlan())
    return [collected, unique, kept, screened, run.do(mask, screened, MASK)]


@WITHIN
@given(records=st.lists(RECORD, min_size=1, max_size=14))
def test_every_record_ends_in_exactly_one_place(
    bench: Bench, make: Make, records: list[Any]
) -> None:
    with TemporaryDirectory() as folder:
        own = type(bench)(Path(folder))
        made = prepared(own, make, records)
        gone = [row for artifact in made for row in own.gone(artifact)]
        stays = own.rows(made[-1])

    ends = Counter(row["id"] for row in (*gone, *stays))
    assert len(ends) == ends.total() == len(records)
    assert all(row["dropped_because"] for row in gone)


@WITHIN
@given(records=st.lists(RECORD, min_size=2, max_size=12), data=st.data())
def test_the_order_of_records_does_not_decide_which_texts_stay(
    bench: Bench, make: Make, records: list[Any], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(records))

    assert texts(bench, make, records) == texts(bench, make, other)


def texts(bench: Bench, make: Make, records: list[Any]) -> Counter[str]:
    with TemporaryDirectory() as folder:
        own = type(bench)(Path(folder))
        made = prepared(own, make, records)
        return Counter(str(row["messages"]) for row in own.rows(made[-1]))
