"""Whole groups on one side, canaries in training, the test part sealed, and no row moves later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burnish.core.artifact import Examples, Parts, Shard
from burnish.core.errors import IntegrityBroken, NotAllowed
from burnish.core.shards import ShardResult
from burnish.core.stage import Work, stage
from burnish.intake.converting import EXAMPLES
from burnish.plan import SplitPlan
from burnish.stages.split import look_again, split

if TYPE_CHECKING:
    from tests.conftest import Bench

PARTS = ("train", "validation", "test")


def example(number: int, **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("cluster", "subject", "label"))
    name = f"{number:04d}"
    question = f"Where is item {name} that was sent to office {number * 7} on day {number}?"
    texts = {"prompt": "?", "question": question, "expected": "!"}
    tokens = {"ids": [1, 2], "trained": [False, True], "prompt_length": 1, "open_end": False}
    kind = {"source": "tickets", "kind": "answer", "digest": f"digest {name}"}
    return {"id": name, **kind, **blank, **texts, **tokens, **more}


def examples(bench: Bench, *shards: list[dict[str, Any]]) -> Examples:
    tables = [pa.Table.from_pylist(rows, schema=EXAMPLES) for rows in shards]
    return bench.of_tables(Examples, {"": tables})


def sides(bench: Bench, parts: Parts) -> dict[str, set[str]]:
    return {part: {row["id"] for row in bench.rows(parts, part)} for part in PARTS}


def test_each_part_gets_about_its_share_and_each_row_one_part(bench: Bench) -> None:
    rows = [example(n) for n in range(600)]

    parts = bench.run().do(split, examples(bench, rows[:350], rows[350:]), SplitPlan())

    found = {part: len(ids) for part, ids in sides(bench, parts).items()}
    assert sum(found.values()) == parts.rows == 600
    assert bench.manifest(parts).facts["rows"] == found
    assert 440 < found["train"] < 520
    assert 30 < found["validation"] < 90
    assert 30 < found["test"] < 90


@pytest.mark.parametrize("key", ["cluster", "subject"])
def test_a_group_lies_on_one_side(bench: Bench, key: str) -> None:
    rows = [example(n, **{key: f"group {n % 40}"}) for n in range(200)]

    parts = bench.run().do(split, examples(bench, rows), SplitPlan())

    for group in range(40):
        members = {f"{n:04d}" for n in range(group, 200, 40)}
        assert sum(members <= ids for ids in sides(bench, parts).values()) == 1
    assert bench.manifest(parts).facts["groups_across_parts"] == 0


def test_rows_of_the_same_content_lie_on_one_side(bench: Bench) -> None:
    rows = [example(n, digest=f"content {n % 50}") for n in range(100)]

    parts = bench.run().do(split, examples(bench, rows), SplitPlan())

    for n in range(50):
        pair = {f"{n:04d}", f"{n + 50:04d}"}
        assert any(pair <= ids for ids in sides(bench, parts).values())


def test_every_canary_is_trained(bench: Bench) -> None:
    canaries = [example(n, kind="canary") for n in range(900, 940)]

    parts = bench.run().do(
        split, examples(bench, [example(n) for n in range(60)], canaries), SplitPlan()
    )

    assert {row["id"] for row in canaries} <= sides(bench, parts)["train"]
    assert bench.manifest(parts).facts["canaries"] == 40


def test_rows_that_are_added_later_move_no_other(bench: Bench) -> None:
    rows = [example(n) for n in range(300)]
    plan = SplitPlan(stratify=False)

    before = sides(bench, bench.run().do(split, examples(bench, rows[:200]), plan))
    after = sides(bench, bench.run().do(split, examples(bench, rows[::-1]), plan))

    assert all(before[part] <= after[part] for part in PARTS)


def test_another_seed_makes_other_parts(bench: Bench) -> None:
    rows = [example(n) for n in range(100)]

    one, two = (
        bench.run().do(split, examples(bench, rows), SplitPlan(seed=seed)) for seed in (1, 2)
    )

    assert sides(bench, one) != sides(bench, two)


def test_the_files_of_the_conversion_travel_along(bench: Bench) -> None:
    table = pa.Table.from_pylist([example(n) for n in range(20)], schema=EXAMPLES)
    given = bench.of_tables(Examples, {"": [table]}, prompt=b"frozen")

    parts = bench.run().do(split, given, SplitPlan())

    assert bench.manifest(parts).files == bench.manifest(given).files


@stage(version=1)
def count_all(work: Work, parts: Parts) -> Parts:
    assert sum(table.num_rows for table in work.read(parts)) == parts.rows
    return parts


def test_the_test_part_is_sealed(bench: Bench) -> None:
    rows = [example(n) for n in range(100)]
    parts = bench.run().do(split, examples(bench, rows), SplitPlan())

    with pytest.raises(NotAllowed, match="may not open the sealed part 'test'"):
        bench.run().do(count_all, parts)


WORDS = [f"word{n}" for n in range(60)]


def alike(family: int, member: int) -> str:
    """A question that is near those of its family and like no other's."""
    words = [f"{word}of{family}" for word in WORDS]
    words[member % 60] = f"changed{member}"
    return " ".join(words)


