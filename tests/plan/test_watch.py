"""What the plan refuses of watching and of a budget, and what of it names no result."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from burnish.plan import BudgetPlan, WatchPlan
from burnish.plan_example import EXAMPLE


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"prometheus": {"pushgateway": "http://push.example.org"}}, "must be https"),
        ({"prometheus": {"textfile": "burnish.txt"}}, r"end in \.prom"),
        ({"prometheus": {"port": 9464, "token": "env:TOKEN"}}, "token is for a pushgateway"),
        ({"mlflow": {"address": "http://10.0.0.5:5000"}}, "must be https"),
        ({"mlflow": {"address": "https://user:word@mlflow.example.org"}}, "address"),
        ({"mlflow": {"user": "env:USER"}}, "go together"),
        ({"mlflow": {"token": "t0ken"}}, "token"),
        ({"interruption": {"action": "stop"}}, "interruption.action"),
        ({"gradient": {"limit": 0.0}}, "gradient.limit"),
        ({"divergence": {"factor": 1.0}}, "divergence.factor"),
    ],
)
def test_what_cannot_work_or_would_be_overheard_is_refused(told: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        WatchPlan.model_validate(told)


def test_addresses_of_this_machine_may_be_plain() -> None:
    plan = WatchPlan.model_validate({"mlflow": {"address": "http://127.0.0.1:5000"}})

    assert plan.mlflow.experiment == "burnish"


@pytest.mark.parametrize("limit", ["training", "cap"])
def test_a_limit_of_cost_without_a_price_is_refused(limit: str) -> None:
    with pytest.raises(ValidationError, match=f"{limit} needs per_hour"):
        BudgetPlan.model_validate({limit: 10.0})


def test_watching_and_cost_name_no_result() -> None:
    watch = WatchPlan.model_validate({"gradient": {"limit": 3.0, "action": "wait"}})
    budget = BudgetPlan(per_hour=3.0, cap=100.0)
    other = EXAMPLE.model_copy(update={"watch": watch, "budget": budget})

    assert other.what_names_it() == EXAMPLE.what_names_it()
