"""The sample project, taken as far as the split."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from burnish.samples.project import PLAN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk


@pytest.fixture(scope="session")
def new_divided(new_desk: Callable[..., Desk]) -> Callable[..., Desk]:
    """Make a project that goes as far as the split, and stops at the licence of its base model."""

    def new(folder: Path, **changes: Any) -> Desk:
        desk = new_desk(folder, PLAN)
        licence = {"permits_fine_tuning": False, "licence": "house rules"}
        desk.change(**{f"base_model__{key}": value for key, value in licence.items()}, **changes)
        assert desk("run").code == 4
        assert desk("approve", by="priya").code == 0
        stopped = desk("run")
        assert stopped.code == 3, stopped.err
        return desk

    return new


@pytest.fixture(scope="session")
def divided(tmp_path_factory: pytest.TempPathFactory, new_divided: Callable[..., Desk]) -> Desk:
    return new_divided(tmp_path_factory.mktemp("divided") / "desk", engine__kind="inline")
