"""One gradient, however it is come by: against transformers' own loss, and to the bit where due."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, load_file

from burnish.methods.models.load import load_base
from burnish.methods.training.examples import TrainData
from burnish.methods.training.loop import train
from burnish.methods.training.parallel.single import Single
from burnish.methods.training.ready import make_ready
from burnish.methods.training.recompute import is_on
from burnish.methods.training.settings import TrainSettings

Worlds = Callable[..., Any]
ROUNDING = 2e-6
"""Relative to a tensor's norm; fp32 rounds to 6e-8, and sums of some hundred terms are cut."""


@pytest.fixture(scope="module")
def expected(base: Path, data: TrainData) -> dict[str, torch.Tensor]:
    """Gradients of transformers' own loss over all examples, one at a time.

    It divides by the number of trained tokens of the whole step, as its Trainer does.
    """
    model = load_base(base)
    tokens = sum(example.targets for example in data.train)
    for example in data.train:
        ids = torch.from_numpy(example.ids).long()[None]
        labels = ids.masked_fill(~torch.from_numpy(example.trained)[None], -100)
        model(input_ids=ids, labels=labels, num_items_in_batch=tokens).loss.backward()
    found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    assert len(found) == len(list(model.parameters()))
    return found


WAYS: list[dict[str, Any]] = [
    {"packing": False, "micro_batch": 24, "accumulate": 1},
    {"packing": False, "micro_batch": 1, "accumulate": 24},
    {"packing": False, "micro_batch": 5, "accumulate": 6},
    {"packing": True, "micro_batch": 40, "accumulate": 1},
    {"packing": True, "micro_batch": 2, "accumulate": 20},
    {"packing": True, "micro_batch": 3, "accumulate": 20, "gradient_checkpointing": True},
    {"packing": True, "max_length": 25, "micro_batch": 40, "accumulate": 1},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_step_has_the_gradient_of_transformers_own_loss(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    expected: dict[str, torch.Tensor],
    way: dict[str, Any],
) -> None:
    """All 24 examples in one step; AdamW's first moments are then the gradient times 1 - beta1."""
    settings = replace(
        quick, technique="full", max_steps=1, clip_norm=0.0, checkpoint_every=1, eval_every=0, **way
    )
    seen = world()
    train(base, replace(data, validation=()), settings, seen.ports(), tmp_path / "out")

    _, files = seen.ports().checkpoints.latest()
    moments = load(files["optimiser.safetensors"])
    for name, gradient in expected.items():
        found = moments[f"{name}|exp_avg"] / (1 - settings.betas[0])
        assert (found - gradient).norm() <= ROUNDING * gradient.norm() + 1e-10, name
    norm = torch.stack([gradient.norm() for gradient in expected.values()]).norm()
    assert seen.steps[0].grad_norm == pytest.approx(float(norm), rel=1e-5)


@pytest.mark.parametrize(
    "change", [{}, {"precision": "bf16"}, {"technique": "full", "packing": False}], ids=str
)
def test_working_layers_out_twice_changes_no_bit(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    change: dict[str, Any],
) -> None:
    made = []
    for wanted in (False, True):
        settings = replace(quick, gradient_checkpointing=wanted, **change)
        out = tmp_path / str(wanted)
        result = train(base, data, settings, world(f"ck-{wanted}").ports(), out)
        made.append((result, {p.name: p.read_bytes() for p in out.iterdir()}))

    assert made[0] == made[1]


def test_a_run_may_go_on_with_its_layers_worked_out_twice(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    straight = train(base, data, quick, world("straight").ports(), tmp_path / "straight")
    with pytest.raises(KeyboardInterrupt):
        train(base, data, quick, world("cut", abort_at=4).ports(), tmp_path / "cut")
    twice = replace(quick, gradient_checkpointing=True)

    assert train(base, data, twice, world("cut").ports(), tmp_path / "cut") == straight
    name = "adapter_model.safetensors"
    assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()


@pytest.mark.parametrize(("wanted", "on"), [("auto", False), (True, True), (False, False)])
def test_layers_are_worked_out_twice_where_it_is_asked_for(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, wanted: Any, *, on: bool
) -> None:
    settings = replace(quick, gradient_checkpointing=wanted)
    ready = make_ready(base, data, settings, world().ports(), Single())
    assert is_on(ready.model) is on


def test_a_prefix_is_refused_where_layers_are_to_be_worked_out_twice(quick: TrainSettings) -> None:
    with pytest.raises(ValueError, match="prefix"):
        replace(quick, technique="prefix", packing=False, gradient_checkpointing=True)


def test_a_learning_rate_of_zero_leaves_every_trained_bit_as_it_was(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    still = replace(quick, technique="full", learning_rate=0.0, weight_decay=0.1)
    train(base, data, still, world().ports(), tmp_path / "out")

    before, after = (load_file(folder / "model.safetensors") for folder in (base, tmp_path / "out"))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("change", [{"ranks": 2, "kind": "ddp"}])
def test_settings_for_more_ranks_than_were_started_are_refused(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    change: dict[str, Any],
) -> None:
    settings = replace(quick, parallel=replace(quick.parallel, **change))
    with pytest.raises(ValueError, match=r"ask for 2 ranks \(parallel\.ranks\), but 1"):
        train(base, data, settings, world().ports(), tmp_path / "out")
