"""Records of paged services, over real HTTP on loopback, with faults planted."""

import base64
import json
import logging
import pickle
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.servers import Loopback, Reply, Request

from burnish.connectors.api import ApiConnector
from burnish.connectors.paging import Pager, State
from burnish.connectors.service import Answer
from burnish.core.errors import InputError
from burnish.core.sources import Piece
from burnish.methods.formats.read import BadRecord, Record, read_records
from burnish.plan_remote import Api, Header, Page, Parameter, Since

SECRET = "tok-5f2e9c"
QUICK: dict[str, Any] = {
    "requests_per_second": 1000.0, "backoff_seconds": 0.01, "timeout_seconds": 5.0, "retries": 2,
}  # fmt: skip
NUMBERED = Page(kind="number", parameter="page", size_parameter="size", size=2)


def described(loopback: Loopback, path: str = "/list", **changes: Any) -> Api:
    return Api(**{"url": f"{loopback.url}{path}", **QUICK, **changes})


def walked(source: ApiConnector, folder: Path, known: list[Piece] | None = None) -> list[Any]:
    """The records of the pieces after the known ones, each fetched when it is listed."""
    found: list[Any] = []
    for piece in source.pieces(known or []):
        found += read(source, piece, folder)
        if known is not None:
            known.append(piece)
    return found


def read(source: ApiConnector, piece: Piece, folder: Path) -> list[Any]:
    records = read_records(source.fetch(piece, folder))
    return [r.fields if isinstance(r, Record) else r for r in records]


class Numbered:
    """A list that is asked page by page; `count` records, two to a page."""

    def __init__(self, count: int) -> None:
        self.records: list[Any] = [{"id": n, "text": f"record {n}"} for n in range(1, count + 1)]

    def __call__(self, request: Request) -> Reply:
        number, size = int(request.parameters["page"]), int(request.parameters["size"])
        return Reply(self.records[(number - 1) * size : number * size])


# Three worked descriptions: a service desk, a wiki, a chat.


class Desk:
    """Tickets as a service desk exports them: a cursor, a flag at the end, a time in seconds."""

    def __init__(self) -> None:
        self.tickets: list[dict[str, Any]] = []

    def add(self, number: int, updated: str, subject: str = "Printer") -> None:
        requester = {"name": "Ada", "email": "ada@example.org"}
        self.tickets.append(
            {"id": number, "updated_at": updated, "subject": subject, "requester": requester}
        )

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return Reply({"error": "unauthenticated"}, 401)
        since = int(request.parameters.get("start_time", "0"))
        found = [t for t in self.tickets if _seconds(t["updated_at"]) >= since]
        start = int(request.parameters.get("cursor", "0"))
        end = start + int(request.parameters["per_page"])
        cursor = {"after_cursor": str(end), "end_of_stream": end >= len(found)}
        return Reply({"tickets": found[start:end], **cursor})


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def desk_api(loopback: Loopback) -> Api:
    return described(
        loopback,
        "/api/v2/incremental/tickets/cursor.json",
        records="tickets",
        page=Page(
            kind="cursor", parameter="cursor", next="after_cursor", last="end_of_stream",
            size_parameter="per_page", size=2,
        ),
        headers=(Header(name="Authorization", secret="env:DESK_TOKEN", scheme="bearer"),),
        since=Since(parameter="start_time", field="updated_at", form="seconds", start="0"),
        key="id",
        flatten=True,
    )  # fmt: skip


