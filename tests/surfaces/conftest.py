"""The sample project as quickstart plans it, up to where it waits for the privacy officer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from burnish.samples.project import PLAN

if TYPE_CHECKING:
    from tests.conftest import Desk


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory, new_desk: Callable[..., Desk]) -> Desk:
    desk = new_desk(tmp_path_factory.mktemp("surfaces") / "waiting", PLAN)
    run = desk("run")
    assert run.code == 4, run.err
    return desk


@pytest.fixture
def desk(waiting: Desk, tmp_path: Path) -> Desk:
    """A copy of it, to do with as one likes."""
    return waiting.copy(tmp_path / "desk")
