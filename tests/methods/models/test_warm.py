"""The warm folder of hub models: fetched once, checked on arrival, shared by whoever asks."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from burnish.methods.models.files import file_digests, listing_digest
from burnish.methods.models.warm import Spoiled, known, promised, warm
from burnish.methods.models.where import MODELS, base_folder

Hub = Callable[[str], Path]


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A model as the hub's own cache keeps it: links to files that are named by their digest."""
    weights = b"weights" * 1000
    blob = tmp_path / "blobs" / hashlib.sha256(weights).hexdigest()
    blob.parent.mkdir()
    blob.write_bytes(weights)
    folder = tmp_path / "snapshot"
    folder.mkdir()
    (folder / "model.safetensors").symlink_to(blob)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return folder


def test_a_model_is_fetched_once_and_named_by_its_digest(tmp_path: Path, hub: Path) -> None:
    asked: list[str] = []

    def fetch(name: str) -> Path:
        asked.append(name)
        return hub

    first = warm("owner/name", tmp_path / "models", fetch)
    again = warm("owner/name", tmp_path / "models", fetch)

    folder = first.folder(tmp_path / "models")
    assert asked == ["owner/name"]
    assert again == first == known("owner/name", tmp_path / "models")
    assert first.digest == listing_digest(file_digests(hub).items())
    assert promised(folder) == first.digest
    assert file_digests(folder) == file_digests(hub)
    assert not any(path.is_symlink() for path in folder.iterdir())
    assert first.bytes == 7002


def test_its_files_are_for_reading_only(tmp_path: Path, hub: Path) -> None:
    folder = warm("owner/name", tmp_path / "models", lambda name: hub).folder(tmp_path / "models")

    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}


def test_runs_that_ask_at_once_fetch_once(tmp_path: Path, hub: Path) -> None:
    asked: list[str] = []
    found: list[str] = []

    def fetch(name: str) -> Path:
        asked.append(name)
        return hub

    def ask() -> None:
        found.append(warm("owner/name", tmp_path / "models", fetch).digest)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(asked) == 1
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_damaged_file_of_the_hubs_cache_is_refused_and_nothing_stays(
    tmp_path: Path, hub: Path
) -> None:
    (hub / "model.safetensors").resolve().write_bytes(b"other")

    with pytest.raises(Spoiled, match=r"model\.safetensors"):
        warm("owner/name", tmp_path / "models", lambda name: hub)

    assert known("owner/name", tmp_path / "models") is None
    assert not (tmp_path / "models" / "sha256").exists()


def test_a_fetch_that_fails_leaves_nothing_and_may_be_tried_again(
    tmp_path: Path, hub: Path
) -> None:
    def absent(name: str) -> Path:
        raise ValueError(f"{name} cannot be fetched")

    with pytest.raises(ValueError, match="cannot be fetched"):
        warm("owner/name", tmp_path / "models", absent)

    assert warm("owner/name", tmp_path / "models", lambda name: hub).bytes == 7002


def test_a_warm_model_is_the_base_without_asking_the_hub(tmp_path: Path, hub: Path) -> None:
    made = warm("owner/name", tmp_path / MODELS, lambda name: hub)

    assert base_folder("owner/name", tmp_path) == made.folder(tmp_path / MODELS)


def test_a_folder_of_another_kind_promises_nothing(tmp_path: Path) -> None:
    assert promised(tmp_path) is None
