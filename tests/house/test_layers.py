"""Imports point down; the contracts are in pyproject.toml."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLANTED = {
    "a method that knows core": ("methods/split/leaks.py", "import burnish.core.errors"),
    "a stage that imports a stage": ("stages/split.py", "import burnish.stages.dedup"),
    "a gate that opens the store": ("gates/licence.py", "import burnish.storage.folder"),
    "a scan that borrows from the detector": (
        "methods/residual/scan.py",
        "import burnish.methods.privacy.spans",
    ),
    "a stage that loads torch": ("stages/split.py", "import torch"),
    "a core that looks up": ("core/errors.py", "import burnish.plan"),
}


def contracts(at: Path) -> subprocess.CompletedProcess[str]:
    """Run `lint-imports` on the package that lies at `at`."""
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert tool, "lint-imports is not installed beside this Python"
    return subprocess.run(
        [tool, "--no-cache", "--no-logo"],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(at)},
        capture_output=True,
        text=True,
        check=False,
    )


def copy_of(root: Path, place: Path) -> Path:
    """A copy of the package and its contracts that may be spoilt."""
    shutil.copytree(root / "src" / "burnish", place / "burnish", ignore=_only_python)
    shutil.copy(root / "pyproject.toml", place)
    return place


def _only_python(folder: str, names: list[str]) -> set[str]:
    return {n for n in names if not n.endswith(".py") and not (Path(folder) / n).is_dir()}


def test_every_contract_is_kept(root: Path) -> None:
    done = contracts_of_checkout(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def contracts_of_checkout(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts where the package lies in `src`."""
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert tool, "lint-imports is not installed beside this Python"
    return subprocess.run(
        [tool, "--no-cache", "--no-logo"], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("what", sorted(PLANTED))
def test_a_planted_import_breaks_a_contract(what: str, root: Path, tmp_path: Path) -> None:
    place = copy_of(root, tmp_path)
    module, line = PLANTED[what]
    path = place / "burnish" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    done = contracts(place)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_a_new_room_must_be_given_a_layer(root: Path, tmp_path: Path) -> None:
    place = copy_of(root, tmp_path)
    (place / "burnish" / "attic.py").write_text('"""No layer."""\n', encoding="utf-8")
    done = contracts(place)
    assert done.returncode == 1
    assert "attic" in done.stdout
