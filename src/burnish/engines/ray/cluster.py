"""The cluster itself: joining it, what its nodes must prove, and what its failures mean."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from burnish.core.errors import InputError, Interrupted
from burnish.core.ports import Store
from burnish.engines.ray import envelope

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reads it when it starts: nothing phones home
import ray
from ray.exceptions import (
    LocalRayletDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    TaskUnschedulableError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

LOST = (
    LocalRayletDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    TaskUnschedulableError,
    WorkerCrashedError,
)
PROBE_SECONDS = 300.0
REACH_SECONDS = 10.0
OBJECT_BYTES = 100_000_000
"""Room for the objects of a cluster of our own: what passes is small."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Which cluster, how much of it, and how long to bear with it.

    `address` is "local" (start one here), "auto" (the one that runs here or that RAY_ADDRESS
    names), HOST:PORT or ray://HOST:PORT. Nothing is joined that was not named.
    """

    address: str = "local"
    workers: int = 2
    attempts: int = 3
    deadline_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Tie:
    """What it takes to send an item and to open its answer."""

    session: envelope.Session
    channel: envelope.Channel
    do: Any
    crew: Crew
    should_stop: Callable[[], bool]


def connect(crew: Crew) -> None:
    if ray.is_initialized():
        raise InputError(
            "this process is connected to a Ray cluster already",
            remedy="ray.shutdown() first, or run burnish in a process of its own",
        )
    _refuse_silence(crew.address)
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if crew.address == "local":
        size = {"num_cpus": crew.workers, "object_store_memory": OBJECT_BYTES}
        options |= {**size, "include_dashboard": False}
    try:
        with signals_kept():
            ray.init(address=crew.address, **options)
    except (RayError, OSError, RuntimeError, ValueError, TimeoutError) as failed:
        told = str(failed).strip().partition("\n")[0] or type(failed).__name__
        raise InputError(
            f"no Ray cluster can be joined at '{crew.address}': {told}",
            remedy="start one (ray start --head), mend engine.address or RAY_ADDRESS, or take "
            "address: local",
        ) from failed


def _refuse_silence(address: str) -> None:
    """Ray waits for ever for an address where nothing listens, and hears no signal meanwhile."""
    named = os.environ.get("RAY_ADDRESS", address) if address == "auto" else address
    host, _, port = named.rpartition("://")[2].partition("/")[0].rpartition(":")
    if not port.isdecimal():
        return  # local, or auto without RAY_ADDRESS: Ray looks among the processes of this machine
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()
    except (OSError, OverflowError) as silent:
        raise InputError(
            f"no Ray cluster answers at {named}",
            remedy="start one there (ray start --head), or mend engine.address or RAY_ADDRESS",
        ) from silent


def probe(tie: Tie) -> None:
    """Raise `InputError` when a node cannot open or write the store, or has other versions.

    Nodes that join later are checked by the first item that each of their processes gets.
    """
    asked = {_ask(tie, node["NodeID"]): node for node in ray.nodes() if _works(node)}
    if not asked:
        return
    _, late = ray.wait(list(asked), num_returns=len(asked), timeout=PROBE_SECONDS)
    if late:
        names = ", ".join(sorted(asked[ref]["NodeManagerHostname"] for ref in late))
        raise Interrupted(
            f"no answer within {PROBE_SECONDS:g} seconds from node {names}",
            remedy="see `ray status`; mend the node or take it out, and run again",
        )
    for ref, node in asked.items():
        try:
            envelope.unwrap(tie.channel, ray.get(ref))
        except LOST:
            continue  # the node is gone, and no item will go there
        except RayError as error:
            raise broken(error) from error
        envelope.confirm(_mark(tie, node["NodeID"]), node["NodeManagerHostname"])


def _ask(tie: Tie, node: str) -> Any:
    there = NodeAffinitySchedulingStrategy(node, soft=False)
    sealed = tie.channel.seal((envelope.probe, _mark(tie, node)), envelope.ITEM)
    return tie.do.options(num_cpus=0, scheduling_strategy=there).remote(tie.session, sealed)


def _mark(tie: Tie, node: str) -> tuple[Store, str]:
    return tie.session.store, f"{tie.session.slot}-{node}"


def _works(node: dict[str, Any]) -> bool:
    return bool(node["Alive"]) and node["Resources"].get("CPU", 0) >= 1


def processors() -> float:
    return float(ray.cluster_resources().get("CPU", 0))


def standstill() -> str:
    """Why nothing may be moving, as far as the cluster tells."""
    total, free = processors(), float(ray.available_resources().get("CPU", 0))
    if total < 1:
        return "no node of the cluster has a processor"
    if free < 1:
        return f"all {total:g} processors of the cluster are taken"
    return f"{free:g} of {total:g} processors are free, so what is under way hangs"


def gave_up(lost: RayError, attempts: int) -> Interrupted:
    memory = isinstance(lost, OutOfMemoryError)
    why = "its node ran out of memory" if memory else f"its worker was lost ({_kind(lost)})"
    return Interrupted(
        f"an item was begun {attempts} times, and each time {why}",
        remedy="run again to go on; lower engine.workers or add memory if that ran out",
    )


def broken(error: Exception) -> Exception:
    """What an error of Ray itself means; Ray's own words may be long, so its type is told."""
    if isinstance(error, RayTaskError):
        return InputError(
            f"a node of the cluster cannot run burnish ({_kind(error.cause)})",
            remedy="install burnish[ray] on every node, with the versions of the driver",
        )
    return Interrupted(
        f"the connection to the Ray cluster broke ({_kind(error)})",
        remedy="see `ray status`, and run again to go on",
    )


def _kind(error: object) -> str:
    return type(error).__name__


@contextmanager
def signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself, and would end a run that has not been asked politely."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
