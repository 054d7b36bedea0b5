"""What each threshold keeps, beside judging again with it."""

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from burnish.methods.quality.judge import PROBABILITY, Judged, Thresholds, reasons_of, single
from burnish.methods.quality.measure import measure_all
from burnish.methods.quality.sweep import curves, look, reasons, together

LIMITS = Thresholds(rules=("c4.curly_bracket",), languages=())


def judged(seed: int, count: int = 120) -> Judged:
    draw = Random(seed)
    words = ["apple", "the", "12", "##", "gate", "of", "42nd", "pear", "{", "and", "house"]
    texts = [
        " ".join(draw.choice(words[: draw.randint(3, 11)]) for _ in range(draw.randint(1, 30)))
        for _ in range(count)
    ]
    said = np.random.default_rng(seed).random(count).astype(np.float32)
    return Judged(
        single(measure_all(texts)), pa.array(["en"] * count), np.ones(count, np.float32),
        {PROBABILITY: said},
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_curve_says_what_judging_with_the_threshold_there_keeps(seed: int) -> None:
    texts = judged(seed)
    for curve in curves(look(texts, LIMITS), LIMITS, examples=0):
        for point in [curve.kept, *curve.points[:: max(1, len(curve.points) // 7)]]:
            value = int(point.at) if curve.name.endswith("words") else point.at
            put: dict[str, Any] = {curve.name: value}
            if curve.name == "min_words":
                put["max_words"] = 20_000
            if curve.name == "max_words" and value < LIMITS.min_words:
                continue
            kept = reasons_of(texts, replace(LIMITS, **put)).null_count

            assert point.together == kept, (curve.name, point)


def test_volume_only_falls_as_a_threshold_is_tightened() -> None:
    for curve in curves(look(judged(4), LIMITS), LIMITS, examples=0):
        together_, alone = ([getattr(p, n) for p in curve.points] for n in ("together", "alone"))
        for line in (together_, alone):
            assert line == sorted(line, reverse=curve.side == "least")
        assert all(a >= b for a, b in zip(alone, together_, strict=True))


def test_the_rows_at_the_edge_are_the_nearest_that_all_else_keeps() -> None:
    texts = judged(1)
    fates = reasons_of(texts, LIMITS).to_pylist()
    (curve,) = [
        c for c in curves(look(texts, LIMITS), LIMITS, examples=4) if c.name == "min_probability"
    ]
    values = texts.read[PROBABILITY]

    kept = [e for e in curve.edge if e.kept]
    gone = [e for e in curve.edge if not e.kept]

    stay = sorted(float(v) for v, fate in zip(values, fates, strict=True) if fate is None)
    assert [e.value for e in kept] == stay[:4]
    assert all(fates[e.position] is None for e in kept)
    assert all(fates[e.position] == "classifier" for e in gone)
    assert [e.value for e in gone] == sorted((e.value for e in gone), reverse=True)


def test_parts_together_are_the_whole() -> None:
    parts = [judged(seed, 30) for seed in (1, 2)]
    swept = together([look(part, LIMITS) for part in parts])

    found = {curve.name: curve for curve in curves(swept, LIMITS, examples=2)}

    kept = sum(reasons_of(part, LIMITS).null_count for part in parts)
    assert all(curve.kept.together == kept for curve in found.values())
    assert int(swept.stays.sum()) == kept


def test_a_reason_alone_is_what_switching_it_would_change() -> None:
    texts = judged(2)
    now = reasons_of(texts, LIMITS).null_count
    told = {one.name: one for one in reasons(look(texts, LIMITS))}

    with_c4 = reasons_of(texts, replace(LIMITS, rules=("c4.curly_bracket", "c4.sentences")))
    without = reasons_of(texts, replace(LIMITS, rules=()))

    assert told["c4.curly_bracket"].on
    assert told["c4.curly_bracket"].alone == without.null_count - now > 0
    assert not told["c4.sentences"].on
    assert told["c4.sentences"].alone == now - with_c4.null_count > 0


def test_nothing_cannot_be_swept() -> None:
    with pytest.raises(ValueError, match="needs texts"):
        together([])
