"""What one rank of an errand does on a Ray cluster: Ray Train starts it on every worker."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError
from ray.train import get_context
from ray.train.collective import broadcast_from_rank_zero

from burnish.core.crew import Errand, Rank
from burnish.core.errors import BurnishError
from burnish.core.failures import as_told
from burnish.engines.ray import envelope

STOP_LOOK_SECONDS = 0.5
UNHEARD = 64
"""Words that may be under way before a rank waits for the first of them."""
PEER_SECONDS = 20.0
_PEER = re.compile(r"gloo|nccl|connection|peer|broken pipe|timed? ?out|socket", re.IGNORECASE)


class Failed(Exception):
    """Tells Ray Train that a rank did not come through; what it met went to the driver, sealed."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a rank is given: how to open what is sealed, where to talk, and its sealed errand."""

    session: envelope.Session
    board: Any
    sealed: bytes


def take_part(config: Mapping[str, Brief]) -> None:
    """Do the errand on this rank; raises `Failed` when it did not come through.

    Every rank gets the same errand and learns from Ray Train who it is and where to meet.
    """
    brief, context = config["brief"], get_context()
    number, world = context.get_world_rank(), context.get_world_size()
    runtime = ray.get_runtime_context()
    here = {"actor": runtime.current_actor, "node": runtime.get_node_id()}
    ray.get(brief.board.came.remote(number, here))
    try:
        channel = envelope.admitted(brief.session)
    except BurnishError as wrong:
        refused = envelope.Refused(wrong.problem, wrong.remedy)
        ray.get(brief.board.ended.remote(number, refused))
        raise Failed from None
    rank = Rank(number, world, context.get_local_rank(), _meeting(number, world))
    _come_through(brief, channel, rank)


def _come_through(brief: Brief, channel: envelope.Channel, rank: Rank) -> None:
    line = Line(brief.board, channel, rank)
    errand: Errand[Any, Any]
    value, failed = None, None
    try:
        errand, job = channel.open(brief.sealed, envelope.ITEM)
        value = errand(job, line)
    except BaseException as error:  # whatever it is, whoever runs the errand is told
        failed = error
    line.flush()
    told = (value if rank.number == 0 else None, as_told(failed) if failed else None)
    ray.get(brief.board.ended.remote(rank.number, channel.seal(told, envelope.RESULT)))
    if failed is not None:
        _let_the_lost_be_found(failed)
        raise Failed from None


def _meeting(number: int, world: int) -> str:
    """HOST:PORT on the first rank's node, agreed on by all; empty for an errand of one."""
    if world == 1:
        return ""
    mine = _free_address() if number == 0 else None
    meeting: str = broadcast_from_rank_zero(mine)
    return meeting


def _free_address() -> str:
    host = ray.util.get_node_ip_address()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return f"{host}:{probe.getsockname()[1]}"


def _let_the_lost_be_found(error: BaseException) -> None:
    """Wait where the cause may be a lost peer: Ray Train ends all ranks at the first failure.

    The death of a process is noticed in a second, that of a node takes longer; a rank that gave
    up at once would be blamed for it.
    """
    if not isinstance(error, BurnishError) and _PEER.search(f"{type(error).__name__} {error}"):
        time.sleep(PEER_SECONDS)


class Line:
    """The link of a rank: sealed words over the switchboard."""

    def __init__(self, board: Any, channel: envelope.Channel, rank: Rank) -> None:
        self._board = board
        self._channel = channel
        self._rank = rank
        self._under_way: list[Any] = []
        self._looked = float("-inf")
        self._halted = False

    @property
    def rank(self) -> Rank:
        """Who I am."""
        return self._rank

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Say how far it has come, without waiting for it to be heard."""
        self._say(("told", dict(facts), None))

    def beat(self, doing: str, step: int | None = None) -> None:
        """Say what it does; saying so is not waited for either."""
        self._say(("beat", doing, step))

    def _say(self, word: tuple[str, Any, int | None]) -> None:
        sealed = self._channel.seal(word, envelope.WORD)
        self._under_way.append(self._board.say.remote(self._rank.number, sealed))
        if len(self._under_way) >= UNHEARD:
            self.flush()

    def ask(self, question: str, facts: Mapping[str, Any]) -> Any:
        """Put a question and wait; what answering it raised is raised here as itself."""
        self.flush()  # what was told before is heard before
        sealed = self._channel.seal((question, dict(facts)), envelope.WORD)
        answer = ray.get(self._board.ask.remote(sealed))
        value, error = self._channel.open(answer, envelope.ANSWER)
        if error is not None:
            raise error
        return value

    def should_stop(self) -> bool:
        """Whether to save and stop; looked up at most twice a second."""
        if not self._halted and time.monotonic() - self._looked >= STOP_LOOK_SECONDS:
            self._halted = bool(ray.get(self._board.halted.remote()))
            self._looked = time.monotonic()
        return self._halted

    def flush(self) -> None:
        """Wait until all that was told has arrived; a lost switchboard ends the rank."""
        waiting, self._under_way = self._under_way, []
        try:
            ray.get(waiting)
        except RayError:
            raise Failed from None
