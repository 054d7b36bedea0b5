"""`burnish gauntlet` says what was found, and its exit code says whether the checks held."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from burnish.cli.gauntlet import MISSED, command
from burnish.gauntlet import run
from burnish.gauntlet.fault import Fault
from burnish.gauntlet.verdict import Gauntlet, judged
from burnish.gauntlet.walk import Ended

LOUD = Fault("loud", "data", ("screen",), "it is loud")


def told(monkeypatch: pytest.MonkeyPatch, released: bool, *words: str) -> Any:
    def found(*given: object) -> Gauntlet:
        places = () if released else ("screen",)
        return judged([LOUD], [Ended("loud", 1, places, released, "", 1.0)], 60.0, 2)

    monkeypatch.setattr(run, "gauntlet", found)
    return CliRunner().invoke(command, list(words))


def test_a_gauntlet_that_holds_exits_with_nought_and_writes_its_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = told(monkeypatch, False, "--out", str(tmp_path / "table.md"))

    assert answer.exit_code == 0
    assert "1 of 1 planted faults" in answer.output
    assert "| loud |" in (tmp_path / "table.md").read_text(encoding="utf-8")


def test_a_missed_fault_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, True).exit_code == MISSED
    assert told(monkeypatch, True, "--json").exit_code == MISSED
