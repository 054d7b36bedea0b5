"""What a plan may ask of several processes, and what it is told when it may not."""

from typing import Any

import pytest
from pydantic import ValidationError

from burnish.intake.train_settings import settings_for
from burnish.plan import BaseModelPlan, TrainPlan
from burnish.plan_parallel import ParallelPlan

BASE = BaseModelPlan(path="builtin", licence="Apache-2.0", provenance="comes with burnish")


def plan(**told: Any) -> TrainPlan:
    return TrainPlan.model_validate(told)


@pytest.mark.parametrize("kind", ["ddp", "fsdp2", "zero2", "zero3"])
def test_what_a_plan_asks_of_processes_reaches_the_training(kind: str) -> None:
    made = settings_for(plan(parallel={"kind": kind, "ranks": 4}), 64, BASE)
    assert (made.parallel.kind, made.parallel.ranks) == (kind, 4)


@pytest.mark.parametrize("wanted", ["auto", True, False])
def test_what_a_plan_says_of_working_layers_out_twice_reaches_the_training(wanted: Any) -> None:
    made = settings_for(plan(gradient_checkpointing=wanted), 64, BASE)
    assert made.gradient_checkpointing == wanted


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"ranks": 2}, "name a kind for more than one process"),
        ({"kind": "ddp"}, "ddp needs at least 2"),
        ({"kind": "none", "ranks": 0}, "greater than or equal to 1"),
        ({"kind": "tensor", "ranks": 2}, "'none', 'ddp', 'fsdp2', 'zero2' or 'zero3'"),
    ],
)
def test_processes_that_make_no_sense_are_refused(told: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ParallelPlan.model_validate(told)


def test_a_private_training_is_of_one_process() -> None:
    with pytest.raises(ValidationError, match="in one process; leave parallel out under privacy"):
        plan(privacy={"epsilon": 8.0}, parallel={"kind": "ddp", "ranks": 2})


def test_processes_name_the_result() -> None:
    alone, two = plan(), plan(parallel={"kind": "ddp", "ranks": 2})
    assert alone.model_dump() != two.model_dump()
