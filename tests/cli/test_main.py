"""A command used wrongly says whose help to read."""

from __future__ import annotations

import subprocess
import sys


def burnish(*words: str) -> subprocess.CompletedProcess[str]:
    command = "from burnish.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, *words], capture_output=True, text=True, check=False
    )


def test_a_missing_option_leads_to_the_help_of_its_command() -> None:
    ended = burnish("reject")

    assert ended.returncode == 2
    assert ended.stderr == "Missing option '--remediation'.\n  -> burnish reject --help\n"


def test_an_unknown_command_leads_to_the_list_of_all() -> None:
    assert burnish("rnu").stderr.endswith("  -> burnish --help\n")
