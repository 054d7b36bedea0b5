"""Progress is for whoever reads it; a reader that leaves does not stop the run."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from burnish.cli.progress import Terminal

if TYPE_CHECKING:
    import pytest


def test_a_run_goes_on_when_nobody_reads_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    told: list[str] = []
    with os.fdopen(writing, "w", buffering=1, closefd=False) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        terminal = Terminal()
        for step in ("collect", "dedup"):
            terminal.begin(step, None)
            terminal.end(step, "10 rows")
            told.append(step)
        terminal.close()
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)
    os.close(writing)

    assert told == ["collect", "dedup"]


def test_the_exit_code_stays_when_nobody_reads_the_message() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = "from burnish.cli.main import main; main()"

    ended = subprocess.run([sys.executable, "-c", command, "nonsense"], stderr=writing, check=False)
    os.close(writing)

    assert ended.returncode == 2


def test_a_long_note_has_a_line_of_its_own_and_is_no_markup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a terminal of eighty columns, as a person sees it."""
    stream = io.StringIO()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    terminal = Terminal()
    terminal.begin("train", 20)
    terminal.advance(5, "train step 5 of 20  loss 2.5 ↘ █▁  validation 3  [PERSON]  12 tok/s")
    terminal.close()

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    lines = [line.strip() for line in re.split(r"[\r\n]+", plain)]
    bar = next(line for line in lines if "5/20" in line)
    assert "loss" not in bar
    assert "train step 5 of 20  loss 2.5 ↘ █▁  validation 3  [PERSON]  12 tok/s" in lines
