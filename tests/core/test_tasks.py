"""Work on tables that are no shards is done once, in order, and stops between two tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burnish.core.errors import Interrupted
from burnish.core.tasks import Tables, Task, do_task
from burnish.engines.local import LocalEngine
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

if TYPE_CHECKING:
    from tests.conftest import Bench


def add_up(tables: Tables, log: str) -> Mapping[str, pa.Table]:
    """Leave a line for each call, so that a test can count them."""
    if log:
        with Path(log).open("a") as lines:
            lines.write("called\n")
    total = sum(sum(table.column("x").to_pylist()) for table in tables)
    return {
        "sum": pa.table({"x": [total]}),
        "first": tables[0],
        "count": pa.table({"x": [len(tables)]}),
    }


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls"


def kept(bench: Bench, *numbers: int) -> list[str]:
    return [bench.store.put_table(pa.table({"x": [n]})) for n in numbers]


def value(bench: Bench, made: Mapping[str, str], name: str = "sum") -> Any:
    return bench.store.get_table(made[name]).column("x").to_pylist()[0]


def test_a_task_reads_its_tables_and_names_what_it_made(bench: Bench) -> None:
    made = list(bench.work().map_tasks(add_up, [(kept(bench, 1, 2), ""), (kept(bench, 5), "")]))

    assert [value(bench, one) for one in made] == [3, 5]
    assert value(bench, made[0], "first") == 1
    assert value(bench, made[0], "count") == 2


def test_a_second_run_does_only_what_is_new(bench: Bench, log: Path) -> None:
    tasks = [(kept(bench, n), str(log)) for n in (1, 2)]
    first = list(bench.work().map_tasks(add_up, tasks))

    again = list(bench.work().map_tasks(add_up, [*tasks, (kept(bench, 3), str(log))]))

    assert again[:2] == first
    assert log.read_text().split() == ["called"] * 3


@pytest.mark.parametrize("change", ["settings", "inputs", "order", "version"])
def test_another_recipe_is_another_task(bench: Bench, change: str) -> None:
    one, two = kept(bench, 1, 2)
    plain = Task(bench.store, add_up, (one, two), "a")
    other = {
        "settings": Task(bench.store, add_up, (one, two), "b"),
        "inputs": Task(bench.store, add_up, (one,), "a"),
        "order": Task(bench.store, add_up, (two, one), "a"),
        "version": Task(bench.store, add_up, (one, two), "a", 2),
    }

    assert other[change].recipe != plain.recipe


def test_a_result_whose_table_has_gone_is_made_again(bench: Bench, log: Path) -> None:
    task = Task(bench.store, add_up, tuple(kept(bench, 4)), str(log))
    made = do_task(task)
    bench.store.remember(task.recipe, f'{{"sum": "{"0" * 64}"}}'.encode())

    assert do_task(task) == made
    assert log.read_text().split() == ["called"] * 2


def test_tasks_are_taken_one_by_one(bench: Bench) -> None:
    asked: list[int] = []

    def tasks() -> Iterator[tuple[list[str], str]]:
        for n in range(100):
            asked.append(n)
            yield kept(bench, n), ""

    made = bench.work().map_tasks(add_up, tasks())

    assert value(bench, next(made)) == 0
    assert len(asked) == 1


def test_a_stop_between_two_tasks_keeps_what_is_done(bench: Bench, log: Path) -> None:
    tasks = [(kept(bench, n), str(log)) for n in range(3)]

    def after_two() -> bool:
        return log.exists() and len(log.read_text().split()) == 2

    with pytest.raises(Interrupted, match="stopped in 'add_up' after 2 tasks"):
        list(bench.work(should_stop=after_two).map_tasks(add_up, tasks))
    assert len(list(bench.work().map_tasks(add_up, tasks))) == 3
    assert len(log.read_text().split()) == 3


def test_workers_do_tasks_too(bench: Bench, tmp_path: Path) -> None:
    bench.store = FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))
    engine = LocalEngine(2)

    made = list(bench.work(engine).map_tasks(add_up, [(kept(bench, n, 1), "") for n in range(4)]))

    engine.close()
    assert [value(bench, one) for one in made] == [1, 2, 3, 4]
