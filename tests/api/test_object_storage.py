"""The same project with its store in a bucket: the same digests, nothing in the clear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.store import S3Store

if TYPE_CHECKING:
    from tests.conftest import Desk


@pytest.mark.parametrize("engine", ["inline", "local"])
def test_a_store_in_a_bucket_holds_what_one_in_a_folder_holds(
    divided: Desk, new_divided: Callable[..., Desk], tmp_path: Path, s3_server: str, engine: str
) -> None:
    prefix = f"projects/{tmp_path.name}"
    (tmp_path / "secret").write_text("anything")
    names = ("access_key_id", "secret_access_key")
    store = {
        "url": f"s3://evidence/{prefix}",
        "endpoint": s3_server,
        "region": "us-east-1",
        "credentials": [{"key": k, "secret": f"file:{tmp_path / 'secret'}"} for k in names],
        "cache_gigabytes": 0.01 if engine == "local" else 0,
    }

    desk = new_divided(tmp_path / "desk", store=store, engine__kind=engine)

    assert desk.digests() == divided.digests()
    assert len(desk.entries("made")) == len(desk.digests())  # the second run made nothing anew
    assert (desk.folder / ".burnish" / "cache").exists() is (engine == "local")
    assert not (desk.folder / ".burnish" / "store").exists()
    assert desk.leaks() == []
    shown = desk("show", "split")
    assert shown.code == 0, shown.err
    client = S3Store(
        "evidence", prefix=prefix, endpoint=s3_server, region="us-east-1", access_key_id="a",
        secret_access_key="b", client_options={"allow_http": True},
    )  # fmt: skip
    for found in obstore.list(client).collect():
        data = bytes(obstore.get(client, str(found["path"])).bytes())
        assert not [value for value in desk.planted if value.encode() in data]
