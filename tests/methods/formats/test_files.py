"""Patterns find files, and never leave the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from burnish.methods.formats.read import FormatError, expand


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in ("b.csv", "a.jsonl", "deep/c.jsonl", "deep/er/d.jsonl", ".git/e.jsonl"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "outside.jsonl").write_text("x")
    return root


def names(paths: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def test_files_come_sorted_and_each_once(project: Path) -> None:
    found = expand(["deep/c.jsonl", "**/*.jsonl", "*.csv"], project)

    assert names(found, project) == ["a.jsonl", "b.csv", "deep/c.jsonl", "deep/er/d.jsonl"]


def test_a_double_star_at_the_end_means_every_file(project: Path) -> None:
    assert names(expand(["deep/**"], project), project) == ["deep/c.jsonl", "deep/er/d.jsonl"]


def test_hidden_files_are_found_only_by_name(project: Path) -> None:
    assert names(expand([".git/*.jsonl"], project), project) == [".git/e.jsonl"]


def test_a_file_whose_name_looks_like_a_pattern_is_found(project: Path) -> None:
    (project / "x[1].csv").write_text("x")

    assert names(expand(["x[1].csv"], project), project) == ["x[1].csv"]


@pytest.mark.parametrize("pattern", ["../outside.jsonl", "../*.jsonl", "deep/../../*.jsonl"])
def test_a_path_that_leads_out_is_refused(project: Path, pattern: str) -> None:
    with pytest.raises(FormatError, match=r"leads out of the project folder.*outside: true"):
        expand([pattern], project)


def test_an_absolute_path_is_refused_unless_allowed(project: Path) -> None:
    outside = project.parent / "outside.jsonl"

    with pytest.raises(FormatError, match="leads out"):
        expand([str(outside)], project)
    assert expand([str(outside)], project, allow_outside=True) == [outside]
    assert expand([f"{project.parent}/*.jsonl"], project, allow_outside=True) == [outside]
    up = expand(["../*.jsonl"], project, allow_outside=True)
    assert [path.resolve() for path in up] == [outside]


@pytest.mark.parametrize("pattern", ["link.jsonl", "*.jsonl", "folder/*.jsonl"])
def test_a_symbolic_link_that_leads_out_is_refused(project: Path, pattern: str) -> None:
    (project / "link.jsonl").symlink_to(project.parent / "outside.jsonl")
    (project / "folder").symlink_to(project.parent, target_is_directory=True)

    with pytest.raises(FormatError, match="leads out"):
        expand([pattern], project)
    assert expand([pattern], project, allow_outside=True)


def test_a_link_inside_is_the_same_file(project: Path) -> None:
    (project / "z.jsonl").symlink_to(project / "a.jsonl")

    assert names(expand(["*.jsonl"], project), project) == ["a.jsonl"]


def test_a_pattern_that_matches_nothing_is_an_error(project: Path) -> None:
    with pytest.raises(FormatError, match=r"'\*\.xyz' matches no file"):
        expand(["a.jsonl", "*.xyz"], project)


def test_a_folder_is_not_a_file(project: Path) -> None:
    with pytest.raises(FormatError, match=r"is a folder.*deep/\*\*/\*\.jsonl"):
        expand(["deep"], project)
