"""Progress on a terminal: a line for each step that is done, and a moving one for the present."""

from __future__ import annotations

import time
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

EVERY_SECONDS = 5.0
"""Between two lines about the same step, where there is no terminal to write over."""
NARROW = 40
"""A note that is longer has a line of its own."""


class Lasting(Console):
    """A console that falls silent when nobody reads it any more; rich would end the process."""

    def on_broken_pipe(self) -> None:
        """The run goes on: a closed terminal must not leave it half done."""
        self.quiet = True


class Moving(Progress):
    """The step under way: its bar, and what it says of itself beside the bar or below."""

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bar, then a note that has no room beside it."""
        yield self.make_tasks_table(self.tasks)
        for task in self.tasks:
            note = str(task.fields.get("told", ""))
            if len(note) > NARROW:
                yield drawn(note)


def drawn(note: str) -> Text:
    """A note; what falls is green, what rises yellow, and the arrows say it without colour."""
    text = Text(note)
    text.highlight_regex(r"↘", "green")
    text.highlight_regex(r"↗", "yellow")
    return text


class Terminal:
    """Shows a run on standard error; on a pipe it writes a line per step and now and then one."""

    def __init__(self) -> None:
        self._console = Lasting(stderr=True, highlight=False)
        self._began: dict[str, float] = {}
        self._spoke = 0.0
        self._bar = Moving(
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[beside]}", markup=False),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=None, beside="", told="")

    def begin(self, step: str, total: int | None) -> None:
        """A step begins, of so many pieces."""
        self._began.setdefault(step, time.monotonic())
        self._bar.reset(self._task, total=total, description=step, beside="", told="")

    def advance(self, done: int = 1, note: str = "") -> None:
        """Some pieces are done."""
        beside = note if len(note) <= NARROW else ""
        self._bar.update(self._task, advance=done, beside=beside, told=note)
        quiet = time.monotonic() - self._spoke
        if note and not self._console.is_terminal and quiet > EVERY_SECONDS:
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
