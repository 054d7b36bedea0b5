"""Preference tuning: its loss against the papers, its bookkeeping, its refusals."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, load_file, save

from burnish.methods.models.load import load_base
from burnish.methods.training.examples import Example, TrainData, digest
from burnish.methods.training.forward import Forward
from burnish.methods.training.loop import train
from burnish.methods.training.objective_settings import ObjectiveSettings, PreferenceSettings
from burnish.methods.training.pack import epoch_steps
from burnish.methods.training.pairs import Both, Pairs, Reference, members, pairs_of
from burnish.methods.training.preference import Answers, judge
from burnish.methods.training.records import Diverged, Interrupted
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import LoraSettings

Worlds = Callable[..., Any]
CPU = torch.device("cpu")
WAYS = [
    (PreferenceSettings(), True),
    (PreferenceSettings(beta=0.5, label_smoothing=0.2), False),
    (PreferenceSettings(loss="ipo", beta=0.3), True),
    (PreferenceSettings(loss="ipo", beta=0.3, by_length=True), True),
    (PreferenceSettings(beta=2.0, by_length=True, sft=0.7), False),
]


@pytest.fixture
def preferring(quick: TrainSettings) -> TrainSettings:
    return replace(quick, objective=ObjectiveSettings(goal="preference"))


def by_hand(model: Any, example: Example) -> torch.Tensor:
    """Log p of the trained tokens of one answer, token by token."""
    ids = torch.tensor(example.ids[None].astype(np.int64))
    logits = model(input_ids=ids).logits[0]
    total: Any = torch.zeros(())
    for place in range(1, len(example.ids)):
        if example.trained[place]:
            total = total + torch.log_softmax(logits[place - 1], -1)[int(example.ids[place])]
    found: torch.Tensor = total
    return found


def of_the_papers(model: Any, base: Any, pair: Example, how: PreferenceSettings) -> torch.Tensor:
    """The loss of one pair, written from the papers' formulas."""
    assert pair.rejected is not None
    ratios: list[torch.Tensor] = []
    for half in (pair, pair.rejected):
        with torch.no_grad():
            known = by_hand(base, half)
        ratios.append((by_hand(model, half) - known) / (half.targets if how.by_length else 1))
    h = ratios[0] - ratios[1]
    if how.loss == "ipo":
        loss = (h - 1 / (2 * how.beta)) ** 2
    else:
        prefer = 1 / (1 + torch.exp(-how.beta * h))
        e = how.label_smoothing
        loss = -(1 - e) * torch.log(prefer) - e * torch.log(1 - prefer)
    return loss - how.sft * by_hand(model, pair) / pair.targets


def stirred(model: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return model


@pytest.mark.parametrize(("how", "packing"), WAYS, ids=str)
def test_loss_and_gradient_of_a_step_are_those_of_the_papers_pair_by_pair(
    base: Path, preferring: TrainSettings, pairs: Any, how: PreferenceSettings, packing: bool
) -> None:
    rows = pairs(6)
    cut = replace(
        preferring,
        technique="full",
        packing=packing,
        objective=ObjectiveSettings(goal="preference", preference=how),
    )
    model = load_base(base)
    forward = Forward(model, cut, CPU)
    reference = Reference({"train": Pairs(forward, rows, 0)}, cut)
    reference.begin()
    stirred(model)
    there = load_base(base)
    stirred(there)
    together = 0.0

    (step, *_) = epoch_steps(reference.parts["train"].lengths, replace(cut, micro_batch=3), 0)
    taken = [index for micro in step for index in members(micro)]
    for micro in step:
        answers = reference.parts["train"].answers(micro)
        loss = judge(answers, reference.of("train", members(micro)), how).loss.sum() / len(taken)
        loss.backward()  # type: ignore[no-untyped-call]
        together += float(loss.detach())
    known = load_base(base)
    alone = torch.stack([of_the_papers(there, known, rows[i], how) for i in taken]).mean()
    alone.backward()  # type: ignore[no-untyped-call]

    assert len(taken) > 2
    assert together == pytest.approx(alone.item(), rel=1e-4)
    expected = dict(there.named_parameters())
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name].grad, atol=2e-5, rtol=2e-3)


