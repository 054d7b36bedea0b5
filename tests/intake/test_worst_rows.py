"""The rows of a rehearsal: the longest there are, repeated or invented, never the sealed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burnish.core.artifact import Manifest, Mixed
from burnish.intake.converting import EXAMPLES
from burnish.intake.train_data import train_data
from burnish.intake.worst_rows import (
    STEPS,
    drawn_rows,
    invented_rows,
    longest_rows,
    prompts_of,
    rehearsal_corpus,
)
from burnish.methods.training.examples import require_fit
from burnish.methods.training.pack import steps_per_epoch
from burnish.methods.training.settings import TrainSettings

if TYPE_CHECKING:
    from tests.conftest import Bench

PACKED = TrainSettings(max_length=32, micro_batch=2)
SINGLE = TrainSettings(max_length=32, micro_batch=2, packing=False)


def row(name: str, length: int) -> dict[str, Any]:
    whole: dict[str, Any] = dict.fromkeys(EXAMPLES.names, "")
    whole |= {"id": name, "ids": list(range(length)), "trained": [False] + [True] * (length - 1)}
    whole |= {"prompt_length": 1, "open_end": False, "rejected_ids": None, "rejected_trained": None}
    return whole


def mixed(bench: Bench, *lengths: list[int]) -> Manifest:
    """A corpus with a shard of the training part for each list, and a sealed part."""
    tables = [
        pa.Table.from_pylist([row(f"s{s}r{n}", size) for n, size in enumerate(sizes)], EXAMPLES)
        for s, sizes in enumerate(lengths)
    ]
    sealed = pa.Table.from_pylist([row("sealed", 31)], EXAMPLES)
    return bench.manifest(bench.of_tables(Mixed, {"train": tables, "test": [sealed]}))


def lengths(table: pa.Table) -> list[int]:
    return sorted(map(len, table.column("ids").to_pylist()), reverse=True)


def test_the_longest_rows_of_all_shards_are_taken(bench: Bench) -> None:
    manifest = mixed(bench, [5, 30, 6], [29, 7, 28, 4, 27, 26, 25])

    found = longest_rows(bench.store, manifest, "train", SINGLE, 3)

    assert lengths(found) == [30, 29, 28, 27, 26, 25]


def test_packed_rows_are_filled_with_tokens(bench: Bench) -> None:
    manifest = mixed(bench, [8] * 40)

    found = longest_rows(bench.store, manifest, "train", PACKED, 2)

    assert sum(lengths(found)) == 2 * 2 * 32
    assert steps_per_epoch(lengths(found), PACKED) == 2


def test_few_rows_are_given_again_under_names_of_their_own(bench: Bench) -> None:
    manifest = mixed(bench, [9, 12])

    found = longest_rows(bench.store, manifest, "train", SINGLE, STEPS)

    assert found.num_rows == 2 * STEPS
    assert len(set(found.column("id").to_pylist())) == found.num_rows


@pytest.mark.parametrize("take", [longest_rows, drawn_rows])
def test_the_sealed_part_is_refused(bench: Bench, take: Any) -> None:
    more = (SINGLE, 1) if take is longest_rows else (5,)

    with pytest.raises(ValueError, match="sealed"):
        take(bench.store, mixed(bench, [5]), "test", *more)


def test_drawn_rows_are_the_same_every_time_and_no_more_than_asked_for(bench: Bench) -> None:
    manifest = mixed(bench, [5, 6, 7, 8], [9, 10, 11])

    one, two = (drawn_rows(bench.store, manifest, "train", 4) for _ in range(2))

    assert one.equals(two)
    assert one.num_rows == 4
    assert drawn_rows(bench.store, manifest, "train", 99).num_rows == 7
    assert drawn_rows(bench.store, manifest, "validation", 9).num_rows == 0


@pytest.mark.parametrize("settings", [PACKED, SINGLE])
def test_invented_rows_can_be_trained_on_and_are_as_long_as_may_be(
    bench: Bench, settings: TrainSettings
) -> None:
    table = invented_rows(settings, STEPS, vocabulary=50, stop=2)
    facts = {"examples": {"stop_ids": [2]}, "order": "shuffled"}
    digest, rows = rehearsal_corpus(bench.store, {"train": table}, facts)

    data = train_data(bench.store, Manifest.from_bytes(bench.store.get_bytes(digest)), None)

    require_fit(data, 50, settings.max_length)
    assert {len(one.ids) for one in data.train} == {settings.max_length}
    assert steps_per_epoch([len(one.ids) for one in data.train], settings) == STEPS
    assert rows == len(data.train)


def test_the_longest_prompts_come_first_and_fill_the_batch() -> None:
    rows = [row("short", 9), row("long", 20)]
    rows[1]["prompt_length"] = 15

    prompts = prompts_of(pa.Table.from_pylist(rows, EXAMPLES), 3)

    assert [len(one) for one in prompts] == [15, 1, 15]
