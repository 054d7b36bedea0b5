"""Doctor says whether the engine of the plan can be had."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from burnish.api.starting import Finding, doctor, init


def findings(folder: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in doctor(folder)}


@pytest.fixture
def on_ray(tmp_path: Path) -> Path:
    plan = init(tmp_path)
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("  kind: local", "  kind: ray", 1), encoding="utf-8")
    return tmp_path


def test_the_engine_of_the_plan_is_told(on_ray: Path) -> None:
    found = findings(on_ray)

    assert found["ray"].fine
    assert found["engine"] == Finding("engine", "ray, 2 at work at once")


def test_an_engine_that_is_not_installed_is_told_with_the_command(
    on_ray: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    found = findings(on_ray)["ray"]

    assert found.found == "not installed"
    assert "pip install 'burnish[ray]'" in found.remedy


def test_a_plan_that_does_not_ask_for_ray_is_not_told_about_it(tmp_path: Path) -> None:
    init(tmp_path)

    assert "ray" not in findings(tmp_path)
    assert findings(tmp_path)["engine"].fine


def test_a_plan_that_cannot_be_read_is_a_finding_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / "burnish.yaml").write_text("name: [", encoding="utf-8")

    assert findings(tmp_path)["engine"].remedy == "burnish plan tells why"
