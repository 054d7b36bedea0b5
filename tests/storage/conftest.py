"""Real stores with real keys: in a folder, and in a bucket of a real S3 server on this machine."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import obstore
import pytest
from obstore.store import S3Store

from burnish.core.remote import ObjectPlace
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider
from burnish.storage.object_shelf import Requests
from burnish.storage.objects import ObjectStore

BUCKET = "evidence"  # made by the fixture s3_server
PLANTED = "planted-secret-access-key"


@pytest.fixture
def key(tmp_path: Path) -> FileKeyProvider:
    return FileKeyProvider.ensure(tmp_path / "keys" / "store.key")


@pytest.fixture
def store(tmp_path: Path, key: FileKeyProvider) -> FolderStore:
    return FolderStore(tmp_path / "store", key)


@dataclass
class Bucket:
    """A prefix of the server's bucket, with a way in past burnish to look and to plant faults."""

    endpoint: str
    prefix: str
    secrets: Path
    client: S3Store = field(init=False)

    def __post_init__(self) -> None:
        self.client = S3Store(
            BUCKET, prefix=self.prefix, endpoint=self.endpoint, region="us-east-1",
            access_key_id="AKIA", secret_access_key=PLANTED, client_options={"allow_http": True},
        )  # fmt: skip

    def place(self, endpoint: str = "", bucket: str = BUCKET) -> ObjectPlace:
        """Where a store finds it, with credentials by reference."""
        (self.secrets / "id").write_text("AKIA\n")
        (self.secrets / "secret").write_text(f"{PLANTED}\n")
        return ObjectPlace(
            url=f"s3://{bucket}/{self.prefix}",
            endpoint=endpoint or self.endpoint,
            region="us-east-1",
            credentials=(("access_key_id", "file:id"), ("secret_access_key", "file:secret")),
            root=self.secrets,
        )

    def names(self, folder: str | None = None) -> list[str]:
        """What lies there."""
        return sorted(str(found["path"]) for found in obstore.list(self.client, folder).collect())

    def read(self, name: str) -> bytes:
        return bytes(obstore.get(self.client, name).bytes())

    def write(self, name: str, data: bytes) -> None:
        obstore.put(self.client, name, data)

    def flip(self, name: str, where: int) -> None:
        data = bytearray(self.read(name))
        data[where] ^= 4
        self.write(name, bytes(data))


class Troubled(ThreadingHTTPServer):
    """A server in front of the storage that answers with a fault as often as it is told to."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.behind = urlsplit(behind).netloc
        self.fault: Callable[[str, str], int | None] = lambda method, path: None
        self.seen: list[tuple[str, str]] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count(self, method: str) -> int:
        return sum(1 for seen, _ in self.seen if seen == method)


class _Forward(BaseHTTPRequestHandler):
    server: Troubled
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path))
        if status := self.server.fault(self.command, self.path):
            self._answer(status, {}, b"")
            return
        behind = http.client.HTTPConnection(self.server.behind)
        # The signature stands over the Host header, so it is passed on as it came.
        behind.request(self.command, self.path, body, dict(self.headers))
        answer = behind.getresponse()
        self._answer(answer.status, dict(answer.getheaders()), answer.read())
        behind.close()

    do_PUT = do_HEAD = do_POST = do_DELETE = do_GET

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date"):
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@pytest.fixture
def bucket(s3_server: str, tmp_path: Path) -> Bucket:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    return Bucket(s3_server, f"tests/{tmp_path.name}", secrets)


@pytest.fixture
def troubled(s3_server: str) -> Iterator[Troubled]:
    server = Troubled(s3_server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def remote(bucket: Bucket, key: FileKeyProvider) -> ObjectStore:
    return ObjectStore(bucket.place(), key, requests=Requests(retries=2, seconds=5))
