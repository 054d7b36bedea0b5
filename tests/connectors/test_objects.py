"""Objects against a real S3 server: what is taken, and what is said when something is wrong."""

from collections.abc import Callable
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from burnish.connectors.objects import ObjectsConnector
from burnish.core.errors import InputError
from burnish.core.remote import ObjectPlace
from burnish.core.sources import Piece

Lake = Callable[..., ObjectsConnector]
SECRET = "s3cr3t-77aa"


@pytest.fixture
def put(s3_server: str, request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    store = S3Store(
        "evidence", prefix=request.node.name, endpoint=s3_server, region="us-east-1",
        access_key_id="tester", secret_access_key=SECRET, client_options={"allow_http": True},
    )  # fmt: skip

    def one(key: str, content: bytes = b"{}\n") -> None:
        obstore.put(store, key, content)

    return one


@pytest.fixture
def lake(
    s3_server: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Lake:
    monkeypatch.setenv("LAKE_SECRET", SECRET)
    monkeypatch.setenv("LAKE_USER", "tester")
    credentials = (
        ("access_key_id", "env:LAKE_USER"),
        ("secret_access_key", "env:LAKE_SECRET"),
    )

    def made(*patterns: str, endpoint: str = s3_server, name: str = "evidence") -> ObjectsConnector:
        url = f"s3://{name}/{request.node.name}"
        place = ObjectPlace(url, endpoint, "us-east-1", credentials, tmp_path)
        return ObjectsConnector("tickets", place, patterns)

    return made


def names(connector: ObjectsConnector, known: tuple[Piece, ...] = ()) -> list[str]:
    return [piece.name for piece in connector.pieces(known)]


def test_without_patterns_every_object_of_a_known_format_is_taken(
    put: Callable[..., None], lake: Lake
) -> None:
    for key in ("a.jsonl", "b/c.parquet", "b/d.jsonl.gz", "b/e.exe", "_SUCCESS"):
        put(key)
    assert names(lake()) == ["a.jsonl", "b/c.parquet", "b/d.jsonl.gz"]


def test_patterns_choose_below_the_prefix(put: Callable[..., None], lake: Lake) -> None:
    for key in ("year=2025/a.parquet", "year=2026/m=1/a.parquet", "year=2026/b.jsonl"):
        put(key)
    assert names(lake("year=2026/**/*.parquet", "**/*.jsonl")) == [
        "year=2026/b.jsonl",
        "year=2026/m=1/a.parquet",
    ]


def test_listing_goes_on_after_the_known_ones(put: Callable[..., None], lake: Lake) -> None:
    for key in ("a.jsonl", "b.jsonl", "c.jsonl"):
        put(key)
    pieces = list(lake().pieces())
    assert names(lake(), tuple(pieces[:2])) == ["c.jsonl"]
    in_another_order = (pieces[2], pieces[0])
    assert names(lake(), in_another_order) == ["b.jsonl"]


def test_an_object_comes_whole_under_a_name_that_tells_its_format(
    put: Callable[..., None], lake: Lake, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 4096 * 10
    put("folder/exports v1.jsonl.gz", content)
    (piece,) = lake().pieces()
    path = lake().fetch(piece, tmp_path)
    assert (piece.size, path.read_bytes()) == (len(content), content)
    assert path.name.endswith(".jsonl.gz")
    assert path.parent == tmp_path


def test_new_bytes_are_a_new_version(put: Callable[..., None], lake: Lake) -> None:
    put("a.jsonl", b"1")
    (before,) = lake().pieces()
    put("a.jsonl", b"2")
    (after,) = lake().pieces()
    assert before.version != after.version


def test_other_credentials_do_not_make_another_listing(lake: Lake) -> None:
    place = lake().place
    other = ObjectsConnector("tickets", ObjectPlace(place.url, place.endpoint, place.region))
    assert other.definition == lake().definition
    assert lake("*.jsonl").definition != lake().definition


def test_a_bucket_that_is_not_there_is_named_with_the_codes_of_the_storage(lake: Lake) -> None:
    with pytest.raises(InputError, match=r"s3://nowhere/.* cannot be listed: .*NoSuchBucket") as no:
        names(lake(name="nowhere"))
    assert "sources.tickets.objects" in no.value.remedy


def test_a_storage_that_does_not_answer_is_told_without_its_secrets(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = lake(endpoint="http://127.0.0.1:9")
    monkeypatch.setattr("burnish.connectors.objects.RETRY", {"max_retries": 0})
    with pytest.raises(InputError, match="does not answer") as silent:
        names(connector)
    assert SECRET not in str(silent.value)
    assert silent.value.__suppress_context__


def test_an_endpoint_of_another_machine_must_be_https(lake: Lake) -> None:
    with pytest.raises(InputError, match="not https"):
        names(lake(endpoint="http://minio.example.org"))


def test_a_key_that_the_storage_does_not_know_is_told(lake: Lake) -> None:
    place = lake().place
    odd = ObjectPlace(place.url, place.endpoint, place.region, (("pasword", "env:LAKE_USER"),))
    with pytest.raises(InputError, match="`credentials` holds a key") as unknown:
        names(ObjectsConnector("tickets", odd))
    assert "tester" not in str(unknown.value)