@settings(max_examples=50, deadline=None)
@given(
    numbers=st.lists(st.floats(-40, 0), min_size=4, max_size=4),
    beta=st.floats(0.01, 2),
    share=st.floats(0, 0.49),
)
def test_swapping_the_answers_swaps_the_rewards_and_smoothing_is_a_mixture_of_both_ways(
    numbers: list[float], beta: float, share: float
) -> None:
    a, b, c, d = (torch.tensor([n], dtype=torch.float64) for n in numbers)
    one = torch.ones(1, dtype=torch.float64)
    plain, smooth = (
        PreferenceSettings(beta=beta),
        PreferenceSettings(beta=beta, label_smoothing=share),
    )

    right = judge(Answers(a, b, one, one), (c, d), plain)
    wrong = judge(Answers(b, a, one, one), (d, c), plain)
    mixed = judge(Answers(a, b, one, one), (c, d), smooth)

    assert torch.equal(right.chosen, wrong.rejected)
    assert torch.equal(right.rejected, wrong.chosen)
    expected = (1 - share) * right.loss + share * wrong.loss
    torch.testing.assert_close(mixed.loss, expected)


@pytest.mark.parametrize("technique", ["lora", "full"])
def test_it_begins_at_the_loss_of_a_coin_and_learns_to_prefer_the_chosen_answers(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path,
    technique: Any,
) -> None:  # fmt: skip
    seen = world()
    longer = replace(preferring, technique=technique, epochs=5, packing=False)

    result = train(base, pair_data, longer, seen.ports(), tmp_path / "out")

    before, after = result.validation[0], result.validation[-1]
    assert before.loss == pytest.approx(math.log(2), abs=1e-6)
    assert before.chosen_reward == pytest.approx(0, abs=1e-5)
    assert after.loss < before.loss
    assert after.preferred is not None
    assert after.preferred >= 0.5
    assert after.chosen_reward is not None
    assert after.rejected_reward is not None
    assert after.chosen_reward > after.rejected_reward
    assert np.mean(result.losses[-3:]) < 0.8 * np.mean(result.losses[:3])
    last = seen.steps[-1]
    assert last.preferred > 0.8
    assert last.chosen_reward > last.rejected_reward
    both = [half for e in pair_data.train for half in (e, e.rejected) if half is not None]
    assert result.trained_tokens == 5 * sum(half.targets for half in both)
    assert sum(s.tokens for s in seen.steps) == 5 * sum(len(half.ids) for half in both)


