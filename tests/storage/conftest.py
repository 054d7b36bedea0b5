"""A real folder store with a real key, and faults planted in its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider


@pytest.fixture
def key(tmp_path: Path) -> FileKeyProvider:
    return FileKeyProvider.ensure(tmp_path / "keys" / "store.key")


@pytest.fixture
def store(tmp_path: Path, key: FileKeyProvider) -> FolderStore:
    return FolderStore(tmp_path / "store", key)