@pytest.fixture
def desk(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("DESK_TOKEN", SECRET)
    made = Desk()
    for number in range(1, 8):
        made.add(number, f"2026-03-01T10:00:0{number}Z")
    loopback.answer = made
    return made


def test_a_service_desk_is_read_by_cursor_and_then_only_what_is_new(
    loopback: Loopback, desk: Desk, tmp_path: Path
) -> None:
    source = ApiConnector(desk_api(loopback), tmp_path)
    known: list[Piece] = []

    first = walked(source, tmp_path, known)
    desk.add(8, "2026-03-01T10:00:07.900Z")  # in the last second that was seen
    desk.add(3, "2026-03-02T09:00:00Z", "Printer, again")
    second = walked(source, tmp_path, known)
    third = walked(source, tmp_path, known)

    assert [ticket["id"] for ticket in first] == [1, 2, 3, 4, 5, 6, 7]
    assert first[0]["requester.email"] == "ada@example.org"
    assert [(ticket["id"], ticket["subject"]) for ticket in second] == [
        (8, "Printer"),
        (3, "Printer, again"),
    ]
    assert third == []
    assert source.grows
    assert len({piece.name for piece in known}) == len(known)


def test_a_wiki_is_read_by_the_links_in_its_answers(loopback: Loopback, tmp_path: Path) -> None:
    pages = [
        {"id": str(n), "title": f"Page {n}", "body": {"storage": {"value": f"<p>Text {n}</p>"}}}
        for n in range(5)
    ]

    def answer(request: Request) -> Reply:
        assert base64.b64decode(request.headers["authorization"].split()[1]) == b"ada:pass word"
        start = int(request.parameters.get("cursor", "0"))
        more = {"next": f"/wiki/api/v2/pages?cursor={start + 2}&limit=2"} if start < 4 else {}
        return Reply({"results": pages[start : start + 2], "_links": more})

    loopback.answer = answer
    (tmp_path / "wiki.secret").write_text("ada:pass word\n")
    api = described(
        loopback,
        "/wiki/api/v2/pages",
        records="results",
        page=Page(kind="link", next="_links.next", size_parameter="limit", size=2),
        headers=(Header(name="Authorization", secret="file:wiki.secret", scheme="basic"),),
        parameters=(Parameter(name="body-format", value="storage"),),
        flatten=True,
    )

    found = walked(ApiConnector(api, tmp_path), tmp_path)

    assert [page["body.storage.value"] for page in found] == [f"<p>Text {n}</p>" for n in range(5)]
    assert [request.parameters["body-format"] for request in loopback.asked] == ["storage"] * 3


def test_a_chat_is_read_by_cursor_until_it_is_empty(loopback: Loopback, tmp_path: Path) -> None:
    messages = [{"ts": f"17180000{n:02}.000100", "text": f"Message {n}"} for n in range(5)]

    def answer(request: Request) -> Reply:
        if request.parameters.get("channel") != "C1":
            return Reply({"ok": False, "error": "channel_not_found"})
        oldest = request.parameters.get("oldest", "0")
        found = [m for m in messages if m["ts"] >= oldest]
        start = int(request.parameters.get("cursor", "0"))
        cursor = str(start + 2) if start + 2 < len(found) else ""
        told = {"messages": found[start : start + 2], "response_metadata": {"next_cursor": cursor}}
        return Reply({"ok": True, "has_more": bool(cursor), **told})

    loopback.answer = answer
    api = described(
        loopback,
        "/api/conversations.history",
        records="messages",
        page=Page(kind="cursor", parameter="cursor", next="response_metadata.next_cursor"),
        parameters=(Parameter(name="channel", value="C1"),),
        since=Since(parameter="oldest", field="ts"),
    )
    source, known = ApiConnector(api, tmp_path), list[Piece]()

    assert len(walked(source, tmp_path, known)) == 5
    messages.append({"ts": "1718000050.000100", "text": "Later"})
    assert [m["text"] for m in walked(source, tmp_path, known)] == ["Later"]

    wrong = api.model_copy(update={"parameters": (Parameter(name="channel", value="C2"),)})
    with pytest.raises(InputError, match="no list at 'messages'"):
        walked(ApiConnector(wrong, tmp_path), tmp_path)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 6])
@pytest.mark.parametrize("kind", ["number", "offset"])
def test_counted_pages_end_with_an_empty_one(
    loopback: Loopback, tmp_path: Path, kind: str, count: int
) -> None:
    numbered = Numbered(count)

    def answer(request: Request) -> Reply:
        place, size = int(request.parameters["page"]), 2
        start = place if kind == "offset" else place * size
        return Reply({"items": numbered.records[start : start + size]})

    loopback.answer = answer
    page = Page.model_validate(
        {"kind": kind, "parameter": "page", "first": 0, "size_parameter": "n", "size": 2}
    )
    source = ApiConnector(described(loopback, records="items", page=page), tmp_path)

    assert [record["id"] for record in walked(source, tmp_path)] == list(range(1, count + 1))


