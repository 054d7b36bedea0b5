"""Errands for crews: quick, exact, and as sensitive to a lost peer as a training is."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.small_training import small_base as made_base

from burnish.core.crew import Link
from burnish.core.errors import Interrupted
from burnish.core.ports import Store
from burnish.intake.tuning import TuneJob, tune

STATE = "state"
_SUM = struct.Struct(">d")


@dataclass(frozen=True, slots=True)
class Drill:
    """So many steps, a checkpoint every few; what is done is written to `folder` too."""

    store: Store
    scratch: str
    folder: Path
    steps: int = 30
    every: int = 5
    pause: float = 0.05


@dataclass(frozen=True, slots=True)
class DrillThenTune:
    """A drill, and after it a training by the same ranks."""

    drill: Drill
    tune: TuneJob


def drill_then_tune(job: DrillThenTune, link: Link) -> tuple[str, dict[str, str]]:
    """The digest of the drill, and the files of the training by their digests."""
    return drill(job.drill, link), tune(job.tune, link).files


def small_base(job: Path, link: Link) -> Path:
    """A base model, made in a process that has torch already."""
    return made_base(job)


def drill(job: Drill, link: Link) -> str:
    """Add up what all ranks bring, step by step; the digest of where that leads."""
    scratch, me = job.store.scratch(job.scratch), link.rank
    (job.folder / f"rank-{me.number}").write_text(str(os.getpid()))
    slots = sorted(scratch.slots())
    begun = int(slots[-1]) if slots else 0
    total = _SUM.unpack(scratch.load(slots[-1])[STATE])[0] if slots else 1.0
    link.beat("resumed", begun)
    total += link.ask("weight", {"rank": me.number}) if not begun else 0.0
    with _peers(link) as peers:
        for step in range(begun + 1, job.steps + 1):
            stop = link.should_stop() if me.number == 0 else False
            mine = (me.number + 1) / (step + total) + (1e9 if stop else 0.0)
            brought = _all(peers, me.number, mine)
            stop = brought >= 1e9
            total = total * 1.0000001 + brought - (1e9 if stop else 0.0)
            link.tell({"step": step})
            if me.number == 0 and (stop or step % job.every == 0):
                scratch.save(f"{step:06d}", {STATE: _SUM.pack(total)})
            if stop:
                raise Interrupted(f"stopped after step {step}", remedy="run again")
            time.sleep(job.pause)
    return hashlib.sha256(_SUM.pack(total)).hexdigest()


@contextlib.contextmanager
def _peers(link: Link) -> Iterator[list[socket.socket]]:
    """Rank 0 holds a connection to each other rank, and they one to it."""
    me = link.rank
    if me.world == 1:
        yield []
        return
    host, _, port = me.meeting.rpartition(":")
    with contextlib.ExitStack() as open_ones:
        if me.number:
            yield [open_ones.enter_context(_called(host, int(port)))]
            return
        server = open_ones.enter_context(socket.create_server((host, int(port))))
        yield [open_ones.enter_context(server.accept()[0]) for _ in range(me.world - 1)]


def _called(host: str, port: int) -> socket.socket:
    for _ in range(600):
        try:
            return socket.create_connection((host, port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise ConnectionRefusedError(f"{host}:{port}")


def _all(peers: list[socket.socket], number: int, mine: float) -> float:
    """The sum of what all bring."""
    if number == 0:
        total = mine + sum(_taken(peer) for peer in peers)
        for peer in peers:
            peer.sendall(_SUM.pack(total))
        return total
    peers[0].sendall(_SUM.pack(mine))
    return _taken(peers[0])


def _taken(peer: socket.socket) -> float:
    data = b""
    while len(data) < _SUM.size:
        piece = peer.recv(_SUM.size - len(data))
        if not piece:
            raise ConnectionError("connection closed by peer")
        data += piece
    value: float = _SUM.unpack(data)[0]
    return value