def test_a_step_is_the_same_however_it_is_cut_and_packed(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    """Without packing a step of many rows holds the same pairs as one of fewer packed rows."""
    whole = replace(preferring, technique="full", max_steps=3)
    one = replace(whole, max_steps=1, micro_batch=6, accumulate=4, max_length=60)
    found = {}

    for micro, accumulate in ((4, 1), (1, 4)):
        cut = replace(whole, micro_batch=micro, accumulate=accumulate)
        out = tmp_path / f"{micro}"
        result = train(base, pair_data, cut, world(f"{micro}-kept").ports(), out)
        found[micro] = result.losses, load_file(out / "model.safetensors")
    everything = [
        train(
            base, pair_data,
            replace(one, packing=packing),
            world(f"{packing}").ports(), tmp_path / f"{packing}",
        ).losses
        for packing in (True, False)
    ]  # fmt: skip

    assert found[4][0] == pytest.approx(found[1][0], abs=1e-5)
    for name, tensor in found[4][1].items():
        torch.testing.assert_close(tensor, found[1][1][name], atol=2e-4, rtol=0)
    assert everything[0] == pytest.approx(everything[1], abs=1e-6)


@pytest.mark.parametrize("variant", [{}, {"technique": "full", "packing": False}])
def test_an_interrupted_run_ends_in_the_bits_of_an_uninterrupted_one(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path,
    variant: dict[str, Any],
) -> None:  # fmt: skip
    cut = replace(preferring, max_length=30, **variant)
    straight = train(base, pair_data, cut, world("straight").ports(), tmp_path / "straight-out")

    ports = world("broken", stop_at=straight.steps // 2 + 1).ports()
    with pytest.raises(Interrupted):
        train(base, pair_data, cut, ports, tmp_path / "out")
    resumed = train(base, pair_data, cut, world("broken").ports(), tmp_path / "out")

    assert resumed == straight
    for file in (tmp_path / "straight-out").iterdir():
        assert file.read_bytes() == (tmp_path / "out" / file.name).read_bytes()


def test_the_reference_travels_in_the_checkpoint_and_a_changed_one_is_refused(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    with pytest.raises(Interrupted):
        train(base, pair_data, preferring, world("kept", stop_at=2).ports(), tmp_path / "out")
    file = tmp_path / "kept" / "00000002" / "beside-reference.safetensors"
    kept = load(file.read_bytes())
    forward = Forward(trainable_model(base, preferring), preferring, CPU)
    anew = Reference(pairs_of(forward, pair_data), preferring)
    anew.begin()

    assert sorted(kept) == ["train", "validation"]
    torch.testing.assert_close(kept["train"], anew.scores["train"], atol=1e-4, rtol=1e-5)
    file.write_bytes(save({**kept, "train": kept["train"] + 1}))
    with pytest.raises(ValueError, match=r"beside-reference.safetensors is damaged"):
        train(base, pair_data, preferring, world("kept").ports(), tmp_path / "out")
    file.unlink()
    with pytest.raises(ValueError, match=r"lacks beside-reference"):
        train(base, pair_data, preferring, world("kept").ports(), tmp_path / "out")


@pytest.mark.parametrize(
    "technique", [{"technique": "prefix"}, {"technique": "prompt"}, {"technique": "houlsby"},
                  {"technique": "ia3"}, {"lora": LoraSettings(4, 8, 0.0, pissa=True)}],
    ids=["prefix", "prompt", "houlsby", "ia3", "pissa"],
)  # fmt: skip
def test_the_reference_is_the_base_whatever_the_technique_puts_around_it(
    base: Path, preferring: TrainSettings, pairs: Any, technique: dict[str, Any]
) -> None:
    rows, cut = pairs(3), replace(preferring, packing=False, **technique)
    forward = Forward(trainable_model(base, cut), cut, CPU)
    reference = Reference({"train": Pairs(forward, rows, 0)}, cut)

    reference.begin()

    known = load_base(base)
    with torch.no_grad():
        expected = [[float(by_hand(known, half)) for half in (e, e.rejected)] for e in rows]
    torch.testing.assert_close(
        reference.scores["train"].T, torch.tensor(expected), atol=2e-3, rtol=1e-4
    )


def test_rows_without_a_pair_and_pairs_without_the_objective_are_refused(
    base: Path, quick: TrainSettings, preferring: TrainSettings, pair_data: TrainData,
    data: TrainData, world: Worlds, tmp_path: Path,
) -> None:  # fmt: skip
    seen = world()

    with pytest.raises(ValueError, match="train example row-0 has no rejected answer"):
        train(base, data, preferring, seen.ports(), tmp_path / "out")
    mixed = replace(pair_data, validation=data.validation)
    with pytest.raises(ValueError, match="validation example row-0 has no rejected answer"):
        train(base, mixed, preferring, seen.ports(), tmp_path / "out")
    with pytest.raises(ValueError, match=r"pair-0 has a rejected answer.*objective to preference"):
        train(base, pair_data, quick, seen.ports(), tmp_path / "out")

    assert not seen.steps


def other_prompt(pair: Example) -> Example:
    assert pair.rejected is not None
    ids = pair.rejected.ids.copy()
    ids[0] = (ids[0] + 1) % 90 + 3
    return replace(pair, rejected=replace(pair.rejected, ids=ids))


def too_long(pair: Example) -> Example:
    assert pair.rejected is not None
    ids = np.concatenate([pair.rejected.ids[:-1], np.full(99, 5), [2]]).astype(np.int32)
    start = int(pair.trained.argmax())
    return replace(pair, rejected=Example("x", ids, np.arange(len(ids)) >= start))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (other_prompt, "do not follow the same prompt"),
        (lambda e: replace(e, rejected=replace(e, rejected=None)), "are the same"),
        (lambda e: replace(e, rejected=replace(e)), "a rejected answer of its own"),
        (too_long, "its rejected answer: .* tokens are longer than max_length"),
    ],
)
def test_an_unfit_pair_is_refused_by_name(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path,
    fault: Callable[[Example], Example], told: str,
) -> None:  # fmt: skip
    broken = [*pair_data.train[:2], fault(pair_data.train[2])]

    with pytest.raises(ValueError, match=f"train example pair-2: .*{told}"):
        train(base, replace(pair_data, train=broken), preferring, world().ports(), tmp_path / "out")


def test_the_digest_covers_the_rejected_answer(pair_data: TrainData) -> None:
    pair = pair_data.train[0]
    assert pair.rejected is not None
    other = replace(pair.rejected, ids=pair.rejected.ids[::-1].copy())

    digests = {
        digest([pair]),
        digest([replace(pair, rejected=None)]),
        digest([replace(pair, rejected=other)]),
        digest([replace(pair, rejected=None), pair.rejected]),
    }

    assert len(digests) == 4


def test_a_loss_that_runs_away_stops_the_run(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    wild = replace(preferring, technique="full", learning_rate=1e30, clip_norm=0.0)

    with pytest.raises(Diverged, match="is not finite"):
        train(base, pair_data, wild, world().ports(), tmp_path / "out")


def test_an_answer_that_the_base_gives_no_probability_is_named(
    base: Path, preferring: TrainSettings, pairs: Any
) -> None:
    model = load_base(base)
    rows = pairs(3)
    alone = replace(preferring, technique="full", packing=False, micro_batch=1)
    reference = Reference({"train": Pairs(Forward(model, alone, CPU), rows, 0)}, alone)
    embeddings: Any = model.get_input_embeddings()
    with torch.no_grad():
        embeddings.weight[int(rows[1].ids[0])] = float("nan")

    with pytest.raises(ValueError, match="example pair-1: the base gives an answer no finite"):
        reference.begin()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"beta": 0.0}, "beta"),
        ({"beta": float("nan")}, "beta"),
        ({"label_smoothing": 0.5}, "label_smoothing"),
        ({"loss": "ipo", "label_smoothing": 0.1}, "not to ipo"),
        ({"loss": "hinge"}, "sigmoid, ipo"),
        ({"sft": -1.0}, "sft"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PreferenceSettings(**wrong)
    with pytest.raises(ValueError, match=r"preference\.label_smoothing"):
        ObjectiveSettings(goal="preference", label_smoothing=0.1)


def test_the_evaluations_of_a_checkpoint_come_back_with_their_rewards(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    with pytest.raises(Interrupted):
        train(base, pair_data, preferring, world("kept", stop_at=3).ports(), tmp_path / "out")

    place = json.loads((tmp_path / "kept" / "00000003" / "progress.json").read_bytes())

    assert set(place["validation"][0]) >= {"loss", "chosen_reward", "rejected_reward", "preferred"}


def test_what_the_reference_thinks_is_saved_before_the_first_step(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    seldom = replace(preferring, checkpoint_every=0)
    straight = train(base, pair_data, seldom, world("straight").ports(), tmp_path / "straight-out")
    broken, again = world("broken", abort_at=1), world("broken")
    with pytest.raises(KeyboardInterrupt):
        train(base, pair_data, seldom, broken.ports(), tmp_path / "out")

    resumed = train(base, pair_data, seldom, again.ports(), tmp_path / "out")

    assert [p.name for p in (tmp_path / "broken").iterdir()] == ["00000000"]
    assert [record.step for record in broken.evals] == [0]
    assert 0 not in [record.step for record in again.evals]
    assert resumed == straight


def test_while_the_reference_is_asked_the_training_says_that_it_lives(
    base: Path, preferring: TrainSettings, pair_data: TrainData, world: Worlds, tmp_path: Path
) -> None:
    said: list[str] = []
    ports = replace(world().ports(), doing=said.append)

    train(base, pair_data, replace(preferring, max_steps=1), ports, tmp_path / "out")

    plain = ["evaluating", "evaluating", "writing"]
    assert said == ["evaluating", *plain]


def test_both_answers_of_all_pairs_are_one_sequence(pairs: Any, data: TrainData) -> None:
    rows = pairs(3)

    both = Both(rows)

    assert len(both) == 6
    assert [example.key for example in both] == [f"pair-{n}" for n in (0, 1, 2, 0, 1, 2)]
    assert list(both[2:4]) == [rows[2], rows[0].rejected]
    with pytest.raises(ValueError, match="example row-0 has no rejected answer"):
        Both(data.train)[len(data.train)]
