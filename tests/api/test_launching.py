"""Launching from a plan file: what is written, what is handed in, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from burnish.api.launching import launch
from burnish.core.errors import InputError
from burnish.plan_example import EXAMPLE

AT = datetime(2026, 11, 22, 5, 33, tzinfo=UTC)
LAUNCH = {"image": "burnish:1", "folder": "/work", "kubernetes": {"claim": "project"}}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    given = EXAMPLE.model_dump(mode="json", exclude_defaults=True)
    given["name"] = "support_assistant"
    file = tmp_path / "burnish.yaml"
    file.write_text(yaml.safe_dump({**given, "launch": LAUNCH, "budget": {"per_hour": 2.0}}))
    return file


def client(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "kubectl").write_text(text)
    (folder / "bin" / "kubectl").chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


def test_a_manifest_is_written_where_it_is_asked_for(plan: Path, tmp_path: Path) -> None:
    done = launch(plan, "kubernetes", out=tmp_path / "job.yaml", at=AT)

    assert done.name == "support-assistant-20261122t053300"
    written = yaml.safe_load((tmp_path / "job.yaml").read_text())
    assert written["metadata"]["name"] == done.name
    assert done.submit == f"kubectl create -f {tmp_path / 'job.yaml'}"
    assert "USD 2.00 an hour" in done.told[-1]


def test_without_a_file_nothing_is_written(plan: Path) -> None:
    done = launch(plan, "kubernetes", at=AT)

    assert done.file is None
    assert not (plan.parent / ".burnish").exists()


def test_the_client_of_the_target_is_called_and_its_answer_told(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tmp_path, '#!/bin/sh\necho "job created: $1 $2 $(head -1 "$3")"\n', monkeypatch)

    done = launch(plan, "kubernetes", submit=True, at=AT)

    assert done.answer == "job created: create -f apiVersion: batch/v1"
    assert done.file == plan.parent / ".burnish" / "launched" / f"{done.name}.yaml"


def test_a_client_that_is_not_here_is_told_with_what_to_do(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(InputError, match="'kubectl' is not installed here") as refused:
        launch(plan, "kubernetes", submit=True, at=AT)

    assert "install kubectl" in refused.value.remedy


def test_a_client_that_refuses_is_quoted(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tmp_path, "#!/bin/sh\necho 'no such namespace' >&2\nexit 1\n", monkeypatch)

    with pytest.raises(InputError, match=r"refused the launch \(exit code 1\): no such namespace"):
        launch(plan, "kubernetes", submit=True, at=AT)
