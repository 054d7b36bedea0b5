"""The two commands that set everything up, and the versions that they install."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][0-9A-Za-z.]*")


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make at the root of the repository."""
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=root,
        env={**os.environ, "MAKEFLAGS": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def name_of(requirement: str) -> str:
    """The name of a requirement, normalised (PEP 503)."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@pytest.fixture(scope="module")
def pins(root: Path) -> list[str]:
    """The lines of constraints.txt that are no comment."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_every_pin_is_one_exact_version_in_order(pins: list[str]) -> None:
    assert [pin for pin in pins if not PIN.fullmatch(pin)] == []
    assert pins == sorted(pins, key=str.upper)
    assert len({name_of(pin) for pin in pins}) == len(pins)


@pytest.mark.parametrize("line", ["a>=1", "a==1.0+cpu", "a @ file:///a", "-e ."])
def test_what_is_no_exact_version_is_seen(line: str) -> None:
    assert not PIN.fullmatch(line)


def test_every_dependency_is_pinned(root: Path, pins: list[str]) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(r for extra in project["project"]["optional-dependencies"].values() for r in extra),
        *(r for group in project["dependency-groups"].values() for r in group),
    ]
    assert {name_of(r) for r in asked} - {name_of(pin) for pin in pins} == set()


def test_make_alone_explains_every_target(root: Path) -> None:
    source = (root / "Makefile").read_text(encoding="utf-8")
    phony = re.findall(r"^\.PHONY: (.+)$", source, re.MULTILINE)[0].split()
    told = make(root)
    assert told.returncode == 0, told.stderr
    assert [line.split()[0] for line in told.stdout.splitlines()] == phony


def test_a_python_that_is_too_old_is_refused_with_its_version(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)
    told = make(root, "install", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert told.returncode == 2
    assert "burnish needs Python 3.11 or newer" in told.stderr
    assert "Python 3.9.2" in told.stderr
    assert not (tmp_path / "venv").exists()


def test_ci_runs_what_the_readme_names(root: Path) -> None:
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    told = re.findall(r"^make (.+)$", text, re.MULTILINE)
    assert told == ["test", "lint types", "quickstart", "gauntlet"]
