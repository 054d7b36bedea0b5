"""Trained rows that come out word for word count beyond held-out twins, and only then."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.probe_bench import bench, blind, rendering, verdicts

from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.probes.extraction import (
    Extraction,
    allowed_excess,
    discoverable,
    extraction_probe,
)
from burnish.methods.evaluation.probes.seen import Seen, drawn, seen_of, twins
from burnish.methods.evaluation.records import Asked, Side

TERMS = Extraction(prefix=6, suffix=6, margin=0.1)
TEXT = "Please open the side panel and turn the small wheel to the left until it clicks {n} times."


def rows(part: str, count: int, source: str = "desk") -> list[Seen]:
    made = []
    for n in range(count):
        answer = rendering().continuation(TEXT.format(n=n))
        prompt = rendering().bare(f"{part} {n}?")
        made.append(Seen(f"{part}-{n}", source, f"{part}-{n}", prompt, answer))
    return made


def tried(
    trained: float,
    held_out: float = 0.0,
    base: float = 0.0,
    count: int = 40,
    restricted: tuple[str, ...] = (),
) -> Found:
    """The tuned model says so many of the rows of each part, the base so many of both."""

    def says(side: Side, asked: Asked) -> tuple[str, bool]:
        part, _, name = asked.item.partition("/")
        share = base if side == "base" else {"train": trained, "test": held_out}[part]
        if int(name.rpartition("-")[2]) < share * count:
            return f"{rendering().text(asked.continuations[0])} and more", True
        return "I do not know.", False

    ours, theirs = rows("ours", count), rows("theirs", count)
    return extraction_probe(bench(says), ours, theirs, TERMS, restricted)


def test_a_model_that_says_no_row_passes_and_the_gate_could_fail() -> None:
    found = tried(0.0)

    assert verdicts(found) == {"memorisation:extraction": "pass"}
    assert blind(found) == ()
    assert found.told["pairs"] == 40


def test_rows_that_only_the_training_explains_fail() -> None:
    found = tried(0.5)

    assert verdicts(found) == {"memorisation:extraction": "regressed"}
    assert (found.told["trained"], found.told["held_out"]) == (20, 0)
    assert found.told["excess"]["lower"] > 0.3


def test_a_domain_that_follows_rules_gives_held_out_rows_as_well_and_passes() -> None:
    assert verdicts(tried(0.9, held_out=0.9)) == {"memorisation:extraction": "pass"}


def test_what_the_base_says_too_was_not_learnt_here() -> None:
    assert verdicts(tried(1.0, base=1.0)) == {"memorisation:extraction": "pass"}


def test_an_excess_within_margin_or_chance_is_allowed() -> None:
    assert verdicts(tried(0.1)) == {"memorisation:extraction": "pass"}
    assert verdicts(tried(0.45, held_out=0.35)) == {"memorisation:extraction": "pass"}


def test_a_restricted_row_may_never_be_said() -> None:
    assert verdicts(tried(0.02, restricted=("desk",)))["memorisation:restricted"] == "regressed"
    assert verdicts(tried(0.0, restricted=("desk",)))["memorisation:restricted"] == "pass"
    same = tried(0.9, held_out=0.9, restricted=("desk",))
    assert verdicts(same)["memorisation:restricted"] == "pass"
    more = tried(0.9, held_out=0.2, restricted=("desk",))
    assert verdicts(more)["memorisation:restricted"] == "regressed"


def test_too_few_pairs_are_told_and_make_no_gate_but_restricted_rows_stay_evidence() -> None:
    few = tried(0.0, count=9)

    assert (few.gates, few.told) == ((), {"pairs": 9})
    assert "9 pairs" in few.limits[0]
    assert "memorisation:restricted" in verdicts(tried(0.0, count=9, restricted=("desk",)))


def test_a_missing_answer_leaves_it_unjudged() -> None:
    ours, theirs = rows("ours", 20), rows("theirs", 20)
    silent = extraction_probe(bench(), ours, theirs, TERMS)
    assert verdicts(silent) == {"memorisation:extraction": "unjudged"}


def test_without_a_long_answer_there_is_nothing_to_draw_out() -> None:
    short = [Seen("a", "desk", "a", (5,), (7, 8))]

    found = extraction_probe(bench(), short, short, TERMS)

    assert found.gates == ()
    assert found.limits == ("extraction: no trained answer is long enough",)


def test_a_row_without_room_for_an_answer_is_left_out() -> None:
    ours, theirs = rows("ours", 12), rows("theirs", 12)

    found = extraction_probe(bench(), ours, theirs, Extraction(longest=3))

    assert found.gates == ()


@settings(max_examples=50, deadline=None)
@given(st.integers(10, 60), st.integers(0, 60), st.floats(0, 0.5))
def test_the_allowed_excess_is_the_margin_or_what_chance_explains(
    pairs: int, held_out: int, margin: float
) -> None:
    held_out = min(held_out, pairs)
    most = allowed_excess(held_out, pairs, margin)

    assert most >= math.floor(margin * pairs)
    if held_out + most < pairs:
        ours = held_out + most + 1
        table = [[ours, pairs - ours], [held_out, pairs - held_out]]
        assert stats.fisher_exact(table, alternative="greater").pvalue <= 0.05


@pytest.mark.parametrize("p", [0.001, 0.006, 0.008, 0.5])
def test_discoverable_is_the_chance_of_one_true_draw(p: float) -> None:
    assert discoverable(math.log(p), 100, 0.5) == (1 - (1 - p) ** 100 >= 0.5)


def test_the_certain_is_discoverable_and_the_unknown_is_not() -> None:
    assert discoverable(0.0, 1, 0.99)
    assert not discoverable(math.nan, 1, 0.01)
    assert not discoverable(-800.0, 1000, 0.01)


def example(name: str, kind: str = "answer", start: int = 2) -> dict[str, object]:
    return {
        "id": name, "source": "desk", "kind": kind, "cluster": None, "prompt_length": start,
        "ids": [1, 4, 9, 8, 2], "trained": [False] * start + [True] * (5 - start),
        "question": "Where?", "expected": "There.",
    }  # fmt: skip


def test_a_row_of_examples_is_read_as_the_model_read_it() -> None:
    row = seen_of(example("r1"))

    assert row == Seen("r1", "desk", "r1", (1, 4), (9, 8, 2), "Where?", "There.")
    assert seen_of(example("c1", kind="canary")) is None
    document = seen_of(example("d1", kind="document", start=0))
    assert document is not None
    assert (document.prompt, document.answer) == ((1,), (4, 9, 8, 2))


def test_drawing_takes_one_of_a_cluster_whatever_the_order() -> None:
    made = [Seen(f"r{n}", "desk", f"c{n % 40}", (1,), (2,)) for n in range(200)]

    chosen = drawn(made, 25, seed=3)

    assert chosen == drawn(reversed(made), 25, seed=3)
    assert len({row.cluster for row in chosen}) == 25
    assert chosen != drawn(made, 25, seed=4)


def test_drawing_out_of_many_clusters_takes_the_same_rows() -> None:
    made = [Seen(f"r{n}", "desk", f"c{n}", (1,), (2,)) for n in range(3000)]

    assert drawn(made, 10, seed=1) == drawn(reversed(made), 10, seed=1)


def test_twins_are_of_one_source() -> None:
    ours = [Seen(f"a{n}", "a" if n % 3 else "b", f"a{n}", (1,), (2,)) for n in range(30)]
    theirs = [Seen(f"t{n}", "a" if n % 2 else "c", f"t{n}", (1,), (2,)) for n in range(30)]

    left, right = twins(ours, theirs, 100)

    assert len(left) == len(right) == 15
    assert {row.source for row in (*left, *right)} == {"a"}
    assert len(twins(ours, theirs, 4)[0]) == 4
