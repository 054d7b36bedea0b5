import pickle
from typing import Any

import pytest

from burnish.methods.training.optimise import learning_rate
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import LoraSettings


def test_settings_survive_pickling() -> None:
    settings = TrainSettings(lora=LoraSettings(targets=("q_proj", "v_proj")), max_steps=5)

    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301


@pytest.mark.parametrize(
    "wrong",
    [
        {"technique": "magic"},
        {"learning_rate": float("nan")},
        {"betas": (0.9, 1.0)},
        {"max_steps": 0},
        {"micro_batch": 0},
        {"precision": "fp8"},
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrainSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"rank": 0}, {"alpha": -1}, {"dropout": 1.0}])
def test_an_adapter_out_of_range_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LoraSettings(**wrong)


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_the_rate_rises_to_its_peak_and_never_exceeds_it(schedule: Any) -> None:
    settings = TrainSettings(learning_rate=2.0, schedule=schedule, warmup_share=0.2)

    rates = [learning_rate(step, 20, settings) for step in range(20)]

    assert rates[:4] == [0.5, 1.0, 1.5, 2.0]
    assert max(rates) == 2.0
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] > 0


def test_the_schedules_end_as_their_names_say() -> None:
    last = {
        name: learning_rate(9, 10, TrainSettings(learning_rate=1.0, schedule=name, warmup_share=0))
        for name in ("cosine", "linear", "constant")
    }

    assert last["constant"] == 1.0
    assert last["linear"] == pytest.approx(0.1)
    assert last["cosine"] < last["linear"]
