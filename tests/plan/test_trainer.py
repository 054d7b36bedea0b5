"""What runs a training: strict, and no part of what names its result."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from burnish.core.crew import Alone
from burnish.engines.supervision.crew import Supervised, no_notice
from burnish.engines.supervision.policy import Policy
from burnish.plan_example import EXAMPLE
from burnish.plan_trainer import TrainerPlan
from burnish.storage.memory import MemoryStore
from burnish.wiring_crew import crew_for


def test_another_trainer_is_the_same_plan() -> None:
    other = EXAMPLE.model_copy(update={"trainer": TrainerPlan(kind="alone", attempts=9)})
    assert other.what_names_it() == EXAMPLE.what_names_it()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"notice": "aws", "notice_address": "http://169.254.169.254"}, "on this machine"),
        ({"notice": "aws", "notice_address": "https://127.0.0.1"}, "on this machine"),
        ({"notice": "aws", "notice_address": "http://127.0.0.1/path"}, "on this machine"),
        ({"notice": "aws", "notice_address": "http://me@127.0.0.1"}, "on this machine"),
        ({"notice_address": "http://127.0.0.1:80"}, "is for a trainer.notice"),
        ({"quiet_seconds": 10.0}, "may not be below"),
        ({"attempts": 0}, "greater than or equal to 1"),
        ({"hang_seconds": 0.0}, "greater than 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TrainerPlan.model_validate(wrong)


def test_the_plan_chooses_the_crew(tmp_path: Path) -> None:
    state = tmp_path
    made = crew_for(EXAMPLE, MemoryStore(), state)
    assert isinstance(made, Supervised)
    assert made.policy == Policy(5, 1.0, 60.0)
    assert made.notice is no_notice
    assert made.journal == state / "training.json"
    alone = EXAMPLE.model_copy(update={"trainer": TrainerPlan(kind="alone")})
    assert crew_for(alone, MemoryStore(), state) == Alone()
    told = TrainerPlan(notice="gcp", notice_address="http://127.0.0.1:1")
    watched = crew_for(EXAMPLE.model_copy(update={"trainer": told}), MemoryStore(), state)
    assert isinstance(watched, Supervised)
    assert watched.notice is not no_notice
