"""A flow that skips a gate does not type-check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEADER = """
from burnish.core.artifact import Examples, Masked, Mixed, Model
from burnish.core.run import Run
from burnish.gates.licence import licence
from burnish.gates.privacy import privacy
from burnish.plan import Plan
from burnish.stages.convert import convert
from burnish.stages.train import train


def good(run: Run, plan: Plan, masked: Masked, mixed: Mixed) -> Model:
    cleared = run.clear(privacy, masked, plan.privacy, plan.mask, plan.purpose)
    run.do(convert, cleared, plan.convert, plan.base_model)
    return run.do(train, run.clear(licence, mixed, plan.base_model), plan.train, plan.base_model)


def no_privacy(run: Run, plan: Plan, masked: Masked) -> Examples:
    return run.do(convert, masked, plan.convert, plan.base_model)


def no_licence(run: Run, plan: Plan, mixed: Mixed) -> Model:
    return run.do(train, mixed, plan.train, plan.base_model)


def wrong_clearance(run: Run, plan: Plan, masked: Masked) -> Model:
    cleared = run.clear(privacy, masked, plan.privacy, plan.mask, plan.purpose)
    return run.do(train, cleared, plan.train, plan.base_model)
"""

# The bodies of heavy libraries are not what is asked here.
SETTINGS = """
[mypy]
strict = true
python_version = 3.11
plugins = pydantic.mypy
explicit_package_bases = true
namespace_packages = true
follow_imports = silent
ignore_missing_imports = true
cache_dir = {cache}

[mypy-torch.*,transformers.*,peft.*,numpy.*,pyarrow.*,sqlalchemy.*,safetensors.*,scipy.*,bs4.*]
follow_imports = skip
"""


@pytest.fixture(scope="module")
def complaints(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the type checker says about the flows above, one line for each error."""
    place = tmp_path_factory.mktemp("flow")
    (place / "flows.py").write_text(HEADER, encoding="utf-8")
    settings = place / "mypy.ini"
    settings.write_text(SETTINGS.format(cache=place / "cache"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(settings), "flows.py"],
        cwd=place,
        env={**os.environ, "MYPYPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if ": error: " in line]


def line_of(text: str) -> int:
    """The number of the line of the flows that holds `text`."""
    return next(n for n, line in enumerate(HEADER.splitlines(), 1) if text in line)


def errors_at(complaints: list[str], line: int) -> list[str]:
    """The complaints about one line."""
    return [said for said in complaints if said.startswith(f"flows.py:{line}:")]


def test_a_flow_without_the_privacy_gate_does_not_type_check(complaints: list[str]) -> None:
    said = errors_at(complaints, line_of("run.do(convert, masked"))
    assert len(said) == 1
    assert 'incompatible type "Masked"; expected "Cleared[Masked]"' in said[0]


def test_training_without_the_licence_gate_does_not_type_check(complaints: list[str]) -> None:
    said = errors_at(complaints, line_of("run.do(train, mixed"))
    assert len(said) == 1
    assert 'incompatible type "Mixed"; expected "Cleared[Mixed]"' in said[0]


def test_the_clearance_of_another_artefact_does_not_type_check(complaints: list[str]) -> None:
    said = errors_at(complaints, line_of("run.do(train, cleared"))
    assert len(said) == 1
    assert 'expected "Cleared[Mixed]"' in said[0]


def test_a_flow_through_its_gates_type_checks(complaints: list[str]) -> None:
    assert len(complaints) == 3
