"""Public files over HTTP: whole or not there, gone on with where they broke off."""

import hashlib
from pathlib import Path

import pytest
from tests.servers import Loopback, Reply, Request

from burnish.connectors import download as module
from burnish.connectors.download import Patience, download
from burnish.core.errors import InputError

BODY = b"a published set\n" * 4000
AT_ONCE = Patience(tries=3, pause=0.0, timeout=5.0)


def served(request: Request) -> Reply:
    """The body, or what is asked of it, as a server with a strong validator answers."""
    start = request.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
    same = request.headers.get("if-range", '"v1"') == '"v1"'
    if not int(start) or not same:
        return Reply(raw=BODY, headers={"ETag": '"v1"'})
    span = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    return Reply(
        raw=BODY[int(start) :], status=206, headers={"ETag": '"v1"', "Content-Range": span}
    )


def test_a_file_arrives_whole_with_its_digest(loopback: Loopback, tmp_path: Path) -> None:
    loopback.answer = served
    target = tmp_path / "new" / "set.jsonl"

    digest = download(f"{loopback.url}/set.jsonl", target, AT_ONCE)

    assert target.read_bytes() == BODY
    assert digest == hashlib.sha256(BODY).hexdigest()
    assert [path.name for path in target.parent.iterdir()] == ["set.jsonl"]


def test_what_broke_off_is_gone_on_with(loopback: Loopback, tmp_path: Path) -> None:
    loopback.answer = served
    loopback.planted = [Reply(raw=BODY, headers={"ETag": '"v1"'}, cut=True)]
    target = tmp_path / "set.jsonl"

    download(f"{loopback.url}/set.jsonl", target, AT_ONCE)

    assert target.read_bytes() == BODY
    assert loopback.asked[1].headers["range"] == f"bytes={len(BODY) // 2}-"


def test_a_file_that_changed_meanwhile_is_begun_anew(loopback: Loopback, tmp_path: Path) -> None:
    loopback.answer = served
    loopback.planted = [Reply(raw=b"x" * 999, headers={"ETag": '"v0"'}, cut=True)]
    target = tmp_path / "set.jsonl"

    download(f"{loopback.url}/set.jsonl", target, AT_ONCE)

    assert target.read_bytes() == BODY


def test_without_a_strong_validator_nothing_is_gone_on_with(
    loopback: Loopback, tmp_path: Path
) -> None:
    loopback.answer = served
    loopback.planted = [Reply(raw=BODY, headers={"ETag": 'W/"v1"'}, cut=True)]

    download(f"{loopback.url}/set.jsonl", tmp_path / "set.jsonl", AT_ONCE)

    assert "range" not in loopback.asked[1].headers


def test_a_passing_failure_is_tried_again_and_a_lasting_one_told(
    loopback: Loopback, tmp_path: Path
) -> None:
    loopback.answer = served
    loopback.planted = [Reply(status=503), Reply(status=429)]
    target = tmp_path / "set.jsonl"
    download(f"{loopback.url}/set.jsonl", target, AT_ONCE)
    assert target.read_bytes() == BODY

    loopback.planted = [Reply(status=503)] * 3
    with pytest.raises(InputError, match="answered 503, also at try 3"):
        download(f"{loopback.url}/other.jsonl?token=secret", tmp_path / "o", AT_ONCE)
    loopback.planted = [Reply(status=404)]
    with pytest.raises(InputError, match="answered 404") as caught:
        download(f"{loopback.url}/other.jsonl?token=secret", tmp_path / "o", AT_ONCE)
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "o").exists()


def test_redirects_are_followed_but_not_down_from_https(loopback: Loopback, tmp_path: Path) -> None:
    loopback.answer = served
    loopback.planted = [Reply(status=302, headers={"Location": "/there.jsonl"})]
    download(f"{loopback.url}/set.jsonl", tmp_path / "set.jsonl", AT_ONCE)
    assert loopback.asked[1].path == "/there.jsonl"

    loopback.planted = [Reply(status=302, headers={"Location": "http://example.org/x"})]
    with pytest.raises(InputError, match="only https"):
        download(f"{loopback.url}/other.jsonl", tmp_path / "o", AT_ONCE)
    loopback.planted = [Reply(status=302, headers={"Location": "/again"})] * 6
    with pytest.raises(InputError, match="in a circle"):
        download(f"{loopback.url}/other.jsonl", tmp_path / "o", AT_ONCE)


@pytest.mark.parametrize(
    "url",
    ["http://example.org/a", "ftp://example.org/a", "https://me:pw@example.org/a", "file:///a"],
)
def test_only_https_without_credentials_is_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only https"):
        download(url, tmp_path / "a", AT_ONCE)


def test_a_file_without_end_is_stopped(
    loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.answer = served
    monkeypatch.setattr(module, "MOST_BYTES", 1 << 10)

    with pytest.raises(InputError, match="is over"):
        download(f"{loopback.url}/set.jsonl", tmp_path / "set.jsonl", AT_ONCE)
    assert not (tmp_path / "set.jsonl").exists()
