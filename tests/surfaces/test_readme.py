"""The README speaks of commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

from burnish.cli.main import COMMANDS

README = Path(__file__).resolve().parents[2] / "README.md"


def commands_in(text: str) -> set[str]:
    """The words after `burnish` in code: a span between backticks or a line of a code block."""
    blocks = re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", text)
    code = "\n".join([*blocks, *spans])
    return set(re.findall(r"^\s*(?:\$ |\S+/)?burnish ([a-z]+)", code, flags=re.MULTILINE))


def test_every_command_in_the_readme_exists() -> None:
    assert commands_in(README.read_text(encoding="utf-8")) - set(COMMANDS) == set()


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    text = "Say `burnish fly now`.\n\n```sh\n$ burnish run\n.venv/bin/burnish swim\n```\n"

    assert commands_in(text) - set(COMMANDS) == {"fly", "swim"}
