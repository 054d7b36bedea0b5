"""The example projects: their plans load, their files are checked, the flow takes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from burnish.plan_file import load_plan

NAMES = ("banking77", "medquad")
SMALL = {
    "banking77": {"train.csv": 12, "test.csv": 12, "categories.json": 3},
    "medquad": {"medquad.jsonl": 6},
}
Load = Callable[[str], ModuleType]
Pins = Callable[[str, Path, Mapping[str, int]], Any]
Copy = Callable[[str], Path]


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("burnish")
    left = {k: v for k, v in os.environ.items() if not k.startswith("BURNISH_")}
    return subprocess.run(
        [str(command), *words],
        cwd=folder,
        env={**left, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def made(
    request: pytest.FixtureRequest, prepare: Load, pins: Pins, project: Copy
) -> tuple[str, Path, dict[str, int]]:
    """An example prepared from a small source: its name, its folder, the rows of each file."""
    name = request.param
    source = request.getfixturevalue(name)
    folder = project(name)
    pinned = pins(name, source, SMALL[name])
    if name == "banking77":
        return name, folder, prepare(name).prepare(source, folder, pinned)
    return name, folder, prepare(name).prepare(source, folder, 0, pinned["medquad.jsonl"])


both = pytest.mark.parametrize("made", NAMES, indirect=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_loads_and_reads_its_data_inside_the_folder(examples: Path, name: str) -> None:
    plan = load_plan(examples / name / "burnish.yaml")
    paths = [path for source in plan.sources for path in source.paths]
    paths += [one.path for one in plan.evaluate.sets]
    assert all(path.startswith("data/") for path in paths)
    assert not any(source.outside for source in plan.sources)


@pytest.mark.parametrize("name", NAMES)
def test_what_an_example_makes_is_ignored_by_git(examples: Path, name: str) -> None:
    ignored = (examples / name / ".gitignore").read_text(encoding="utf-8").split()
    assert {"data/", "keys/", ".burnish/", "bundles/"} <= set(ignored)


@both
def test_it_runs_up_to_the_privacy_officer(made: tuple[str, Path, dict[str, int]]) -> None:
    name, folder, rows = made
    plan = load_plan(folder / "burnish.yaml")
    for source in plan.sources:
        assert rows[source.paths[0]] == len(lines(folder / source.paths[0]))
    done = run(folder, "run", "--json")
    assert done.returncode == 4, done.stderr
    review = json.loads(run(folder, "review", "--json").stdout)
    assert {s["name"] for s in review["sources"]} == {s.name for s in plan.sources}
    if name == "medquad":
        assert "301-555-0142" not in json.dumps(review)


@both
def test_preparing_twice_overwrites_nothing(
    made: tuple[str, Path, dict[str, int]], prepare: Load, tmp_path: Path
) -> None:
    name, folder, _ = made
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(ValueError, match="is there already"):
        prepare(name).prepare(tmp_path / "source", folder)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_not_the_pinned_one_is_refused(
    request: pytest.FixtureRequest, prepare: Load, project: Copy, name: str
) -> None:
    source, folder = request.getfixturevalue(name), project(name)
    with pytest.raises(ValueError, match="SHA-256"):
        prepare(name).prepare(source, folder)
    assert not (folder / "data").exists()


def test_a_query_over_two_lines_is_one_row(prepare: Load, banking77: Path, pins: Pins) -> None:
    pinned = pins("banking77", banking77, SMALL["banking77"])
    rows = prepare("banking77").read_queries(banking77 / "train.csv", pinned["train.csv"])
    assert len(rows) == 12
    assert "\n" in rows[0]["question"]


def test_an_intent_is_put_into_words(prepare: Load) -> None:
    words = prepare("banking77").words
    assert words("card_arrival") == "Card arrival."
    assert words("reverted_card_payment?") == "Reverted card payment."


def test_drawing_pairs_does_not_follow_their_order(
    prepare: Load, medquad: Path, pins: Pins
) -> None:
    module = prepare("medquad")
    pin = pins("medquad", medquad, SMALL["medquad"])["medquad.jsonl"]
    pairs = module.read_pairs(medquad / "medquad.jsonl", pin)
    assert module.drawn(pairs, 3) == module.drawn(pairs[::-1], 3)
    assert len(module.drawn(pairs, 0)) == 6


def test_the_command_says_what_is_wrong_in_one_line(examples: Path, tmp_path: Path) -> None:
    argv = [sys.executable, str(examples / "medquad" / "prepare.py")]
    argv += ["--from", str(tmp_path), "--into", str(tmp_path / "here")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("prepare: there is no ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_public_files_are_the_pinned_ones(prepare: Load, name: str) -> None:
    module = prepare(name)
    source = module.default_source()
    if not source.is_dir():
        pytest.skip("the public set is not on this machine")
    if name == "medquad":
        assert len(module.read_pairs(source / "medquad.jsonl", module.PIN)) == 16407
    else:
        rows = [
            len(module.read_queries(source / f, module.PINS[f])) for f in ("train.csv", "test.csv")
        ]
        assert rows == [10003, 3080]
