"""Secrets by reference: found where they are, and never told when they are not."""

from pathlib import Path

import pytest

from burnish.core.errors import InputError
from burnish.core.remote import ObjectPlace, is_private_route
from burnish.core.secrets import resolve


def test_a_secret_comes_from_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_KEY", "s3cr3t")
    (tmp_path / "lake.key").write_text("0ther\r\n")
    assert resolve("env:LAKE_KEY", tmp_path) == "s3cr3t"
    assert resolve("file:lake.key", tmp_path) == "0ther"


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("env:LAKE_KEY", "variable LAKE_KEY holds no secret"),
        ("file:none.key", "none.key cannot be read: No such file"),
        ("file:empty.key", "empty.key is empty"),
        ("file:bytes.key", "bytes.key cannot be read: it is not UTF-8"),
    ],
)
def test_a_secret_that_is_not_there_is_named_by_its_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, problem: str
) -> None:
    monkeypatch.delenv("LAKE_KEY", raising=False)
    (tmp_path / "empty.key").write_text("\n")
    (tmp_path / "bytes.key").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=problem) as missing:
        resolve(reference, tmp_path)
    assert missing.value.remedy


@pytest.mark.parametrize("text", ["wJalrXUtnFEMI", "vault:wJalrXUtnFEMI", "env:", "file:"])
def test_what_is_no_reference_may_be_the_secret_and_is_not_repeated(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(InputError, match="not a reference") as refused:
        resolve(text, tmp_path)
    assert "wJalr" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://minio.example.org", True),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://localhost:9000", True),
        ("http://127.0.0.1.example.org", False),
        ("http://localhost.example.org", False),
        ("http://10.0.0.1", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("", False),
    ],
)
def test_plain_http_is_private_on_this_machine_only(url: str, private: bool) -> None:
    assert is_private_route(url) is private


def test_a_place_of_objects_hands_out_its_secrets_only_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_KEY", "s3cr3t")
    place = ObjectPlace(
        "s3://lake/exports/2026/", None, "us-east-1", (("access_key_id", "env:LAKE_KEY"),), tmp_path
    )
    assert (place.scheme, place.bucket, place.prefix) == ("s3", "lake", "exports/2026")
    assert place.config() == {"region": "us-east-1", "access_key_id": "s3cr3t"}
    assert "s3cr3t" not in repr(place)
    assert place.client() == {"allow_http": False}


@pytest.mark.parametrize(
    ("scheme", "config"),
    [
        ("s3", {"endpoint": "https://here", "region": "r"}),
        ("az", {"endpoint": "https://here"}),
        ("gs", {"base_url": "https://here"}),
    ],
)
def test_each_storage_has_its_own_words(scheme: str, config: dict[str, str]) -> None:
    assert ObjectPlace(f"{scheme}://lake", "https://here", "r").config() == config


def test_an_endpoint_that_others_can_listen_to_is_refused() -> None:
    with pytest.raises(InputError, match="not https"):
        ObjectPlace("s3://lake", "http://minio.example.org").config()
