"""Who may open the test part, and what the record says of how an artefact came to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burnish.core.artifact import Collected, Kept, Masked, Parts, Scores
from burnish.core.errors import NotAllowed
from burnish.core.gate import Look
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.core.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from tests.conftest import Bench, Make


def same(table: pa.Table, settings: str) -> Sifted:
    return Sifted(table)


@stage(version=1)
def peek(work: Work, parts: Parts, part: str) -> Scores:
    rows = sum(table.num_rows for table in work.read(parts, part))
    return work.save(Scores, [], facts={"rows": rows})


@stage(version=1, opens=("test",))
def examine(work: Work, parts: Parts) -> Scores:
    before = [entry.event for entry in work.look.ledger.entries()]
    rows = work.read(parts, "test")
    next(rows)
    after = [entry.event for entry in work.look.ledger.entries()]
    return work.save(Scores, [], facts={"before": before, "after": after})


@stage(version=1, opens=("test",))
def spread_test_rows(work: Work, parts: Parts) -> Kept:
    return work.save(Kept, work.map_shards(same, work.manifest(parts).shards, ""))


@stage(version=1)
def same_rows(work: Work, corpus: Collected) -> Kept:
    return work.save(Kept, [ShardResult(work.manifest(corpus).shards)])


@stage(version=1)
def hide(work: Work, corpus: Kept) -> Masked:
    return work.save(Masked, [ShardResult(work.manifest(corpus).shards)])


@stage(version=1)
def gather(work: Work, found: Collected, basis: str) -> Collected:
    return work.save(Collected, [ShardResult(work.manifest(found).shards)], facts={"b": basis})


def peeping(look: Look, parts: Parts, part: str | None) -> Verdict:
    return Verdict(Outcome.PASSED, tuple(str(t.num_rows) for t in look.read(parts, part)))


@pytest.fixture
def corpus(bench: Bench, make: Make) -> Collected:
    return bench.given(Collected, [make.chat("1", "a good day"), make.chat("2", "a bad day")])


@pytest.fixture
def parts(bench: Bench) -> Parts:
    tables = {name: [pa.table({"id": [name]})] for name in ("train", "validation", "test")}
    return bench.of_tables(Parts, tables)


def test_a_stage_without_the_mark_cannot_open_the_test_part(bench: Bench, parts: Parts) -> None:
    assert bench.run().do(peek, parts, "train").rows == 0

    with pytest.raises(NotAllowed, match="'peek' may not open the sealed part 'test'"):
        bench.run().do(peek, parts, "test")

    assert "opened" not in bench.events()


def test_an_opening_is_in_the_ledger_before_the_first_row(bench: Bench, parts: Parts) -> None:
    scores = bench.run().do(examine, parts)

    told: Mapping[str, Any] = bench.manifest(scores).facts
    assert (told["before"], told["after"]) == ([], ["opened"])
    opened = bench.ledger.find("opened", artifact=parts.digest)
    assert opened is not None
    assert (opened.facts["stage"], opened.facts["by"]) == ("examine", "dana")


def test_the_test_part_is_never_spread_over_workers(bench: Bench, parts: Parts) -> None:
    with pytest.raises(NotAllowed, match="not for work on shards"):
        bench.run().do(spread_test_rows, parts)


@pytest.mark.parametrize("part", [None, "test"])
def test_a_gate_cannot_open_the_test_part(bench: Bench, parts: Parts, part: str | None) -> None:
    with pytest.raises(NotAllowed, match="a gate may not open"):
        bench.run().clear(peeping, parts, part)

    assert bench.run().clear(peeping, parts, "train").artifact == parts


def test_the_same_bytes_come_from_the_inputs_of_the_newest_run(
    bench: Bench, corpus: Collected
) -> None:
    run = bench.run()
    old, new = run.do(gather, corpus, "old"), run.do(gather, corpus, "new")

    masked = {run.do(hide, run.do(same_rows, corpus)) for corpus in (old, new)}
    assert len(masked) == 1
    here = masked.pop()

    assert bench.look().ancestor(here, Collected) == new
    run.do(same_rows, old)
    assert bench.look().ancestor(here, Collected) == old


def test_whoever_made_the_same_bytes_before_has_a_hand_in_them(
    bench: Bench, corpus: Collected
) -> None:
    kept = bench.run(by="dana").do(same_rows, bench.run(by="finn").do(gather, corpus, "old"))
    erin = bench.run(by="erin")
    erin.do(same_rows, erin.do(gather, corpus, "new"))

    assert bench.look().prepared_by(kept) == {"dana", "erin"}
