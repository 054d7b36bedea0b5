"""Real receivers of notices on this machine: a webhook over HTTP or HTTPS, a mail server."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Posted:
    """What a webhook was sent."""

    headers: dict[str, str]
    body: bytes


class Hook:
    """A webhook that answers with the next of `statuses`, else 204."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self.statuses: list[int] = []
        self.posted: list[Posted] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _receiver(self))
        self._scheme = "http"
        if trust is not None:
            self._scheme = "https"
            self._server.socket = trust.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/hook?token=t0ken"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _receiver(hook: Hook) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.posted.append(Posted(headers, body))
            self.send_response(hook.statuses.pop(0) if hook.statuses else 204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Receiver


@dataclass
class Letter:
    """A mail as it arrived."""

    sender: str
    to: list[str]
    message: Message


@dataclass
class Box:
    """A mail server's letters; the next answers come from `answers` before it takes any."""

    port: int = 0
    letters: list[Letter] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        message = BytesParser(policy=default).parsebytes(envelope.content)
        self.letters.append(Letter(envelope.mail_from, envelope.rcpt_tos, message))
        return "250 taken"


@dataclass(frozen=True)
class Paper:
    """A throw-away certificate for this machine, its own authority."""

    certificate: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(self.certificate, self.key)
        return trust


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    folder = tmp_path_factory.mktemp("paper")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    where = Paper(folder / "cert.pem", folder / "key.pem")
    where.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    where.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return where


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def sealed_hook(paper: Paper) -> Iterator[Hook]:
    made = Hook(paper.server())
    yield made
    made.close()


@contextmanager
def _serving(box: Box, **how: Any) -> Iterator[Box]:
    class Served(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler, **how)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    served = Served(box, hostname="127.0.0.1", port=box.port)
    served.start()
    try:
        yield box
    finally:
        served.stop()


@pytest.fixture
def new_box(paper: Paper) -> Iterator[Callable[..., Box]]:
    """Start a mail server with STARTTLS; with `password`, for the user `burnish` only."""
    with ExitStack() as stack:

        def new(*, password: str = "", starttls: bool = True) -> Box:
            def who(server: Any, session: Any, envelope: Any, kind: str, said: Any) -> AuthResult:
                right = isinstance(said, LoginPassword) and said.password == password.encode()
                return AuthResult(success=right, handled=False)

            how: dict[str, Any] = {}
            if starttls:
                how |= {"tls_context": paper.server(), "require_starttls": True}
            if password:
                how |= {"authenticator": who, "auth_required": True}
            return stack.enter_context(_serving(Box(), **how))

        yield new
