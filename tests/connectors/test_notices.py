"""The metadata services of three clouds, spoken to over real loopback HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from burnish.connectors.notices import Cloud, Service
from burnish.core.errors import InputError

ACTION = {"action": "terminate", "time": "2026-11-22T08:22:00Z"}
EVENT: dict[str, object] = {
    "EventType": "Preempt", "Resources": ["vm-7"], "EventStatus": "Scheduled",
    "NotBefore": "Sun, 22 Nov 2026 08:22:00 GMT",
}  # fmt: skip


@dataclass
class Cloudlet:
    """A metadata service: what it answers now, and which headers it wants."""

    preempts: bool = False
    token: int = 0
    events: list[dict[str, object]] = field(default_factory=list)
    broken: bool = False
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(
        self, method: str, path: str, headers: Callable[[str], str | None]
    ) -> tuple[int, str]:
        self.asked.append(path)
        if self.broken:
            return 503, "busy"
        if path.startswith("/latest/"):
            return self._aws(method, path, headers)
        if path == "/computeMetadata/v1/instance/preempted":
            told = "TRUE" if self.preempts else "FALSE"
            return (200, told) if headers("Metadata-Flavor") == "Google" else (403, "no flavour")
        if headers("Metadata") != "true":
            return 400, "no header"
        if path.startswith("/metadata/instance/compute/name?"):
            return 200, "vm-7"
        found = {"DocumentIncarnation": 1, "Events": self.events}
        return 200, json.dumps(found)

    def _aws(self, method: str, path: str, headers: Callable[[str], str | None]) -> tuple[int, str]:
        if (method, path) == ("PUT", "/latest/api/token"):
            assert headers("X-aws-ec2-metadata-token-ttl-seconds") == "21600"
            self.token += 1
            return 200, f"token-{self.token}"
        if headers("X-aws-ec2-metadata-token") != f"token-{self.token}":
            return 401, ""
        assert path == "/latest/meta-data/spot/instance-action"
        return (200, json.dumps(ACTION)) if self.preempts else (404, "")


@pytest.fixture
def cloudlet() -> Iterator[Cloudlet]:
    cloud = Cloudlet()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = cloud.answer(self.command, self.path, self.headers.get)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_PUT = do_GET

        def log_message(self, *told: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cloud.address = f"http://127.0.0.1:{server.server_port}"
        yield cloud
        server.shutdown()


def heard(notice: Callable[[], str]) -> str:
    for _ in range(1000):
        if told := notice():
            return told
        time.sleep(0.01)
    return ""


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("aws", "AWS will terminate this machine at 2026-11-22T08:22:00Z"),
        ("gcp", "Google Cloud preempts this machine"),
        ("azure", "Azure preempts this machine (Sun, 22 Nov 2026 08:22:00 GMT)"),
    ],
)
def test_a_notice_is_heard_while_the_work_runs_and_stays(
    cloudlet: Cloudlet, kind: Cloud, told: str
) -> None:
    with Service(kind, cloudlet.address, every=0.01).watched() as notice:
        assert notice() == ""
        cloudlet.preempts, cloudlet.events = True, [EVENT]
        assert heard(notice) == told
        cloudlet.preempts, cloudlet.events = False, []
        assert notice() == told
    count = len(cloudlet.asked)
    time.sleep(0.05)
    assert len(cloudlet.asked) == count, "it is asked after the work is over"


def test_a_token_that_ran_out_is_asked_for_again(cloudlet: Cloudlet) -> None:
    with Service("aws", cloudlet.address, every=0.01).watched() as notice:
        cloudlet.token += 1  # the one that was given counts no more
        cloudlet.preempts = True
        assert heard(notice)
    assert cloudlet.asked.count("/latest/api/token") == 2


def test_the_end_of_another_machine_is_not_ours(cloudlet: Cloudlet) -> None:
    cloudlet.events = [{**EVENT, "Resources": ["vm-8"]}, {**EVENT, "EventType": "Freeze"}]
    with Service("azure", cloudlet.address, every=0.01).watched() as notice:
        while len(cloudlet.asked) < 5:
            time.sleep(0.01)
        assert notice() == ""
        cloudlet.events.append({**EVENT, "NotBefore": ""})
        assert heard(notice) == "Azure preempts this machine (at once)"


def test_a_service_that_is_busy_for_a_while_is_asked_again(cloudlet: Cloudlet) -> None:
    with Service("gcp", cloudlet.address, every=0.01).watched() as notice:
        cloudlet.broken = True
        count = len(cloudlet.asked)
        while len(cloudlet.asked) < count + 3:
            time.sleep(0.01)
        cloudlet.broken, cloudlet.preempts = False, True
        assert heard(notice)


@pytest.mark.parametrize("kind", ["aws", "gcp", "azure"])
def test_where_no_such_service_answers_the_run_is_refused(cloudlet: Cloudlet, kind: Cloud) -> None:
    cloudlet.broken = True
    with (
        pytest.raises(InputError, match=f"no metadata service of {kind} answers"),
        Service(kind, cloudlet.address).watched(),
    ):
        raise AssertionError("the work began")
    with (
        pytest.raises(InputError, match=r"trainer\.notice: none"),
        Service(kind, "http://127.0.0.1:9").watched(),
    ):
        raise AssertionError("the work began")