def test_one_answer_may_hold_all(loopback: Loopback, tmp_path: Path) -> None:
    loopback.answer = lambda request: Reply([{"id": 1}, {"id": 2}], zipped=True)

    found = walked(ApiConnector(described(loopback), tmp_path), tmp_path)

    assert found == [{"id": 1}, {"id": 2}]
    assert len(loopback.asked) == 1


def test_the_link_header_leads_on(loopback: Loopback, tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        number = int(request.parameters.get("page", "1"))
        link = f'<{loopback.url}/list?page={number + 1}>; rel="next", <x>; rel="first"'
        return Reply([{"id": number}], headers={"Link": link} if number < 3 else {})

    loopback.answer = answer
    source = ApiConnector(described(loopback, page=Page(kind="link")), tmp_path)

    assert [record["id"] for record in walked(source, tmp_path)] == [1, 2, 3]


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"error": "down"}, 500),
        Reply({"error": "busy"}, 503, headers={"Retry-After": "0"}),
        Reply({"error": "slowly"}, 429, headers={"Retry-After": "0"}),
        Reply({"error": "slowly"}, 403, headers={"Retry-After": "0"}),
        Reply(
            {"error": "slowly"},
            429,
            headers={"Retry-After": format_datetime(datetime(2020, 1, 1, tzinfo=UTC))},
        ),
        Reply([{"id": 7, "text": "cut"}], cut=True),
        Reply(raw=b'[{"id": 1, "te'),
        Reply(raw=b"<html>Bad gateway</html>"),
        Reply([{"id": 7}], wait=1.5),
        Reply(raw=b"no gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
def test_a_passing_failure_is_waited_out(loopback: Loopback, tmp_path: Path, fault: Reply) -> None:
    loopback.answer = Numbered(5)
    loopback.planted = [fault]
    source = ApiConnector(described(loopback, page=NUMBERED, timeout_seconds=0.8), tmp_path)

    assert [record["id"] for record in walked(source, tmp_path)] == [1, 2, 3, 4, 5]
    assert [request.parameters["page"] for request in loopback.asked] == ["1", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Reply({}, 500), "answered 500, also at try 3"),
        (Reply(raw=b'{"text": NaN}'), "no JSON, also at try 3"),
        (Reply(raw=b"[" * 100_000), "no JSON, also at try 3"),
        (Reply([{"id": 7}], cut=True), "broke the connection off, also at try 3"),
        (Reply([], wait=1.0), "did not answer in time, also at try 3"),
    ],
)
def test_a_failure_that_stays_ends_the_walk_after_what_came_before_it(
    loopback: Loopback, tmp_path: Path, fault: Reply, told: str
) -> None:
    numbered = Numbered(6)
    loopback.answer = lambda request: (
        fault if request.parameters["page"] == "3" else numbered(request)
    )
    api = described(loopback, page=NUMBERED, timeout_seconds=0.4)
    source, known = ApiConnector(api, tmp_path), list[Piece]()

    with pytest.raises(InputError, match=told) as stopped:
        walked(source, tmp_path, known)
    before = len(loopback.asked)
    loopback.answer = numbered

    assert [record["id"] for record in read(source, known[0], tmp_path)] == [1, 2, 3, 4]
    assert [record["id"] for record in walked(source, tmp_path, known)] == [5, 6]
    assert [r.parameters["page"] for r in loopback.asked[before:]] == ["3", "4"]
    assert [piece.name for piece in known] == ["pages 1-2.jsonl", "pages 3-4.jsonl"]
    assert stopped.value.remedy


def test_an_answer_that_drips_is_given_up(loopback: Loopback, tmp_path: Path) -> None:
    loopback.answer = lambda request: Reply([{"text": "x" * 500}], drip=0.01)
    api = described(loopback, timeout_seconds=0.1, retries=0)

    with pytest.raises(InputError, match="came to no end of its answer"):
        walked(ApiConnector(api, tmp_path), tmp_path)


