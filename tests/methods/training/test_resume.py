from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from burnish.methods.models.load import random_like
from burnish.methods.training.examples import TrainData
from burnish.methods.training.loop import train
from burnish.methods.training.records import Interrupted
from burnish.methods.training.settings import TrainSettings

Worlds = Callable[..., Any]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


@pytest.mark.parametrize("fault", ["stop_at", "abort_at"])
@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"precision": "bf16"},
        {"technique": "full", "packing": False, "weight_decay": 0.1},
    ],
)
def test_an_interrupted_run_ends_in_the_bits_of_an_uninterrupted_one(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    fault: str,
    variant: dict[str, Any],
) -> None:
    settings = replace(quick, max_length=30, **variant)
    straight = train(base, data, settings, world("straight").ports(), tmp_path / "straight-out")
    middle_of_epoch_2 = straight.steps // 2 + 2
    broken = world("broken", **{fault: middle_of_epoch_2})
    torch.manual_seed(11)  # what the process did before must not matter

    with pytest.raises((Interrupted, KeyboardInterrupt)):
        train(base, data, settings, broken.ports(), tmp_path / "out")
    torch.manual_seed(12)
    again = world("broken")
    resumed = train(base, data, settings, again.ports(), tmp_path / "out")

    assert again.steps[0].epoch == 2
    assert 1 < again.steps[0].step <= middle_of_epoch_2 + 1
    assert resumed == straight
    assert contents(tmp_path / "out") == contents(tmp_path / "straight-out")


def test_being_asked_to_stop_saves_the_step_that_was_just_done(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    seen = world(stop_at=3)

    with pytest.raises(Interrupted) as stopped:
        train(base, data, replace(quick, checkpoint_every=0), seen.ports(), tmp_path / "out")

    kept = seen.ports().checkpoints.latest()
    assert stopped.value.step == 3
    assert kept is not None
    assert kept[0] == 3
    assert {Path(name).suffix for name in kept[1]} == {".safetensors", ".json"}
    assert not (tmp_path / "out").exists()


@pytest.fixture
def interrupted(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> Path:
    """The folder of the only checkpoint of a run that was stopped after step 3."""
    settings = replace(quick, checkpoint_every=0)
    with pytest.raises(Interrupted):
        train(base, data, settings, world(stop_at=3).ports(), tmp_path / "out")
    return tmp_path / "checkpoints" / "00000003"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"learning_rate": 5e-3}, "setting learning_rate"),
        ({"seed": 4}, "setting seed"),
        ({"micro_batch": 4}, "setting micro_batch"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused_by_name(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    interrupted: Path,
    change: dict[str, Any],
    named: str,
) -> None:
    with pytest.raises(ValueError, match=f"another run .different: {named}"):
        train(base, data, replace(quick, **change), world().ports(), tmp_path / "out")


def test_a_checkpoint_of_other_data_or_another_base_is_refused(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    interrupted: Path,
) -> None:
    other = tmp_path / "other-base"
    random_like(base, 5).save_pretrained(other)
    fewer = replace(data, train=data.train[1:])

    with pytest.raises(ValueError, match="different: training data"):
        train(base, fewer, quick, world().ports(), tmp_path / "out")
    with pytest.raises(ValueError, match="different: model"):
        train(other, data, quick, world().ports(), tmp_path / "out")


@pytest.mark.parametrize("damage", ["cut", "flipped", "missing", "manifest", "misfiled"])
def test_a_damaged_checkpoint_is_refused(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    interrupted: Path,
    damage: str,
) -> None:
    weights = interrupted / "weights.safetensors"
    content = weights.read_bytes()
    if damage == "cut":
        weights.write_bytes(content[:-40])
    elif damage == "flipped":
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "missing":
        weights.unlink()
    elif damage == "manifest":
        (interrupted / "manifest.json").write_text("[", encoding="utf-8")
    else:
        interrupted.rename(interrupted.parent / "00000007")

    with pytest.raises(ValueError, match="checkpoint"):
        train(base, data, quick, world().ports(), tmp_path / "out")


def test_a_checkpoint_may_be_taken_up_with_other_intervals(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    interrupted: Path,
) -> None:
    seen = world()

    train(base, data, replace(quick, checkpoint_every=5), seen.ports(), tmp_path / "out")

    assert seen.steps[0].step == 4