def test_rows_that_are_near_each_other_as_trained_on_stay_together(bench: Bench) -> None:
    """As after masking: nothing but the text says that they belong together."""
    rows = [example(n, question=alike(n % 30, n // 30)) for n in range(150)]

    parts = bench.run().do(split, examples(bench, rows[:70], rows[70:]), SplitPlan())

    for family in range(30):
        members = {f"{n:04d}" for n in range(family, 150, 30)}
        assert sum(members <= ids for ids in sides(bench, parts).values()) == 1
    told = bench.manifest(parts).facts["near"]
    assert told["largest_similarity_across_parts"] < 0.8


def test_a_lower_threshold_keeps_more_together(bench: Bench) -> None:
    rows = [example(n, question=alike(0, n)) for n in range(40)]
    given = examples(bench, rows)

    strict, loose = (
        bench.manifest(bench.run().do(split, given, SplitPlan(near=near))).facts
        for near in (0.99, 0.5)
    )

    assert (strict["groups"], loose["groups"]) == (40, 1)
    assert strict["near"]["pairs_checked_across_parts"] > 0
    assert 0.8 < strict["near"]["largest_similarity_across_parts"] < 0.99


def test_long_documents_are_compared_by_their_tokens(bench: Bench) -> None:
    def window(number: int, first: int) -> dict[str, Any]:
        ids = list(range(first, first + 200))
        more = {"ids": ids, "trained": [True] * 200, "question": "", "expected": ""}
        return example(number, kind="document", **more)

    rows = [window(n, 1000 * (n % 40) + n // 40) for n in range(120)]

    parts = bench.run().do(split, examples(bench, rows), SplitPlan())

    assert bench.manifest(parts).facts["groups"] == 40


def written(bench: Bench, **parts: list[dict[str, Any]]) -> list[ShardResult]:
    """Parts as a split would have written them."""
    tables = {p: pa.Table.from_pylist(rows, schema=EXAMPLES) for p, rows in parts.items()}
    shards = [Shard(bench.store.put_table(t), t.num_rows, part) for part, t in tables.items()]
    return [ShardResult((shard,)) for shard in shards]


def test_a_leak_fails_and_says_how_many_pairs(bench: Bench) -> None:
    train = [example(n, question=alike(n, 0)) for n in range(50)]
    test = [example(n + 100, question=alike(n, 1)) for n in (3, 7)]
    good = [example(n + 200, question=alike(n + 60, 1)) for n in range(20)]

    with pytest.raises(IntegrityBroken, match=r"2 pairs of near rows .* lie in different parts"):
        look_again(bench.work(), written(bench, train=train, test=test + good), SplitPlan())
    found = look_again(bench.work(), written(bench, train=train, test=good), SplitPlan())
    assert found.near == 0


def test_near_rows_of_one_part_are_no_leak_and_neither_is_a_canary(bench: Bench) -> None:
    train = [example(n, question=alike(1, n)) for n in range(10)]
    canaries = [example(n, kind="canary", question=alike(2, n)) for n in range(10)]
    test = [example(n, question=alike(2, n)) for n in range(20, 30)]

    found = look_again(bench.work(), written(bench, train=train + canaries, test=test), SplitPlan())

    assert (found.pairs, found.near, found.largest) == (0, 0, 0.0)