def test_a_server_that_asks_to_wait_too_long_ends_the_walk(
    loopback: Loopback, tmp_path: Path
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=2))
    for told in ("7200", later):
        loopback.planted = [Reply({}, 429, headers={"Retry-After": told})]
        with pytest.raises(InputError, match=r"asks to wait 7\d\d\d seconds"):
            walked(ApiConnector(described(loopback), tmp_path), tmp_path)

    assert len(loopback.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_not_asked_again(loopback: Loopback, tmp_path: Path, status: int) -> None:
    loopback.answer = lambda request: Reply({"error": SECRET}, status)

    with pytest.raises(InputError, match=f"answered {status}") as stopped:
        walked(ApiConnector(described(loopback), tmp_path), tmp_path)

    assert len(loopback.asked) == 1
    assert SECRET not in str(stopped.value)


def test_a_record_that_is_no_object_is_bad_at_its_place(loopback: Loopback, tmp_path: Path) -> None:
    odd = [{"id": 1}, 42, None, ["x"], {"a.b": 1, "a": {"b": 2}}, {"t": "\ud800"}, {"id": 7}]
    loopback.answer = lambda request: Reply(odd)

    found = walked(ApiConnector(described(loopback, flatten=True), tmp_path), tmp_path)

    bad = [record for record in found if isinstance(record, BadRecord)]
    assert [record.position for record in bad] == [2, 3, 4, 5, 6]
    assert [record.reason.partition(": ")[2] for record in bad] == [
        "a number, where an object is needed",
        "a null, where an object is needed",
        "a list, where an object is needed",
        "a field is given twice",
        "half of a surrogate pair is no character",
    ]


def test_a_service_that_does_not_know_the_parameter_is_noticed(
    loopback: Loopback, tmp_path: Path
) -> None:
    loopback.answer = lambda request: Reply([{"id": 1}, {"id": 2}])

    with pytest.raises(InputError, match="gives the same page twice"):
        walked(ApiConnector(described(loopback, page=NUMBERED), tmp_path), tmp_path)

    assert len(loopback.asked) == 2


def test_cursors_that_go_in_a_circle_are_noticed(loopback: Loopback, tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        here = request.parameters.get("cursor", "a")
        following = {"a": "b", "b": "c", "c": "b"}[here]
        return Reply({"items": [{"id": len(loopback.asked)}], "next": following})

    loopback.answer = answer
    page = Page(kind="cursor", parameter="cursor", next="next")
    source = ApiConnector(described(loopback, records="items", page=page), tmp_path)

    with pytest.raises(InputError, match="leads back to a page"):
        walked(source, tmp_path)


def test_a_walk_without_end_is_ended(loopback: Loopback, tmp_path: Path) -> None:
    loopback.answer = lambda request: Reply([{"id": len(loopback.asked)}])
    page = NUMBERED.model_copy(update={"limit": 7})

    with pytest.raises(InputError, match="more than 7 pages"):
        walked(ApiConnector(described(loopback, page=page), tmp_path), tmp_path)

    assert len(loopback.asked) == 7


def test_nothing_is_sent_to_another_origin(loopback: Loopback, tmp_path: Path) -> None:
    elsewhere = Loopback()
    header = Header(name="Authorization", value=SECRET)
    replies = [
        Reply({}, 302, headers={"Location": f"{elsewhere.url}/list"}),
        Reply([{"id": 1}], headers={"Link": f'<{elsewhere.url}/list>; rel="next"'}),
        Reply([{"id": 1}], headers={"Link": '<https://evil.example/list>; rel="next"'}),
        Reply([{"id": 1}], headers={"Link": '<//evil.example/list>; rel="next"'}),
    ]
    try:
        for reply in replies:
            loopback.planted = [reply]
            api = described(loopback, page=Page(kind="link"), headers=(header,))
            with pytest.raises(InputError, match="another origin") as stopped:
                walked(ApiConnector(api, tmp_path), tmp_path)
            assert SECRET not in str(stopped.value)
        assert elsewhere.asked == []
    finally:
        elsewhere.close()


def test_a_redirect_within_the_origin_is_followed_but_not_in_a_circle(
    loopback: Loopback, tmp_path: Path
) -> None:
    loopback.answer = lambda request: (
        Reply([{"id": 1}]) if request.path == "/new" else Reply({}, 301, {"Location": "/new"})
    )
    assert walked(ApiConnector(described(loopback, "/old"), tmp_path), tmp_path) == [{"id": 1}]

    loopback.answer = lambda request: Reply({}, 302, {"Location": "/list"})
    with pytest.raises(InputError, match="in a circle"):
        walked(ApiConnector(described(loopback), tmp_path), tmp_path)


@pytest.mark.parametrize("zipped", [False, True])
def test_an_answer_that_is_too_large_is_not_read(
    loopback: Loopback, tmp_path: Path, zipped: bool
) -> None:
    loopback.answer = lambda request: Reply([{"text": "x" * 3_000_000}], zipped=zipped)

    with pytest.raises(InputError, match="over 1 MB"):
        walked(ApiConnector(described(loopback, answer_megabytes=1), tmp_path), tmp_path)


@pytest.mark.parametrize("link", ["http://[", "http://a:b:c/", "http://127.0.0.1:99999999/"])
def test_a_link_that_is_no_address_is_told(loopback: Loopback, tmp_path: Path, link: str) -> None:
    loopback.answer = lambda request: Reply({"items": [{"id": 1}], "next": link})
    page = Page(kind="link", next="next")

    with pytest.raises(InputError, match=r"no address|another origin"):
        walked(ApiConnector(described(loopback, records="items", page=page), tmp_path), tmp_path)


def test_nothing_tells_a_secret(
    loopback: Loopback,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TOKEN", SECRET)
    api = described(
        loopback,
        headers=(Header(name="X-Key", secret="env:TOKEN"),),
        parameters=(Parameter(name="key", secret="env:TOKEN"),),
    )
    loopback.answer = lambda request: Reply([{"id": 1}])
    source = ApiConnector(api, tmp_path)
    pieces = list(source.pieces())
    asked = loopback.asked[0]
    told = [repr(source), repr(pieces), source.where, source.definition, caplog.text]
    told.append(pickle.dumps(source).decode("latin-1"))
    for reply in (
        Reply({}, 500),
        Reply({}, 401),
        Reply(raw=b"?"),
        Reply({}, 302, {"Location": "/"}),
    ):
        loopback.answer = lambda request, reply=reply: reply  # type: ignore[misc]
        with pytest.raises(InputError) as stopped:
            walked(source, tmp_path)
        told.append(f"{stopped.value!r} {stopped.value}")

    assert (asked.headers["x-key"], asked.parameters["key"]) == (SECRET, SECRET)
    assert not [text for text in told if SECRET in text]
    assert "GET" not in caplog.text


def test_a_secret_that_no_header_can_hold_is_refused_without_showing_it(
    loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", f"{SECRET}\r\nX-Evil: 1")
    api = described(loopback, headers=(Header(name="X-Key", secret="env:TOKEN"),))

    with pytest.raises(InputError, match="header 'X-Key'") as stopped:
        walked(ApiConnector(api, tmp_path), tmp_path)

    assert SECRET not in str(stopped.value)
    assert loopback.asked == []


def test_an_unknown_certificate_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1)
    ).add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signed = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    certificate.write_bytes(private + signed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        api = Api(url=f"https://localhost:{server.server_port}/list", **QUICK)
        with pytest.raises(InputError, match="certificate that is not trusted"):
            walked(ApiConnector(api, tmp_path), tmp_path)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_piece_is_asked_for_once_and_again_only_when_it_got_lost(
    loopback: Loopback, tmp_path: Path
) -> None:
    numbered = Numbered(5)
    loopback.answer = numbered
    source = ApiConnector(described(loopback, page=NUMBERED), tmp_path)
    [piece] = source.pieces()
    asked = len(loopback.asked)

    first = read(source, piece, tmp_path)
    assert len(loopback.asked) == asked
    elsewhere: ApiConnector = pickle.loads(pickle.dumps(source))  # noqa: S301
    assert read(elsewhere, piece, tmp_path) == first
    assert len(loopback.asked) > asked

    numbered.records[2]["text"] = "other"
    with pytest.raises(InputError, match="not what it was when it was listed"):
        elsewhere.fetch(piece, tmp_path)


def test_pages_are_held_by_size_not_all_at_once(loopback: Loopback, tmp_path: Path) -> None:
    numbered = Numbered(12)
    for record in numbered.records:
        record["text"] = "x" * 130_000
    loopback.answer = numbered
    source = ApiConnector(described(loopback, page=NUMBERED), tmp_path)

    pieces = list(source.pieces())

    assert [piece.name for piece in pieces][:2] == ["pages 1-1.jsonl", "pages 2-2.jsonl"]
    assert len(pieces) == 6


def test_a_listing_goes_on_where_it_was_broken_off(loopback: Loopback, tmp_path: Path) -> None:
    numbered = Numbered(10)
    for record in numbered.records:
        record["text"] = "x" * 130_000
    loopback.answer = numbered
    source = ApiConnector(described(loopback, page=NUMBERED), tmp_path)
    whole = list(source.pieces())
    known = list(islice(source.pieces(), 2))
    loopback.asked.clear()

    rest = list(source.pieces(known))

    assert known + rest == whole
    assert [request.parameters["page"] for request in loopback.asked] == ["3", "4", "5", "6"]
    assert list(source.pieces(whole)) == []


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ([None, None], "no record .* at 'made'"),
        (["soon", 17], "several kinds"),
    ],
)
def test_times_that_cannot_be_compared_are_told(
    loopback: Loopback, tmp_path: Path, times: list[Any], told: str
) -> None:
    loopback.answer = lambda request: Reply([{"id": n, "made": t} for n, t in enumerate(times)])
    api = described(loopback, since=Since(parameter="since", field="made"))

    with pytest.raises(InputError, match=told):
        walked(ApiConnector(api, tmp_path), tmp_path)


def test_times_of_several_zones_are_compared_as_moments(loopback: Loopback, tmp_path: Path) -> None:
    times = ["2026-01-01T10:00:00+10:00", "2026-01-01T01:00:00Z", "2026-01-01T09:30:00+10:00"]
    loopback.answer = lambda request: Reply([{"id": n, "made": t} for n, t in enumerate(times)])
    api = described(loopback, since=Since(parameter="since", field="made"))
    source, known = ApiConnector(api, tmp_path), list[Piece]()

    walked(source, tmp_path, known)
    walked(source, tmp_path, known)

    assert loopback.asked[1].parameters["since"] == times[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://example.org/list"},
        {"url": "ftp://example.org/list"},
        {"url": "https://ada:pw@example.org/list"},
        {"url": "https://example.org/list?key=1"},
        {"url": "https:///list"},
        {"url": "http://localhost.evil.example/list"},
        {"url": "https://a.b", "page": {"kind": "cursor", "parameter": "c"}},
        {"url": "https://a.b", "page": {"kind": "number"}},
        {"url": "https://a.b", "headers": ({"name": "A b", "value": "x"},)},
        {"url": "https://a.b", "headers": ({"name": "A"},)},
        {"url": "https://a.b", "headers": ({"name": "A", "value": "x", "secret": "env:X"},)},
        {"url": "https://a.b", "headers": ({"name": "A", "secret": "hunter2"},)},
    ],
)
def test_a_description_that_is_unsafe_or_incomplete_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Api.model_validate(wrong)


