"""The examples of a training, read from the tables of the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from burnish.core.artifact import Manifest, Mixed
from burnish.intake.converting import EXAMPLES
from burnish.intake.train_data import train_data
from burnish.methods.training.examples import TrainData
from burnish.methods.training.objective_settings import EwcSettings

if TYPE_CHECKING:
    from tests.conftest import Bench


def row(name: str, source: str = "tickets", **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(EXAMPLES.names)
    marks = {"ids": [5, 6, 7, 2], "trained": [False, False, True, True], "open_end": False}
    return {**blank, "id": name, "source": source, "kind": "answer", **marks, **more}


def read(bench: Bench, rows: list[dict[str, Any]], ewc: EwcSettings | None = None) -> TrainData:
    tables = {
        "train": [pa.Table.from_pylist(rows[n::2], EXAMPLES) for n in (0, 1)],
        "validation": [pa.Table.from_pylist([row("v")], EXAMPLES)],
    }
    kept = bench.of_tables(Mixed, tables)
    manifest = bench.manifest(kept)
    told = Manifest(
        manifest.kind, manifest.rows, manifest.shards, facts={"examples": {"stop_ids": [2]}}
    )
    return train_data(bench.store, told, None, ewc)


def test_a_pair_is_one_example_with_a_rejected_half(bench: Bench) -> None:
    pair = row("p", rejected_ids=[5, 6, 9, 9, 2], rejected_trained=[False] * 2 + [True] * 3)

    data = read(bench, [pair, row("q")])

    one, other = data.train
    assert one.rejected is not None
    assert one.rejected.ids.tolist() == [5, 6, 9, 9, 2]
    assert (one.rejected.key, one.rejected.targets, one.targets) == ("p", 3, 2)
    assert other.rejected is None
    assert not data.general


def test_general_rows_are_drawn_from_their_sources_each_once_and_no_canary(bench: Bench) -> None:
    rows = [
        *(row(f"t{n}") for n in range(4)),
        *(row(f"h{n}", "handbook") for n in range(6)),
        *(row(f"h{n}#2", "handbook") for n in range(6)),
        row("c", "handbook", kind="canary"),
    ]
    asked = EwcSettings(sources=("handbook",), rows=4)

    few = read(bench, rows, asked).general
    everyone = read(bench, rows[::-1], EwcSettings(sources=("handbook",), rows=99)).general

    assert len(few) == 4
    plain = [example.key.split("#")[0] for example in everyone]
    assert sorted(plain) == [f"h{n}" for n in range(6)]
    assert [example.key for example in few] == plain[:4]
    assert not read(bench, rows, EwcSettings(rows=4)).general
