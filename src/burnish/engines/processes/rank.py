"""What a rank's process does: take a job from its pipe, do it, and say how it ended."""

from __future__ import annotations

import faulthandler
import os
import signal
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

from burnish.core.crew import Rank
from burnish.core.failures import as_told
from burnish.engines.processes.messages import (
    Answer,
    Asked,
    Beat,
    Done,
    Failed,
    Job,
    MayGoOn,
    Told,
)

TRACEBACK = "BURNISH_TRACEBACK"
"""A variable that, when set, has errors shown whole, with whatever values they hold."""


@dataclass(slots=True)
class PipeLink:
    """A link whose other end is a process; every question waits for its answer.

    What was told before a question has been heard when the answer comes, so that whoever stops
    an errand on hearing of a step stops it before the next one.
    """

    pipe: Connection[Any, Any] = field(repr=False)
    rank: Rank
    noticed: bool = False

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Say how far it has come."""
        self.pipe.send(Told(facts))

    def beat(self, doing: str, step: int | None = None) -> None:
        """Say what it does."""
        self.pipe.send(Beat(doing, step))

    def ask(self, question: str, facts: Mapping[str, Any]) -> Any:
        """The answer of whoever runs the errand."""
        return self._answer(Asked(question, facts))

    def should_stop(self) -> bool:
        """Whether this process was told to leave, or the errand is to stop."""
        return bool(self._answer(MayGoOn(self.noticed))) or self.noticed

    def notice(self, number: int, frame: FrameType | None) -> None:
        """A signal says that this process is to leave: save at the next step."""
        self.noticed = True

    def _answer(self, question: Asked | MayGoOn) -> Any:
        self.pipe.send(question)
        answer = self.pipe.recv()
        assert isinstance(answer, Answer), answer
        return answer.value


def work(pipe: Connection[Any, Any]) -> None:
    """Do the one job that comes over the pipe; returns when its end is told."""
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the supervisor's
    link = PipeLink(pipe, Rank())
    signal.signal(signal.SIGTERM, link.notice)
    try:
        given = pipe.recv()
    except EOFError:  # nobody wants anything any more
        return
    except Exception as unread:  # a module of the job cannot be imported here, say
        pipe.send(_failed(unread, link))
        return
    assert isinstance(given, Job), given
    link.rank = given.rank
    with suppress(OSError):  # nobody listens any more: the crew was killed
        pipe.send(_ended(given, link))


def _ended(given: Job, link: PipeLink) -> Done | Failed:
    try:
        return Done(given.errand(given.job, link))
    except BaseException as failed:  # whatever it is, whoever runs the errand is told
        return _failed(failed, link)


def _failed(error: BaseException, link: PipeLink) -> Failed:
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    return Failed(as_told(error), link.noticed)
