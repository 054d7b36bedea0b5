"""What is light stays light: torch and its kind are loaded only where they work."""

import json
import subprocess
import sys

import pytest

HEAVY = (
    "torch", "transformers", "peft", "accelerate", "safetensors", "ray", "pandas", "scipy",
    "bs4",
)  # fmt: skip

SHOW = f"""
import json, sys
print("\\n" + json.dumps(sorted(set({HEAVY!r}) & set(sys.modules))))
"""
COMMAND = """
import sys
from burnish.cli.main import main
sys.argv = {argv!r}
try:
    main()
except SystemExit as stopped:
    assert not stopped.code, stopped.code
"""


def heavy_after(code: str) -> list[str]:
    """Run code in a fresh process and return which heavy libraries it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", code + SHOW], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


@pytest.mark.parametrize(
    "module",
    ["burnish", "burnish.plan", "burnish.plan_file", "burnish.stages.mask", "burnish.flow"],
)
def test_importing_it_loads_no_heavy_library(module: str) -> None:
    assert heavy_after(f"import {module}") == []


@pytest.mark.parametrize(
    "argv",
    [["--help"], ["verify", "--help"], ["run", "--help"], ["detect", "--help"]],
    ids=" ".join,
)
def test_asking_for_help_loads_no_heavy_library(argv: list[str]) -> None:
    assert heavy_after(COMMAND.format(argv=["burnish", *argv])) == []


def test_help_loads_no_command_at_all() -> None:
    code = COMMAND.format(argv=["burnish", "--help"])
    code += "print(*(m for m in sys.modules if m.startswith(('burnish.api', 'pyarrow', 'numpy'))))"
    assert heavy_after(code) == []
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_a_heavy_import_is_seen() -> None:
    assert heavy_after("import safetensors") == ["safetensors"]
