"""Noise on embeddings and smoothed labels: in training only, to the size that the papers say."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from burnish.methods.models.load import load_base
from burnish.methods.training.batch import collate
from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.loop import train
from burnish.methods.training.noise import EmbeddingNoise, lengths
from burnish.methods.training.objective_settings import ObjectiveSettings
from burnish.methods.training.privacy_settings import PrivacyRefused, PrivacySettings
from burnish.methods.training.private.steps import unit_losses
from burnish.methods.training.records import Interrupted
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import LoraSettings

Worlds = Callable[..., Any]
CPU = torch.device("cpu")
PLAIN = LoraSettings(4, 8, 0.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=4), min_size=1, max_size=4))
def test_each_token_knows_the_length_of_its_own_document(rows: list[list[int]]) -> None:
    width = max(map(sum, rows)) + 1
    documents = torch.zeros(len(rows), width, dtype=torch.int64)
    for line, row in enumerate(rows):
        numbers = [n for n, length in enumerate(row, 1) for _ in range(length)]
        documents[line, : len(numbers)] = torch.tensor(numbers)

    found = lengths(documents)

    for line, row in enumerate(rows):
        expected = [length for length in row for _ in range(length)]
        assert found[line, : len(expected)].tolist() == expected


@pytest.mark.parametrize("rows", [((0, 1), (2,)), ((0,), (1,), (2,))])
def test_the_noise_is_uniform_within_alpha_over_the_root_of_length_times_width(
    examples: Callable[..., list[Example]], rows: Any
) -> None:
    made = examples(3, seed=4)
    batch = collate(rows, made, 0, CPU)
    embedded = torch.zeros(*batch.ids.shape, 512)
    torch.manual_seed(0)

    noise = EmbeddingNoise(5.0).draw(embedded, batch.documents)

    for line, row in enumerate(rows):
        start = 0
        for index in row:
            end = start + len(made[index].ids)
            bound = 5.0 / np.sqrt(len(made[index].ids) * 512)
            here = noise[line, start:end]
            assert float(here.abs().max()) <= bound
            assert float(here.abs().max()) > 0.99 * bound
            assert float(here.std()) == pytest.approx(bound / np.sqrt(3), rel=0.05)
            start = end
        assert not noise[line, start:].any()


def test_it_is_there_in_training_alone_and_leaves_no_hook(
    base: Path, quick: TrainSettings, data: TrainData
) -> None:
    model = load_base(base)
    noisy = replace(quick, objective=ObjectiveSettings(neftune=5.0))
    forward = Forward(model, noisy, CPU)
    batch = forward.lay(((0,), (1, 2)), data.train, 0)
    with inference(model):
        calm, again = float(forward.loss(batch)), float(forward.loss(batch))
        plain = float(Forward(model, quick, CPU).loss(batch))

    model.train()
    with torch.no_grad():
        torch.manual_seed(1)
        first = float(forward.loss(batch))
        second = float(forward.loss(batch))
        torch.manual_seed(1)
        repeated = float(forward.loss(batch))

    assert calm == again == plain
    assert first == repeated
    assert len({calm, first, second}) == 3
    assert not model.get_input_embeddings()._forward_hooks


def test_no_noise_draws_nothing(base: Path, quick: TrainSettings, data: TrainData) -> None:
    model = load_base(base)
    model.train()
    state = torch.get_rng_state()

    Forward(model, quick, CPU).loss(collate(((0,),), data.train, 0, CPU))

    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("technique", ["prefix", "prompt", "houlsby"])
def test_it_reaches_the_text_and_not_the_virtual_tokens(
    base: Path, quick: TrainSettings, data: TrainData, technique: Any
) -> None:
    noisy = replace(
        quick, technique=technique, packing=False, objective=ObjectiveSettings(neftune=5.0)
    )
    model = trainable_model(base, noisy)
    seen: list[torch.Size] = []
    model.get_input_embeddings().register_forward_hook(lambda _m, _i, out: seen.append(out.shape))
    forward = Forward(model, noisy, CPU)
    batch = forward.lay(((0,), (1,)), data.train, 0)
    model.train()

    losses = [float(forward.loss(batch).detach()) for _ in "ab"]

    assert losses[0] != losses[1]
    assert seen[-1][:2] == batch.ids.shape


def test_embeddings_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="set neftune to 0"):
        EmbeddingNoise(1.0).draw(torch.zeros(1, 7, 4), torch.ones(1, 5, dtype=torch.int64))


@pytest.mark.parametrize("technique", ["lora", "full"])
def test_training_with_noise_and_smoothing_learns_and_resumes_to_the_bit(
    base: Path, quick: TrainSettings, data: TrainData, world: Worlds, tmp_path: Path,
    technique: Any,
) -> None:  # fmt: skip
    both = ObjectiveSettings(neftune=1.0, label_smoothing=0.1)
    cut = replace(quick, technique=technique, objective=both, epochs=6)
    straight = train(base, data, cut, world("straight").ports(), tmp_path / "straight-out")

    middle = straight.steps // 2
    with pytest.raises(Interrupted):
        train(base, data, cut, world("broken", stop_at=middle).ports(), tmp_path / "out")
    resumed = train(base, data, cut, world("broken").ports(), tmp_path / "out")

    assert resumed == straight
    assert np.mean(straight.losses[-3:]) < 0.9 * np.mean(straight.losses[:3])
    assert straight.validation[-1].loss < straight.validation[0].loss
    for file in (tmp_path / "straight-out").glob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "out" / file.name).read_bytes()


def test_smoothed_labels_are_those_of_torch_in_training_and_plain_ones_in_validation(
    base: Path, quick: TrainSettings, data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    model = load_base(base)
    total, tokens = torch.zeros(()), 0
    for example in data.train:
        ids = torch.tensor(example.ids[None].astype(np.int64))
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, :-1]
        asked = torch.tensor(example.trained[1:])
        total += functional.cross_entropy(
            logits[asked], ids[0, 1:][asked], reduction="sum", label_smoothing=0.2
        )
        tokens += example.targets
    smooth = replace(
        quick, lora=PLAIN, max_steps=1, micro_batch=5, accumulate=5,
        objective=ObjectiveSettings(label_smoothing=0.2),
    )  # fmt: skip
    plain = replace(smooth, objective=ObjectiveSettings())

    one = train(base, data, smooth, world("smooth").ports(), tmp_path / "smooth")
    other = train(base, data, plain, world("plain").ports(), tmp_path / "plain")

    assert one.losses[0] == pytest.approx(float(total) / tokens, abs=1e-5)
    assert one.losses[0] > other.losses[0]
    assert one.validation[0] == other.validation[0]


def test_a_private_unit_is_smoothed_as_any_other(
    base: Path, quick: TrainSettings, data: TrainData
) -> None:
    forward = Forward(load_base(base), quick, CPU)
    losses = partial(unit_losses, forward, data.train, 0)

    with torch.no_grad():
        found = losses(((0,), (1, 2)), smoothing=0.2)
        each = []
        for example in data.train[:3]:
            batch = collate(((0,),), [example], 0, CPU)
            each.append(float(forward.loss(batch, 0.2)) / example.targets)

    assert found.tolist() == pytest.approx([each[0], (each[1] + each[2]) / 2], rel=1e-5)


def test_privacy_refuses_what_would_undo_it(quick: TrainSettings) -> None:
    private = replace(
        quick, packing=False, lora=PLAIN, privacy=PrivacySettings(noise=1.0, rate=0.1, steps=5)
    )
    for wrong in (ObjectiveSettings(neftune=1.0), ObjectiveSettings(goal="preference")):
        with pytest.raises(PrivacyRefused, match=r"set neftune to 0|set objective to supervised"):
            replace(private, objective=wrong)


@pytest.mark.parametrize("wrong", [{"neftune": -1.0}, {"label_smoothing": 1.0}, {"goal": "x"}])
def test_settings_out_of_range_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"neftune|label_smoothing|objective"):
        ObjectiveSettings(**wrong)
