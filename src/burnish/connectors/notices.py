"""Whether the cloud takes this machine back: its metadata service is asked while a training runs.

AWS: the instance action of a spot instance, with a session token (IMDSv2). Google Cloud: the
instance's `preempted` value. Azure: Scheduled Events of the type Preempt that name this machine.
All three answer at a link-local address over plain http, on this machine's own wire; no proxy is
asked and no redirection followed. Sources: AWS "Spot Instance interruption notices", Google
"Preemptible VM instances: detect if preempted", Microsoft "Azure Metadata Service: Scheduled
Events for Linux VMs" (version 2020-07-01).
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from burnish.core.errors import InputError

Cloud = Literal["aws", "gcp", "azure"]
ADDRESS = "http://169.254.169.254"
EVERY_SECONDS, TIMEOUT_SECONDS = 5.0, 10.0
"""AWS asks to be polled every 5 seconds; Azure's first answer may take longer than others."""
MOST_BYTES = 1 << 20
TOKEN_SECONDS = 21_600
_BROKEN = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError)


class _Asks(Protocol):
    def __call__(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
        """Status and body."""


@dataclass(frozen=True, slots=True)
class Service:
    """The metadata service of a cloud; `address` is another one for tests, on this machine."""

    cloud: Cloud
    address: str = ADDRESS
    every: float = EVERY_SECONDS

    @contextmanager
    def watched(self) -> Iterator[Callable[[], str]]:
        """While the block runs: why the machine must be left, or nothing.

        A notice stays once it was heard. The first question is asked here: raises `InputError`
        when nobody answers it. Later silence is borne, and asked again at the next turn.
        """
        asks = _ASKED[self.cloud]()
        try:
            heard = _Heard(asks.why(self._ask))
        except _BROKEN as silent:
            raise InputError(
                f"no metadata service of {self.cloud} answers on this machine "
                f"({type(silent).__name__})",
                remedy="run on a machine of that cloud, or take trainer.notice: none",
            ) from silent
        over = threading.Event()
        told = (asks, self._ask, self.every, over)
        watcher = threading.Thread(target=heard.listen, args=told, daemon=True)
        watcher.start()
        try:
            yield heard.read
        finally:
            over.set()
            watcher.join(TIMEOUT_SECONDS)

    def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
        parts = urlsplit(self.address)
        link = http.client.HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=TIMEOUT_SECONDS
        )
        with closing(link):
            link.request(method, path, headers=dict(headers))
            answer = link.getresponse()
            return answer.status, answer.read(MOST_BYTES).decode()


class _Asked(Protocol):
    def why(self, ask: _Asks) -> str:
        """Why the machine must be left, or nothing; raises one of `_BROKEN`."""


@dataclass(slots=True)
class _Heard:
    text: str

    def read(self) -> str:
        return self.text

    def listen(self, asks: _Asked, ask: _Asks, every: float, over: threading.Event) -> None:
        while not self.text and not over.wait(every):
            try:
                self.text = asks.why(ask)
            except _BROKEN:
                continue  # a busy service; it is asked again


@dataclass(slots=True)
class _Aws:
    token: str = field(default="", repr=False)

    def why(self, ask: _Asks) -> str:
        status, body = self._action(ask)
        if status == 401:  # the token is too old
            self.token = ""
            status, body = self._action(ask)
        if status == 404:
            return ""
        told = json.loads(_good(status, body))
        return f"AWS will {told['action']} this machine at {told['time']}"

    def _action(self, ask: _Asks) -> tuple[int, str]:
        if not self.token:
            ttl = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
            self.token = _good(*ask("PUT", "/latest/api/token", ttl))
        shown = {"X-aws-ec2-metadata-token": self.token}
        return ask("GET", "/latest/meta-data/spot/instance-action", shown)


@dataclass(slots=True)
class _Gcp:
    def why(self, ask: _Asks) -> str:
        path, headers = "/computeMetadata/v1/instance/preempted", {"Metadata-Flavor": "Google"}
        told = _good(*ask("GET", path, headers)).strip()
        if told not in ("TRUE", "FALSE"):
            raise ValueError("neither TRUE nor FALSE")
        return "Google Cloud preempts this machine" if told == "TRUE" else ""


@dataclass(slots=True)
class _Azure:
    name: str = ""

    def why(self, ask: _Asks) -> str:
        headers = {"Metadata": "true"}
        if not self.name:
            where = "/metadata/instance/compute/name?api-version=2021-02-01&format=text"
            self.name = _good(*ask("GET", where, headers)).strip()
        path = "/metadata/scheduledevents?api-version=2020-07-01"
        events: list[dict[str, Any]] = json.loads(_good(*ask("GET", path, headers)))["Events"]
        ours = (e for e in events if e["EventType"] == "Preempt" and self.name in e["Resources"])
        event = next(ours, None)
        if event is None:
            return ""
        return f"Azure preempts this machine ({event.get('NotBefore') or 'at once'})"


_ASKED: Mapping[Cloud, Callable[[], _Asked]] = {"aws": _Aws, "gcp": _Gcp, "azure": _Azure}


def _good(status: int, body: str) -> str:
    if status != 200:
        raise ValueError(f"status {status}")
    return body
