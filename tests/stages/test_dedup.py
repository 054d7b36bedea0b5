"""No row stands twice, and each row that goes names the row that stands for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from itertools import pairwise, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burnish.core.artifact import Collected
from burnish.engines.inline import InlineEngine
from burnish.engines.local import LocalEngine
from burnish.methods.quality.measure import Measures
from burnish.plan import DedupPlan
from burnish.stages.collect import collect
from burnish.stages.dedup import dedup
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

LONG = (
    "The printer on level two of the north building prints every page twice since Monday "
    "morning, and nobody at the front desk knows why it would do such a thing"
)
WORSE = f"{LONG} %% ## 77"
OTHER = "A visitor left an umbrella with a wooden handle in the reading room on Friday evening"


def test_a_dropped_row_names_its_survivor_and_their_similarity(bench: Bench, make: Make) -> None:
    rows = [make.chat("a", LONG), make.chat("b", OTHER), make.chat("c", f" {LONG.upper()} ")]
    near = [make.chat("d", WORSE)]

    made = bench.run().do(dedup, bench.given(Collected, rows, near), DedupPlan())

    assert [row["id"] for row in bench.rows(made)] == ["a", "b"]
    exact, close = bench.gone(made)
    assert (exact["id"], exact["dropped_because"]) == ("c", "exact_duplicate")
    assert exact["dropped_detail"] == "a 1.000"
    assert (close["id"], close["dropped_because"]) == ("d", "near_duplicate")
    survivor, similarity = close["dropped_detail"].split()
    assert survivor == "a"
    assert 0.8 <= float(similarity) < 1
    assert {row["cluster"] for row in (exact, close)} == {"a"}


def test_of_equals_the_oldest_stays_and_one_of_unknown_age_goes(bench: Bench, make: Make) -> None:
    ages = {"a": None, "b": "2024-05-01T00:00:00Z", "c": "2023-12-31T23:59:59+00:00", "d": "soon"}
    rows = [make.chat(name, LONG, created=age) for name, age in ages.items()]

    made = bench.run().do(dedup, bench.given(Collected, rows), DedupPlan())

    assert [row["id"] for row in bench.rows(made)] == ["c"]


def test_the_better_row_stays_however_young_it_is(bench: Bench, make: Make) -> None:
    rows = [make.chat("a", WORSE, created="2001-01-01T00:00:00Z"), make.chat("b", LONG)]

    made = bench.run().do(dedup, bench.given(Collected, rows), DedupPlan())

    assert [row["id"] for row in bench.rows(made)] == ["b"]


def test_rows_carry_what_was_measured_of_them(bench: Bench, make: Make) -> None:
    corpus = bench.given(Collected, [make.chat("a", LONG), make.chat("b", LONG)])

    made = bench.run().do(dedup, corpus, DedupPlan())

    for row in [*bench.rows(made), *bench.gone(made)]:
        assert list(row["measures"]) == [field.name for field in fields(Measures)]
        assert row["measures"]["words"] == len(LONG.split())
        assert (row["language"], row["language_confidence"] > 0.9) == ("en", True)


def many(make: Make) -> list[dict[str, Any]]:
    """Families of copies with some words changed, of different quality and age."""
    rows = []
    for number in range(60):
        words = f"{LONG} and {OTHER}".split()
        words = [f"{word}{number % 12}" for word in words]
        for change in range(number // 12):
            words[(7 * change + number) % len(words)] = f"other{number}"
        rows.append(make.chat(f"row {number:02d}", " ".join(words)))
    return rows


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(60)), cuts=st.sets(st.integers(1, 59), max_size=5))
def test_the_arrangement_of_rows_and_shards_changes_nothing(
    bench: Bench, make: Make, order: list[int], cuts: set[int]
) -> None:
    rows = many(make)
    moved = [rows[n] for n in order]
    ends = [0, *sorted(cuts), 60]
    shards = [moved[start:end] for start, end in pairwise(ends)]

    plain = bench.run().do(dedup, bench.given(Collected, rows), DedupPlan())
    again = bench.run().do(dedup, bench.given(Collected, *shards), DedupPlan())

    assert by_id(bench.rows(again)) == by_id(bench.rows(plain))
    assert by_id(bench.gone(again)) == by_id(bench.gone(plain))
    assert bench.gone(plain)


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def test_workers_make_the_same_bytes(bench: Bench, make: Make, tmp_path: Path) -> None:
    rows = many(make)
    digests = []
    for name, engine in (("one", InlineEngine()), ("two", LocalEngine(2))):
        store = FolderStore(tmp_path / name, FileKeyProvider.ensure(tmp_path / f"{name}.key"))
        bench.store = store
        corpus = bench.given(Collected, rows[:25], rows[25:50], rows[50:])
        digests.append(bench.run(engine).do(dedup, corpus, DedupPlan()).digest)
        engine.close()

    assert digests[0] == digests[1]


class Counting(InlineEngine):
    """Counts the shards and tasks that were really worked on."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()

    def map(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            if item.store.recall(item.recipe) is None:
                self.done[item.fn.__name__] += 1
            yield fn(item)


def test_a_few_more_rows_redo_a_few_shards(bench: Bench, make: Make) -> None:
    """Thirty shards are there; one more comes, with a copy of a row of one of them."""
    texts = [f"{OTHER} {' '.join(f'w{n}x{k}' for k in range(20))}" for n in range(90)]
    old = [[make.chat(f"{n}", texts[n]) for n in range(at, at + 3)] for at in range(0, 90, 3)]
    more = [make.chat("new", texts[4] + " today"), make.chat("else", LONG)]
    engines = [Counting(), Counting()]

    for engine, shards in zip(engines, (old, [*old, more]), strict=True):
        bench.run(engine).do(dedup, bench.given(Collected, *shards), DedupPlan())

    assert engines[0].done["scan_shard"] == engines[0].done["drop_duplicates"] == 30
    assert engines[1].done["scan_shard"] == 1
    assert engines[1].done["sets_of_shard"] <= 2
    assert engines[1].done["drop_duplicates"] <= 2


@pytest.mark.parametrize("method", ["minhash", "simhash"])
def test_both_methods_find_copies_with_a_word_changed(
    bench: Bench, make: Make, method: Any
) -> None:
    words = " ".join(f"word{n}" for n in range(600))
    rows = [make.document("a", words), make.document("b", f"{words} more")]

    made = bench.run().do(dedup, bench.given(Collected, rows), DedupPlan(method=method))

    assert bench.manifest(made).reasons == {"near_duplicate": 1}


def test_a_threshold_above_their_likeness_keeps_near_copies(bench: Bench, make: Make) -> None:
    corpus = bench.given(Collected, [make.chat("a", LONG), make.chat("b", LONG + " today")])

    assert bench.run().do(dedup, corpus, DedupPlan(threshold=0.99)).rows == 2
    assert bench.run().do(dedup, corpus, DedupPlan(threshold=0.8)).rows == 1


def test_the_same_system_prompt_makes_no_duplicates(bench: Bench, make: Make) -> None:
    turns = [[("system", LONG), ("user", text)] for text in ("Where is it?", "Who has it?")]
    corpus = bench.given(Collected, [make.row(str(n), said) for n, said in enumerate(turns)])

    assert bench.run().do(dedup, corpus, DedupPlan()).rows == 2


def test_one_row_and_none_are_no_trouble(bench: Bench, make: Make) -> None:
    one = bench.given(Collected, [make.chat("a", "Hi")])

    assert bench.run().do(dedup, one, DedupPlan()).rows == 1
    assert bench.run().do(dedup, bench.given(Collected), DedupPlan()).rows == 0


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_same_texts_stay_in_whichever_file_they_lie(
    bench: Bench, make: Make, order: tuple[int, ...]
) -> None:
    contents = [[LONG, OTHER], [LONG], [OTHER, "Where is the lost property office, please?"]]
    for place, index in enumerate(order):
        records = [{"question": text, "answer": "Yes."} for text in contents[index]]
        bench.write(f"{place}.jsonl", records)

    run = bench.run()
    made = run.do(dedup, run.do(collect, (make.source("t", "*.jsonl"),), "support"), DedupPlan())

    kept = sorted(row["messages"][0]["content"] for row in bench.rows(made))
    assert kept == sorted([LONG, OTHER, "Where is the lost property office, please?"])
    assert {row["dropped_because"] for row in bench.gone(made)} == {"exact_duplicate"}
