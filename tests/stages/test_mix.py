"""Sources are weighed in the training part alone; every row is shown, repeated or told why not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burnish.core.artifact import Mixed, Parts
from burnish.core.errors import InputError
from burnish.intake.converting import EXAMPLES
from burnish.plan import BaseModelPlan, MixPlan, Replay, SourceShare
from burnish.stages.mix import mix

if TYPE_CHECKING:
    from tests.conftest import Bench

BASE = BaseModelPlan(path="builtin", licence="Apache-2.0", provenance="comes with burnish")


def example(name: str, source: str, length: int = 6, kind: str = "chat") -> dict[str, Any]:
    ids = [5 + (n * 7 + len(name)) % 90 for n in range(length)]
    blank = dict.fromkeys(EXAMPLES.names)
    marks = {"ids": ids, "trained": [n > 1 for n in range(length)], "open_end": False}
    return {**blank, "id": name, "source": source, "kind": kind, "prompt_length": 2, **marks}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=EXAMPLES)


@pytest.fixture
def parts(bench: Bench) -> Parts:
    train = [
        table(*(example(f"t{n}", "tickets", 4 + n % 9) for n in range(60))),
        table(
            *(example(f"h{n}", "house") for n in range(40)),
            *(example(f"c{n}", "tickets", kind="canary") for n in range(3)),
        ),
    ]
    held = {"validation": [table(example("v", "house"))], "test": [table(example("s", "house"))]}
    return bench.of_tables(Parts, {"train": train, **held})


def mixed(bench: Bench, parts: Parts, **plan: Any) -> Mixed:
    return bench.run().do(mix, parts, MixPlan(**plan), BASE)


def sources_of(bench: Bench, artifact: Mixed) -> Counter[str]:
    rows = bench.rows(artifact, "train")
    return Counter(row["source"] for row in rows if row["kind"] != "canary")


def test_without_a_word_in_the_plan_everything_is_shown_once(bench: Bench, parts: Parts) -> None:
    made = mixed(bench, parts)

    assert made.rows == parts.rows
    assert [row["id"] for row in bench.rows(made, "train")] == [
        row["id"] for row in bench.rows(parts, "train")
    ]
    assert bench.manifest(made).facts["sources"] == {"house": 40, "tickets": 63}


def test_a_cap_drops_the_rest_with_its_reason(bench: Bench, parts: Parts) -> None:
    made = mixed(bench, parts, sources=(SourceShare(source="tickets", cap=25),))

    assert sources_of(bench, made) == {"tickets": 25, "house": 40}
    assert bench.manifest(made).reasons == {"mixed_out": 35}
    assert {row["dropped_because"] for row in bench.gone(made)} == {"mixed_out"}


def test_a_weight_repeats_rows_under_names_of_their_own(bench: Bench, parts: Parts) -> None:
    made = mixed(bench, parts, sources=(SourceShare(source="house", weight=3.0),))

    assert sources_of(bench, made) == {"tickets": 60, "house": 120}
    names = [row["id"] for row in bench.rows(made, "train")]
    assert len(set(names)) == len(names)
    assert {"h0", "h0#2", "h0#3"} <= set(names)
    assert bench.ledger.find("made", stage="mix").facts["added"] == {  # type: ignore[union-attr]
        "copies by weight": 80
    }


def test_canaries_are_shown_as_often_as_planted_whatever_the_weight(
    bench: Bench, parts: Parts
) -> None:
    made = mixed(bench, parts, sources=(SourceShare(source="tickets", weight=0.0),))

    assert [r["id"] for r in bench.rows(made, "train") if r["kind"] == "canary"] == [
        "c0", "c1", "c2",
    ]  # fmt: skip
    assert sources_of(bench, made) == {"house": 40}


def test_validation_and_the_sealed_test_part_pass_untouched(bench: Bench, parts: Parts) -> None:
    made = mixed(bench, parts, sources=(SourceShare(source="house", weight=0.0),))

    before, after = (bench.manifest(one).shards for one in (parts, made))
    assert [s for s in after if s.part != "train"] == [s for s in before if s.part != "train"]
    assert "opened" not in bench.events()


def test_rows_know_their_length_for_a_curriculum(bench: Bench, parts: Parts) -> None:
    rows = bench.rows(mixed(bench, parts, order="short_first"), "train")

    assert [row["difficulty"] for row in rows] == [float(len(row["ids"])) for row in rows]


def test_rows_know_the_loss_of_the_base_model(bench: Bench) -> None:
    told = [example(f"r{n}", "tickets", 5 + n) for n in range(5)]
    parts = bench.of_tables(Parts, {"train": [table(*told)]})
    whole = bench.rows(mixed(bench, parts, order="easy_first"), "train")
    alone = bench.of_tables(Parts, {"train": [table(told[3])]})

    (one,) = bench.rows(mixed(bench, alone, order="easy_first"), "train")

    assert all(0 < row["difficulty"] < 40 for row in whole)
    assert len({row["difficulty"] for row in whole}) > 1
    # Padding beside longer rows changes nothing.
    assert one["difficulty"] == pytest.approx(whole[3]["difficulty"], abs=2e-4)


def test_a_source_that_is_not_there_is_refused_by_name(bench: Bench, parts: Parts) -> None:
    with pytest.raises(InputError, match="'pages'") as refused:
        mixed(bench, parts, sources=(SourceShare(source="pages", cap=1),))

    assert "house, tickets" in refused.value.remedy


@pytest.mark.parametrize(("share", "rows"), [(0.1, 7), (0.25, 21), (0.6, 94)])
def test_replayed_rows_have_their_share_of_an_epoch(
    bench: Bench, parts: Parts, share: float, rows: int
) -> None:
    """40 rows of the handbook beside 63 of the task: more of them are shown again."""
    plan = {"replay": Replay(sources=("house",), share=share)}

    made, again = (mixed(bench, parts, **plan) for _ in "ab")

    assert made == again
    assert sources_of(bench, made) == {"tickets": 60, "house": rows}
    told = bench.manifest(made).facts["replay"]
    assert told == {
        "sources": ["house"], "asked": share, "rows": rows, "repeats": rows > 40,
        "share": round(rows / (63 + rows), 6),
    }  # fmt: skip
    assert told["share"] == pytest.approx(share, abs=0.01)
    names = [row["id"] for row in bench.rows(made, "train")]
    assert len(set(names)) == len(names)
    dropped = bench.manifest(made).reasons
    assert dropped == ({"mixed_out": 40 - rows} if rows < 40 else {})


def test_a_share_is_of_what_caps_and_weights_leave(bench: Bench, parts: Parts) -> None:
    capped = (SourceShare(source="tickets", cap=27),)

    made = mixed(bench, parts, sources=capped, replay=Replay(sources=("house",), share=0.25))

    assert sources_of(bench, made) == {"tickets": 27, "house": 10}


def test_replaying_a_source_that_is_not_there_is_refused_by_name(
    bench: Bench, parts: Parts
) -> None:
    with pytest.raises(InputError, match="'pages'"):
        mixed(bench, parts, replay=Replay(sources=("pages",)))
