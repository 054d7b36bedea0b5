"""Progress on a terminal: one line per step, and a moving one for the step under way."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Lasting(Console):
    """A console that falls silent when nobody reads it any more; rich would end the process."""

    def on_broken_pipe(self) -> None:
        """The run goes on: a closed terminal must not leave it half done."""
        self.quiet = True


class Terminal:
    """Shows a run on standard error; on a pipe it writes a line per step and now and then one."""

    def __init__(self) -> None:
        self._console = Lasting(stderr=True, highlight=False)
        self._began: dict[str, float] = {}
        self._spoke = 0.0
        self._bar = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=None, note="")

    def begin(self, step: str, total: int | None) -> None:
        """A step begins, of so many pieces."""
        self._began.setdefault(step, time.monotonic())
        self._bar.reset(self._task, total=total, description=step, note="")

    def advance(self, done: int = 1, note: str = "") -> None:
        """Some pieces are done."""
        self._bar.update(self._task, advance=done, note=note)
        quiet = time.monotonic() - self._spoke
        if note and not self._console.is_terminal and quiet > 5:
            self._console.print(f"             {note}", markup=False, soft_wrap=True)
            self._spoke = time.monotonic()

    def end(self, step: str, note: str) -> None:
        """A step or a gate is done."""
        took = time.monotonic() - self._began.pop(step, time.monotonic())
        seconds = f"{took:6.1f} s" if took >= 0.05 else "        "
        self._console.print(f"{step:<12} {seconds}  {note}", markup=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._bar.stop()
