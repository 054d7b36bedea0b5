"""What stops a run is written down before it is raised, a defect by its type alone."""

from pathlib import Path

import pytest

from burnish.api.quickstart import write_project
from burnish.api.running import run
from burnish.api.showing import status
from burnish.wiring import open_project


class Clumsy:
    """A progress display with a defect."""

    def begin(self, step: str, total: int | None) -> None:
        raise RuntimeError("Maria Keller")

    def advance(self, done: int = 1, note: str = "") -> None:
        """Say nothing."""

    def end(self, step: str, note: str) -> None:
        """Say nothing."""


def test_a_defect_inside_a_run_is_in_the_ledger_without_its_words(tmp_path: Path) -> None:
    plan = write_project(tmp_path / "desk")

    with pytest.raises(RuntimeError):
        run(plan, key=tmp_path / "desk/keys/dana.pem", progress=Clumsy())

    assert status(plan).state == "stopped"
    entry = open_project(plan).ledger.find("stopped")
    assert entry is not None
    assert entry.facts["error"] == "RuntimeError"
    assert "Maria" not in str(dict(entry.facts))
    assert "Maria" not in (tmp_path / "desk/report.html").read_text(encoding="utf-8")
