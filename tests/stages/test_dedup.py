"""No row stands twice, and each row that goes names the row that stands for it."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from burnish.core.artifact import Collected
from burnish.plan import DedupPlan
from burnish.stages.collect import collect
from burnish.stages.dedup import dedup

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

LONG = (
    "The printer on level two of the north building prints every page twice since Monday "
    "morning, and nobody at the front desk knows why it would do such a thing"
)
OTHER = "A visitor left an umbrella with a wooden handle in the reading room on Friday evening"


def test_a_dropped_row_names_its_survivor_and_their_similarity(bench: Bench, make: Make) -> None:
    rows = [make.chat("a", LONG), make.chat("b", OTHER), make.chat("c", LONG)]
    near = [make.chat("d", LONG + " today")]

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
