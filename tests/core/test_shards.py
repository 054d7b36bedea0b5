"""Work on shards is done once, in order, and stops between two shards."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from burnish.core.artifact import Collected, Shard
from burnish.core.errors import (
    BurnishError,
    Busy,
    GateClosed,
    InputError,
    IntegrityBroken,
    Interrupted,
    NotAllowed,
    PlanError,
    RowsLost,
    UsageError,
)
from burnish.core.fingerprint import RUNS
from burnish.core.shards import ShardJob, ShardResult, Sifted, do_shard
from burnish.core.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

KINDS = [
    *(BurnishError, UsageError, PlanError, InputError, NotAllowed, RowsLost, Busy),
    *(IntegrityBroken, Interrupted),
]


@dataclass(frozen=True)
class Noted:
    """Settings with a side file, in which each call leaves a line."""

    upper: bool
    log: Path = field(metadata={RUNS: True})

    def calls(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


def note(table: pa.Table, settings: Noted) -> Sifted:
    with settings.log.open("a") as log:
        log.write(f"{table.column('id')[0]}\n")
    return Sifted(table, facts={"rows": table.num_rows})


def by_name(table: pa.Table, settings: str) -> Sifted:
    return Sifted({"a": table.slice(0, 1), "b": table.slice(1), "none": table.slice(0, 0)})


def look_only(table: pa.Table, settings: str, beside: pa.Table) -> Sifted:
    return Sifted(None, facts={"beside": beside.num_rows}, sidecars={"names": table.select(["id"])})


def add_a_row(table: pa.Table, added: int) -> Sifted:
    return Sifted(pa.concat_tables([table, table.slice(0, 1)]), facts={"added": added})


@pytest.fixture
def settings(tmp_path: Path) -> Noted:
    return Noted(True, tmp_path / "calls")


def shards_of(bench: Bench, make: Make, *names: str) -> tuple[Shard, ...]:
    rows = [[make.chat(name, f"question {name}")] for name in names]
    return bench.manifest(bench.given(Collected, *rows)).shards


def test_a_second_run_does_only_the_new_shards(bench: Bench, make: Make, settings: Noted) -> None:
    old, more = shards_of(bench, make, "a", "b"), shards_of(bench, make, "a", "new", "b")

    first = bench.work().map_shards(note, old, settings)
    second = bench.work().map_shards(note, more, settings)

    assert settings.calls() == ["a", "b", "new"]
    assert [second[0], second[2]] == first


def test_other_settings_do_every_shard_again(bench: Bench, make: Make, settings: Noted) -> None:
    shards = shards_of(bench, make, "a")
    bench.work().map_shards(note, shards, settings)

    bench.work().map_shards(note, shards, Noted(False, settings.log))

    assert settings.calls() == ["a", "a"]


def test_other_tables_beside_a_shard_do_it_again(bench: Bench, make: Make) -> None:
    shards = shards_of(bench, make, "a")
    one, two = (bench.store.put_table(pa.table({"x": list(range(n))})) for n in (1, 2))

    facts = [
        bench.work().map_shards(look_only, shards, "", [[beside]])[0].facts
        for beside in (one, two, one)
    ]

    assert facts == [{"beside": 1}, {"beside": 2}, {"beside": 1}]


def test_a_result_whose_table_has_gone_is_made_again(
    bench: Bench, make: Make, settings: Noted
) -> None:
    shards = shards_of(bench, make, "a")
    result = bench.work().map_shards(note, shards, settings)[0]
    remembered = ShardResult.from_bytes(result.to_bytes())
    missing = ShardResult((Shard("0" * 64, 1),), facts=remembered.facts)
    job = ShardJob(bench.store, note, shards[0], settings)
    bench.store.remember(job.recipe, missing.to_bytes())

    assert do_shard(job) == result
    assert settings.calls() == ["a", "a"]


def test_rows_go_into_named_parts_and_empty_ones_are_left_out(bench: Bench, make: Make) -> None:
    rows = [make.chat(name, "question") for name in "xyz"]
    shards = bench.manifest(bench.given(Collected, rows)).shards

    result = bench.work().map_shards(by_name, shards, "")[0]

    assert [(shard.part, shard.rows) for shard in result.shards] == [("a", 1), ("b", 2)]


def test_a_function_that_only_looks_keeps_a_table_beside(bench: Bench, make: Make) -> None:
    shards = shards_of(bench, make, "a")
    beside = bench.store.put_table(pa.table({"x": [1]}))

    result = bench.work().map_shards(look_only, shards, "", [[beside]])[0]

    assert result.shards == ()
    assert bench.store.get_table(result.sidecars["names"]).to_pydict() == {"id": ["a"]}


def test_a_row_that_is_added_must_be_told(bench: Bench, make: Make) -> None:
    shards = shards_of(bench, make, "a")

    assert bench.work().map_shards(add_a_row, shards, 1)[0].shards[0].rows == 2
    with pytest.raises(RowsLost, match="'add_a_row' read 1 rows"):
        bench.work().map_shards(add_a_row, shards, 0)


def test_a_stop_between_two_shards_keeps_what_is_done(
    bench: Bench, make: Make, settings: Noted
) -> None:
    shards = shards_of(bench, make, "a", "b", "c")

    def after_two() -> bool:
        return len(settings.calls()) == 2

    with pytest.raises(Interrupted, match=r"stopped in 'note' after 2 of 3 shards") as stopped:
        bench.work(should_stop=after_two).map_shards(note, shards, settings)

    assert "goes on" in stopped.value.remedy
    assert len(bench.work().map_shards(note, shards, settings)) == 3
    assert settings.calls() == ["a", "b", "c"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_a_process_border_whole(kind: type[BurnishError]) -> None:
    back = pickle.loads(pickle.dumps(kind("it broke", remedy="mend it")))  # noqa: S301

    assert (type(back), back.problem, back.remedy) == (kind, "it broke", "mend it")
    assert str(back) == "it broke\n  -> mend it"


def test_a_closed_gate_crosses_a_process_border_whole() -> None:
    verdict = Verdict(Outcome.WAITING, ("nobody signed",))

    back = pickle.loads(pickle.dumps(GateClosed("privacy", verdict, remedy="sign")))  # noqa: S301

    assert (back.gate, back.verdict, back.remedy, back.exit_code) == ("privacy", verdict, "sign", 4)
