"""What failed runs left is moved to quarantine, and what can go on is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from burnish.api.sweeping import sweep
from burnish.plan_file import example_plan
from burnish.wiring import Project, open_project

if TYPE_CHECKING:
    from tests.conftest import Desk


@pytest.fixture
def project(tmp_path: Path, new_desk: "Callable[[Path, str], Desk]") -> Project:
    return open_project(new_desk(tmp_path / "desk", example_plan()).folder)


def trained(project: Project, name: str, ended: str, **more: Any) -> None:
    """A training that left two checkpoints, and whose last attempt ended so."""
    for step in (3, 6):
        project.store.scratch(name).save(f"step-{step:09d}", {"weights": b"w"})
    project.ledger.append("attempted", {"scratch": name, "ended": ended, "run": "r", **more})


def swept(project: Project, **how: Any) -> Any:
    return sweep(project.root, key=project.root / "keys" / "dana.pem", **how)


def left(project: Project, name: str) -> list[str]:
    return project.store.scratch(name).slots()


def test_the_newest_training_that_can_go_on_is_kept_and_the_one_before_it_set_aside(
    project: Project,
) -> None:
    trained(project, "a-train", "process lost")
    trained(project, "a-control", "process lost")
    trained(project, "b-train", "disk full")

    done = swept(project)

    assert (done.checkpoints, done.kept) == (("a-train",), ("a-control", "b-train"))
    assert not left(project, "a-train")
    assert len(left(project, "b-train")) == 2
    aside = list((project.root / ".burnish" / "store" / "quarantine").iterdir())
    assert len(aside) == 2
    assert project.ledger.find("swept").facts["checkpoints"] == ["a-train"]  # type: ignore[union-attr]


@pytest.mark.parametrize("ended", ["diverged", "data or settings", "integrity"])
def test_a_training_that_failed_for_good_is_set_aside(project: Project, ended: str) -> None:
    trained(project, "a-train", ended)
    assert swept(project).checkpoints == ("a-train",)
    assert swept(project).checkpoints == ()


def test_the_newest_is_set_aside_only_when_it_is_asked_for(project: Project) -> None:
    trained(project, "a-train", "preempted")
    assert swept(project).kept == ("a-train",)
    assert swept(project, trainings=True).checkpoints == ("a-train",)
    assert not left(project, "a-train")


def test_unfinished_files_of_killed_writers_are_set_aside(project: Project) -> None:
    trained(project, "a-train", "preempted")
    half = project.root / ".burnish" / "store" / "objects" / ".tmp-0123"
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half")
    done = swept(project)
    assert [name.split("/")[0] for name in done.files] == ["quarantine"]
    assert not half.exists()
