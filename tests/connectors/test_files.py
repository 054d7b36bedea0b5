"""Files: named as the plan sees them, and the same file or an error."""

from pathlib import Path

import pytest

from burnish.connectors.files import FilesConnector
from burnish.core.errors import InputError


def connector(root: Path, *paths: str, outside: bool = False) -> FilesConnector:
    return FilesConnector("tickets", paths, root, outside)


def test_files_are_named_relative_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.jsonl").write_text("{}")
    (piece,) = connector(tmp_path, "data/*.jsonl").pieces()
    assert (piece.name, piece.size, piece.version) == ("data/a.jsonl", 2, "")
    assert connector(tmp_path).fetch(piece, tmp_path) == tmp_path / "data" / "a.jsonl"


def test_a_file_outside_is_named_as_the_plan_names_it(tmp_path: Path) -> None:
    project, lake = tmp_path / "project", tmp_path / "lake"
    for folder in (project, lake):
        folder.mkdir()
        (folder / "a.jsonl").write_text("{}")
    paths = ("a.jsonl", "../lake/*.jsonl", f"{lake}/*.jsonl")
    named = [connector(project, path, outside=True) for path in paths]
    assert [next(c.pieces()).name for c in named] == [
        "a.jsonl",
        "../lake/a.jsonl",
        f"{lake}/a.jsonl",
    ]


def test_known_files_are_not_listed_again(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("{}")
    source = connector(tmp_path, "*.jsonl")
    first, second = source.pieces()
    assert list(source.pieces([first])) == [second]


def test_a_pattern_without_a_file_names_the_key_of_the_plan(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="matches no file") as missing:
        list(connector(tmp_path, "*.jsonl").pieces())
    assert missing.value.remedy == "mend sources.tickets.paths"
