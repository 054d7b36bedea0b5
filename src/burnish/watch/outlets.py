"""Telling others of a training without ever waiting for them: bounded queues, threads of their own.

What a slow or dead server does not take is dropped and counted; the count is told at the end.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from burnish.watch.doors import About, Points

WAITING = 2_000
"""Most points that wait to be sent."""
BATCH = 200
BATCH_SECONDS = 2.0
LAST_SECONDS = 10.0
"""Longest that the end of a training waits for what is still to be sent."""
LATEST_SECONDS = 5.0
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0


class Refused(Exception):
    """A server did not take what it was told; the words hold no address and no secret."""


@dataclass(frozen=True, slots=True)
class Point:
    """Figures of one step at one moment (seconds since 1970)."""

    step: int
    at: float
    points: Points


class Tracker(Protocol):
    """A service that keeps every point; each call may raise `Refused`."""

    def open(self, about: About) -> None:
        """A training begins, or goes on: the same run of the service."""

    def log(self, points: list[Point]) -> None:
        """Keep these."""

    def close(self, how: str, digests: Mapping[str, str]) -> None:
        """The training ended."""


class Board(Protocol):
    """A place that shows the newest figures; each call may raise `Refused`."""

    def open(self, about: About) -> None:
        """A training begins."""

    def show(self, points: Points) -> None:
        """These are the newest; it is quick."""

    def alert(self, kind: str) -> None:
        """Count an alert; it is quick."""

    def publish(self) -> None:
        """Bring what is shown to where it is read; it may take time."""

    def close(self) -> None:
        """Nobody reads any more."""


class Tracked:
    """An outlet to a tracker: points wait in a queue and are sent in batches."""

    def __init__(self, name: str, tracker: Tracker) -> None:
        self._name, self._tracker = name, tracker
        self._queue: queue.Queue[Point | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._send, name=name, daemon=True)
        self._about = About("", "", "", "")
        self._dropped = self._under_way = 0
        self._problem, self._opened, self._ended = "", False, False
        self._end: tuple[str, Mapping[str, str]] = ("", {})
        self._over = threading.Event()

    def open(self, about: About) -> None:
        """Begin; the server is asked from the thread."""
        self._about = about
        self._thread.start()

    def tell(self, step: int, points: Points) -> None:
        """Queue the figures, or drop and count them."""
        try:
            self._queue.put_nowait(Point(step, time.time(), dict(points)))
        except queue.Full:
            self._dropped += 1

    def alert(self, kind: str, step: int) -> None:
        """An alert is a point too."""
        self.tell(step, {f"alert:{kind}": 1.0})

    def close(self, how: str, digests: Mapping[str, str]) -> str:
        """Send what waits, for a while; what was dropped and why."""
        self._end = (how, digests)
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(LAST_SECONDS)
        if self._ended:
            return f"{self._name}: {self._dropped} points dropped" if self._dropped else ""
        dropped = self._dropped + self._under_way + self._queue.qsize()
        return f"{self._name}: {dropped} points dropped; {self._problem or 'it was too slow'}"

    def _send(self) -> None:
        while not (self._over.is_set() and self._queue.empty()):
            if not self._delivered(self._batch()):
                return
        self._ended = self._taken(lambda: self._tracker.close(*self._end))

    def _delivered(self, batch: list[Point]) -> bool:
        """Send a batch, again and again until it is taken; once the training has ended, once."""
        pause, last = PAUSE_SECONDS, False
        self._under_way = len(batch)
        while batch and not self._taken(partial(self._tracker.log, batch)):
            if last:
                return False
            last = self._over.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self._under_way = 0
        return True

    def _batch(self) -> list[Point]:
        """The points of some seconds, or fewer when the end has come."""
        found: list[Point] = []
        until = time.monotonic() + BATCH_SECONDS
        while len(found) < BATCH and time.monotonic() < until:
            try:
                point = self._queue.get(timeout=0.05)
            except queue.Empty:
                if self._over.is_set():
                    break
                continue
            found += [point] if point is not None else []
        return found

    def _taken(self, call: Callable[[], None]) -> bool:
        try:
            if not self._opened:
                self._tracker.open(self._about)
                self._opened = True
            call()
        except Refused as wrong:
            self._problem = str(wrong)
            return False
        return True


class Shown:
    """An outlet to a board: only the newest figures matter, so nothing waits."""

    def __init__(self, name: str, board: Board) -> None:
        self._name, self._board = name, board
        self._thread = threading.Thread(target=self._publish, name=name, daemon=True)
        self._over = threading.Event()
        self._missed, self._problem = 0, ""

    def open(self, about: About) -> None:
        """Begin to show; a place that cannot be had is told at the end."""
        try:
            self._board.open(about)
        except Refused as wrong:
            self._problem = str(wrong)
        self._thread.start()

    def tell(self, step: int, points: Points) -> None:
        """Show the figures."""
        self._board.show({"step": float(step), **points})

    def alert(self, kind: str, step: int) -> None:
        """Count an alert."""
        self._board.alert(kind)

    def close(self, how: str, digests: Mapping[str, str]) -> str:
        """Publish the last figures, for a while; what went wrong."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(LAST_SECONDS)
        self._board.close()
        if not self._problem:
            return ""
        return f"{self._name}: {self._missed} updates not taken; {self._problem}"

    def _publish(self) -> None:
        last = False
        while not last:
            last = self._over.wait(LATEST_SECONDS)
            try:
                self._board.publish()
            except Refused as wrong:
                self._missed, self._problem = self._missed + 1, str(wrong)


def numbers(points: Points) -> dict[str, Any]:
    """Points by name, those with a label under `NAME_LABEL`."""
    return {name.replace(":", "_"): value for name, value in points.items()}