def test_the_definition_follows_what_is_asked_only(loopback: Loopback, tmp_path: Path) -> None:
    plain = described(loopback)

    def definition(**changes: Any) -> str:
        return ApiConnector(plain.model_copy(update=changes), tmp_path).definition

    same = definition(requests_per_second=1.0, retries=9, timeout_seconds=1.0)
    assert definition() == same
    assert definition(headers=(Header(name="A", secret="env:B"),)) == definition()
    for change in (
        {"records": "x"}, {"page": NUMBERED}, {"flatten": True}, {"key": "id"},
        {"parameters": (Parameter(name="a", value="b"),)},
        {"headers": (Header(name="A", value="b"),)},
        {"since": Since(parameter="a", field="b")},
    ):  # fmt: skip
        assert definition(**change) != definition()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "items", "next"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(answer=JSON, kind=st.sampled_from(["none", "number", "offset", "cursor", "link"]))
@settings(max_examples=150, deadline=None)
def test_no_answer_is_misread(answer: Any, kind: str) -> None:
    """Whatever comes is a list of records, each one line, or a clear error."""
    page = {"kind": kind, "parameter": "p", "next": "next", "more": "b"}
    api = Api.model_validate(
        {"url": "https://a.example/x", "records": "items", "page": page, "flatten": True,
         "since": {"parameter": "s", "field": "a"}}
    )  # fmt: skip
    pager = Pager(api)

    try:
        turn = pager.turn(pager.start(), Answer(answer, "https://a.example/x", None))
    except InputError:  # told, not misread
        return

    given_records = answer["items"] or []
    assert len(turn.lines) == len(given_records)
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in turn.lines)
    assert State.of(json.loads(json.dumps(turn.state.json()))) == turn.state
