"""Early stopping: when, and which weights are written."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.loop import train
from burnish.methods.training.objective_settings import EarlyStop, ObjectiveSettings
from burnish.methods.training.records import EvalRecord, Interrupted, Unchanged
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.stopping import best_of, waited
from burnish.methods.training.technique_settings import LoraSettings

Worlds = Callable[..., Any]


def seen(*losses: float) -> list[EvalRecord]:
    return [EvalRecord(step, loss, 1) for step, loss in enumerate(losses)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 9), min_size=1, max_size=12))
def test_without_a_margin_the_best_is_the_first_of_the_lowest(losses: list[float]) -> None:
    assert best_of(seen(*losses), 0.0) == losses.index(min(losses))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 9), min_size=1, max_size=12), st.integers(1, 4), st.floats(0, 2))
def test_it_is_over_at_the_first_time_that_patience_runs_out_and_stays_so(
    losses: list[float], patience: int, margin: float
) -> None:
    rule = EarlyStop(patience, margin)
    over = [waited(seen(*losses[:n]), rule) for n in range(1, len(losses) + 1)]

    lowest, since = math.inf, 0
    for loss, told in zip(losses, over, strict=True):
        lowest, since = (loss, 0) if loss < lowest - margin else (lowest, since + 1)
        assert told is (since >= patience)


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    assert best_of(seen(3.0, math.nan, 2.0, math.nan), 0.0) == 2
    assert waited(seen(3.0, math.nan), EarlyStop(1))
    assert not waited([], EarlyStop(1))


@pytest.fixture
def stopping(quick: TrainSettings) -> TrainSettings:
    """Learns so fast by heart that validation soon rises."""
    return replace(
        quick, technique="full", learning_rate=5e-3, schedule="constant", epochs=20,
        eval_every=1, checkpoint_every=1, objective=ObjectiveSettings(early_stop=EarlyStop(3)),
    )  # fmt: skip


@pytest.mark.parametrize("technique", ["full", "lora"])
def test_it_stops_and_writes_the_weights_of_the_best_validation(
    base: Path, data: TrainData, stopping: TrainSettings, world: Worlds, tmp_path: Path,
    technique: Any,
) -> None:  # fmt: skip
    cut = replace(stopping, technique=technique, lora=LoraSettings(8, 32, 0.0))

    result = train(base, data, cut, world().ports(), tmp_path / "out")

    losses = [record.loss for record in result.validation]
    best = losses.index(min(losses))
    assert 0 < best < result.steps
    assert result.steps == best + 3 < 20 * 5
    assert result.written_step == best
    assert result.ended.startswith(f"stopped after step {best + 3}: validation was best after")
    kept = load_file(tmp_path / "checkpoints" / f"{best:08d}" / "weights.safetensors")
    (file,) = (tmp_path / "out").glob("*.safetensors")
    for name, tensor in load_file(file).items():
        there = kept[name if technique == "full" else name.replace(".weight", ".default.weight")]
        assert there.equal(tensor)


@pytest.mark.parametrize("after", [-1, 0, 2])
def test_stopped_before_or_after_the_best_it_ends_in_the_same_bits(
    base: Path, data: TrainData, stopping: TrainSettings, world: Worlds, tmp_path: Path, after: int
) -> None:
    straight = train(base, data, stopping, world("straight").ports(), tmp_path / "straight-out")

    asked = world("broken", stop_at=straight.written_step + after)
    with pytest.raises(Interrupted):
        train(base, data, stopping, asked.ports(), tmp_path / "out")
    resumed = train(base, data, stopping, world("broken").ports(), tmp_path / "out")

    assert resumed == straight
    for file in (tmp_path / "straight-out").glob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "out" / file.name).read_bytes()


def test_a_run_that_ends_by_itself_still_writes_its_best(
    base: Path, data: TrainData, stopping: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    patient = replace(stopping, max_steps=8, objective=ObjectiveSettings(early_stop=EarlyStop(99)))

    result = train(base, data, patient, world().ports(), tmp_path / "out")

    losses = [record.loss for record in result.validation]
    assert result.steps == 8
    assert result.written_step == losses.index(min(losses))
    assert result.ended.startswith("all steps taken; validation was best after step")


def test_where_no_validation_is_better_than_the_base_nothing_is_written(
    base: Path, data: TrainData, stopping: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    strict = ObjectiveSettings(early_stop=EarlyStop(2, min_delta=50.0))

    with pytest.raises(Unchanged, match="no validation in 2 steps was better than that"):
        train(base, data, replace(stopping, objective=strict), world().ports(), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_without_validation_there_is_nothing_to_stop_by(
    base: Path, data: TrainData, stopping: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    blind = replace(data, validation=list[Example]())

    with pytest.raises(ValueError, match=r"give split\.validation a share"):
        train(base, blind, stopping, world().ports(), tmp_path / "out")
    with pytest.raises(ValueError, match="eval_every a number"):
        train(base, data, replace(stopping, eval_every=0), world().ports(), tmp_path / "out")


def test_without_the_rule_the_record_says_that_all_steps_were_taken(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    result = train(base, data, replace(quick, max_steps=2), world().ports(), tmp_path / "out")

    assert (result.written_step, result.ended) == (2, "all steps taken")


@pytest.mark.parametrize("wrong", [{"patience": 0}, {"min_delta": -0.1}])
def test_a_rule_out_of_range_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EarlyStop(**wrong)
