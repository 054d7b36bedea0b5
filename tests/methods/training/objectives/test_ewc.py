"""Elastic weight consolidation: its Fisher, its penalty, what it holds and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from burnish.methods.models.load import attach, load_base
from burnish.methods.training.ewc import Held, Penalty, held_weights, require_room
from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.fisher import digest_of, draw, fisher, written_by
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.loop import train
from burnish.methods.training.objective_settings import EwcSettings, ObjectiveSettings
from burnish.methods.training.records import Interrupted
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import LoraSettings

Worlds = Callable[..., Any]
CPU = torch.device("cpu")
PLAIN = LoraSettings(4, 8, 0.0)


def held_by(settings: TrainSettings, weight: float = 1.0, **more: Any) -> TrainSettings:
    how = EwcSettings(weight=weight, rows=8, length=12, **more)
    return replace(settings, lora=PLAIN, objective=ObjectiveSettings(ewc=how))


def seeded(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    return {n: p for n, p in model.named_parameters() if p.requires_grad}


def test_the_fisher_is_the_expected_square_of_the_score_under_the_model_itself(
    base: Path, quick: TrainSettings, examples: Callable[..., list[Example]]
) -> None:
    model, (row,) = load_base(base), examples(1, longest=12)
    forward = Forward(model, quick, CPU)
    weight = dict(model.named_parameters())["model.norm.weight"]
    logs = forward.label_logits(forward.lay(((0,),), [row], 0)).log_softmax(-1)
    (scores,) = torch.autograd.grad(
        logs, weight, torch.eye(logs.numel()).reshape(-1, *logs.shape), is_grads_batched=True
    )
    chances = logs.detach().exp().flatten()
    exact = (chances[:, None] * scores.square()).sum(0) / row.targets

    (found,) = fisher(forward, [row] * 400, [weight], seeded())

    torch.testing.assert_close(found.sum(), exact.sum(), rtol=0.15, atol=0)
    assert float(torch.corrcoef(torch.stack((found, exact)))[0, 1]) > 0.9


def test_making_it_leaves_no_trace_and_gives_the_same_again(
    base: Path, quick: TrainSettings, examples: Callable[..., list[Example]]
) -> None:
    model = trainable_model(base, held_by(quick))
    model.train()
    before = {n: (p.requires_grad, p.detach().clone()) for n, p in model.named_parameters()}
    state = torch.get_rng_state()
    weights = [one.weight for one in held_weights(model, trained(model))]

    made = [fisher(Forward(model, quick, CPU), examples(3), weights, seeded()) for _ in "ab"]

    assert digest_of(made[0]) == digest_of(made[1])
    assert all(float(one.max()) > 0 for one in made[0])
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad is before[name][0]
        assert parameter.grad is None
        assert torch.equal(parameter, before[name][1])


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    chances = torch.tensor([0.5, 0.3, 0.15, 0.05])

    drawn = draw(chances.log().expand(20_000, 4), seeded())

    shares = torch.bincount(drawn, minlength=4) / len(drawn)
    torch.testing.assert_close(shares, chances, atol=0.015, rtol=0)


def test_the_base_writes_texts_of_its_own(base: Path, quick: TrainSettings) -> None:
    forward = Forward(load_base(base), quick, CPU)

    one, again = (written_by(forward, 20, 9, seeded()) for _ in "ab")

    assert len(one) == 20
    assert all(np.array_equal(a.ids, b.ids) for a, b in zip(one, again, strict=True))
    for text in one:
        assert 2 <= len(text.ids) <= 9
        assert text.ids[0] == 1
        assert text.targets == len(text.ids) - 1
        assert 2 not in text.ids[1:-1]
    assert len({text.ids.tobytes() for text in one}) > 15


@pytest.mark.parametrize("technique", ["full", "lora", "houlsby", "ia3"])
def test_penalty_and_gradient_are_those_of_the_formula(
    base: Path, quick: TrainSettings, data: TrainData, technique: Any
) -> None:
    cut = held_by(replace(quick, technique=technique), weight=3.0)
    model = trainable_model(base, cut)
    start = {n: p.detach().clone() for n, p in model.named_parameters()}
    penalty = Penalty(Forward(model, cut, CPU), data, cut, trained(model))
    assert penalty.add_gradient() == 0
    model.zero_grad()
    with torch.no_grad():
        for parameter in trained(model).values():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=seeded()))
    expected: Any = torch.zeros(())
    named = dict(model.named_parameters())
    for one, matters in zip(penalty.held, penalty.fisher, strict=True):
        name = next(n for n, p in named.items() if p is one.weight)
        if technique == "lora":
            stem = name.removesuffix(".base_layer.weight")
            low = [named[f"{stem}.lora_{side}.default.weight"] for side in "BA"]
            moved = 8 / 4 * low[0] @ low[1]
        else:
            moved = named[name] - start[name]
        expected = expected + 3.0 / 2 * (matters * moved**2).sum()
    wanted = torch.autograd.grad(expected, list(trained(model).values()), allow_unused=True)

    value = penalty.add_gradient()

    assert value == pytest.approx(float(expected.detach()), rel=1e-5)
    assert value > 0
    for parameter, gradient in zip(trained(model).values(), wanted, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-7)


def drift(base: Path, tuned: nn.Module, settings: TrainSettings) -> float:
    """Nats per token by which the tuned model diverges from its base on texts of the base."""
    known = Forward(load_base(base), settings, CPU)
    texts = written_by(known, 24, 16, seeded(99))
    batch = known.lay(tuple((i,) for i in range(len(texts))), texts, 0)
    asked = Forward(tuned, settings, CPU)  # type: ignore[arg-type]
    with inference(known.model), inference(asked.model):
        before, after = (f.label_logits(batch).log_softmax(-1) for f in (known, asked))
    return float(functional.kl_div(after, before, log_target=True, reduction="batchmean"))


@pytest.mark.parametrize("technique", ["full", "lora"])
def test_what_the_base_said_is_forgotten_less_under_it(
    base: Path, quick: TrainSettings, data: TrainData, world: Worlds, tmp_path: Path,
    technique: Any,
) -> None:  # fmt: skip
    found, losses = {}, {}
    rate = 3e-3 if technique == "full" else 1e-2
    for weight in (0.0, 30.0):
        cut = replace(held_by(quick, weight), technique=technique, epochs=6, learning_rate=rate)
        if weight:
            cut = replace(
                cut, objective=ObjectiveSettings(ewc=EwcSettings(weight=weight, rows=48, length=16))
            )
        out = tmp_path / f"{weight}"
        result = train(base, data, cut, world(f"{weight}-kept").ports(), out)
        tuned = load_base(out) if technique == "full" else attach(load_base(base), out)
        found[weight], losses[weight] = drift(base, tuned, cut), result.losses

    assert found[30.0] < 0.7 * found[0.0]
    assert np.mean(losses[30.0][-4:]) < 0.85 * np.mean(losses[30.0][:4])


def test_a_weight_of_zero_changes_nothing_to_the_bit(
    base: Path, quick: TrainSettings, data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    seen = [world("none"), world("zero"), world("some")]
    kinds = [replace(quick, lora=PLAIN), held_by(quick, 0.0), held_by(quick, 1.0)]

    results = [
        train(base, data, cut, one.ports(), tmp_path / f"{number}")
        for number, (cut, one) in enumerate(zip(kinds, seen, strict=True))
    ]

    weights = [(tmp_path / f"{n}" / "adapter_model.safetensors").read_bytes() for n in range(3)]
    assert results[0] == results[1]
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]
    assert {step.penalty for step in seen[1].steps} == {None}
    assert [step.penalty > 0 for step in seen[2].steps[1:]] == [True] * (results[2].steps - 1)


@pytest.mark.parametrize("technique", ["full", "lora"])
def test_an_interrupted_run_ends_in_the_bits_of_an_uninterrupted_one(
    base: Path, quick: TrainSettings, data: TrainData, world: Worlds, tmp_path: Path,
    technique: Any,
) -> None:  # fmt: skip
    cut = replace(held_by(quick, 5.0), technique=technique)
    straight = train(base, data, cut, world("straight").ports(), tmp_path / "straight-out")

    with pytest.raises(Interrupted):
        train(base, data, cut, world("broken", stop_at=3).ports(), tmp_path / "out")
    resumed = train(base, data, cut, world("broken").ports(), tmp_path / "out")

    assert resumed == straight
    for file in (tmp_path / "straight-out").glob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "out" / file.name).read_bytes()


def test_a_checkpoint_held_by_another_fisher_is_refused(
    base: Path, quick: TrainSettings, data: TrainData, world: Worlds, tmp_path: Path,
    examples: Callable[..., list[Example]],
) -> None:  # fmt: skip
    cut = held_by(quick, sources=("handbook",))
    general = replace(data, general=examples(4, seed=8))
    with pytest.raises(Interrupted):
        train(base, general, cut, world("kept", stop_at=2).ports(), tmp_path / "out")

    other = replace(data, general=examples(4, seed=9))
    with pytest.raises(ValueError, match=r"another run .different: weights held by ewc"):
        train(base, other, cut, world("kept").ports(), tmp_path / "out")


def test_the_general_rows_decide_what_is_held(
    base: Path, quick: TrainSettings, data: TrainData, examples: Callable[..., list[Example]]
) -> None:
    cut = held_by(quick, sources=("handbook",))
    model = trainable_model(base, cut)
    forward = Forward(model, cut, CPU)

    made = {
        Penalty(forward, replace(data, general=rows), cut, trained(model)).digest
        for rows in (examples(4, seed=8), examples(4, seed=8), examples(4, seed=9))
    }

    assert len(made) == 2
    with pytest.raises(ValueError, match="no row of the training part comes from handbook"):
        Penalty(forward, data, cut, trained(model))


def test_an_adapter_that_starts_with_a_part_of_the_base_is_held_to_that_start(
    base: Path, quick: TrainSettings
) -> None:
    pissa = replace(quick, lora=LoraSettings(4, 8, 0.0, pissa=True))
    model = trainable_model(base, pissa)

    held = held_weights(model, trained(model))

    assert all(one.start is not None for one in held)
    assert all(float(one.moved().detach().abs().max()) == 0 for one in held)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ({"technique": "prefix", "packing": False}, "virtual tokens were not"),
        ({"technique": "prompt", "packing": False}, "virtual tokens were not"),
        ({"lora": LoraSettings(4, 8, 0.0, dora=True)}, "set lora.dora to false"),
    ],
)
def test_a_technique_whose_start_says_nothing_is_refused(
    base: Path, quick: TrainSettings, kind: dict[str, Any], told: str
) -> None:
    model = trainable_model(base, replace(quick, **kind))

    with pytest.raises(ValueError, match=told):
        held_weights(model, trained(model))


def test_norms_beside_an_adapter_are_held_as_they_are(base: Path, quick: TrainSettings) -> None:
    norms = replace(quick, lora=LoraSettings(4, 8, 0.0, norms=True))
    model = trainable_model(base, norms)

    held = held_weights(model, trained(model))

    alone = [one for one in held if one.layer is None]
    assert alone
    assert all(one.weight.ndim == 1 for one in alone)


def test_weights_in_few_bits_and_weights_past_the_memory_are_refused(
    base: Path, quick: TrainSettings
) -> None:
    qlora = replace(quick, technique="qlora")
    model = trainable_model(base, qlora)
    with pytest.raises(ValueError, match="holds them in few bits"):
        held_weights(model, trained(model))

    vast = nn.Parameter(torch.empty(10**8, 10**7, device="meta"))
    with pytest.raises(ValueError, match=r"ewc keeps 4 bytes .* GB are free"):
        require_room([Held(vast, None)], CPU)


def test_random_weights_have_nothing_to_hold(quick: TrainSettings) -> None:
    with pytest.raises(ValueError, match="random weights know nothing"):
        replace(held_by(quick), from_scratch=True)
    with pytest.raises(ValueError, match="weight"):
        EwcSettings(weight=float("nan"))
    with pytest.raises(ValueError, match="rows"):
        EwcSettings(rows=0)


def test_the_trained_file_is_the_task_and_not_the_penalty(
    base: Path, quick: TrainSettings, data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    """Nothing of the Fisher is written beside the adapter."""
    result = train(base, data, held_by(quick), world().ports(), tmp_path / "out")

    names = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert result.files == ("adapter_config.json", "adapter_model.safetensors")
    assert all("lora_" in name for name in names)
