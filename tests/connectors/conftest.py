"""A web service on loopback, with faults to plant."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@dataclass(frozen=True)
class Request:
    """What a client asked: path, parameters and headers (their names in lower case)."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class Reply:
    """What the service answers; `cut` breaks the connection half way, `wait` is silence before."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False
    wait: float = 0.0
    zipped: bool = False

    @property
    def body(self) -> bytes:
        plain = json.dumps(self.value).encode() if self.raw is None else self.raw
        return gzip.compress(plain) if self.zipped else plain


class Loopback:
    """A real HTTP server in a thread. Each planted reply is given once, before `answer` is asked."""

    def __init__(self) -> None:
        self.answer: Callable[[Request], Reply] = lambda request: Reply({})
        self.planted: list[Reply] = []
        self.asked: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def replied(self, request: Request) -> Reply:
        self.asked.append(request)
        return self.planted.pop(0) if self.planted else self.answer(request)


def _handler(service: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Request(parts.path, dict(parse_qsl(parts.query)), headers)
            reply = service.replied(asked)
            time.sleep(reply.wait)
            body = reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.zipped:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body[: len(body) // 2] if reply.cut else body)
            except OSError:  # the client had enough
                reply.cut = True
            self.close_connection = reply.cut

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    made = Loopback()
    yield made
    made.close()
