"""What `burnish budget` says of the ledger's charges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from burnish.api.budgeting import budget
from burnish.methods.training.private.accountant import Mechanism, epsilon
from burnish.plan_example import EXAMPLE
from burnish.wiring import open_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    plan = yaml.safe_dump(EXAMPLE.model_dump(mode="json"))
    (tmp_path / "burnish.yaml").write_text(plan, encoding="utf-8")
    return tmp_path


def charged(training: str, steps: int, sources: list[str], **changes: Any) -> dict[str, Any]:
    plain = {
        "secret": training, "dataset": "d", "unit": "example", "units": 100, "rate": 0.1,
        "noise": 1.0, "delta": 1e-4, "accountant": "a", "by": "dana",
    }  # fmt: skip
    return {**plain, "training": training, "steps": steps, "sources": sources, **changes}


def test_nothing_is_spent_before_anything_is_charged(project: Path) -> None:
    assert budget(project / "burnish.yaml").trainings == ()


def test_blocks_of_a_training_are_one_and_trainings_of_a_source_come_together(
    project: Path,
) -> None:
    ledger = open_project(project).ledger
    for facts in (
        charged("a", 50, ["tickets"]),
        charged("a", 80, ["tickets"]),
        charged("b", 20, ["tickets", "mail"], delta=1e-5),
    ):
        ledger.append("charged", facts)

    found = budget(project)

    assert [(t.training, t.steps, t.by) for t in found.trainings] == [
        ("a", 80, "dana"), ("b", 20, "dana"),
    ]  # fmt: skip
    both = epsilon([Mechanism(0.1, 1.0, 80), Mechanism(0.1, 1.0, 20)], 1e-5)
    assert {s.source: (s.trainings, s.delta) for s in found.sources} == {
        "mail": (1, 1e-5), "tickets": (2, 1e-5),
    }  # fmt: skip
    assert found.sources[1].epsilon == pytest.approx(both, abs=1e-4)
