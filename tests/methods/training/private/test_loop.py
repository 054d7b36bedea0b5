from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional

from burnish.methods.models.load import attach, load_base
from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.forward import Forward
from burnish.methods.training.loop import train
from burnish.methods.training.privacy_settings import PrivacyRefused, PrivacySettings, length
from burnish.methods.training.private.random import Stream
from burnish.methods.training.private.sampling import draw, units
from burnish.methods.training.private.steps import PrivateSteps
from burnish.methods.training.records import Interrupted, PrivatePorts, Spent, TrainPorts
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import LoraSettings

Worlds = Callable[..., Any]
SECRET = b"s" * 32
NO_DROPOUT = LoraSettings(4, 8, 0.0)
STREAM = Stream(SECRET, {"a": "training"})


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def private(
    settings: TrainSettings, data: TrainData, noise: float = 0.8, **changes: Any
) -> TrainSettings:
    """The settings with privacy for as many units as the data has."""
    made = replace(settings, packing=False)
    found = length(len(units(data.train)), made.rows_per_step, made.epochs, made.max_steps)
    settled = {"noise": noise, "rate": found.rate, "steps": found.steps, "clip": 0.5, **changes}
    return replace(made, privacy=PrivacySettings(**settled))


@dataclass
class Purse:
    """Pays for steps up to a limit and remembers them."""

    limit: int = 10_000
    secret: bytes = SECRET
    paid: list[tuple[str, int]] = field(default_factory=list)

    def ports(self, plain: TrainPorts) -> TrainPorts:
        return replace(plain, private=PrivatePorts(self.secret, self._pay))

    def _pay(self, name: str, step: int) -> bool:
        self.paid.append((name, step))
        return step <= self.limit


@pytest.mark.parametrize(
    ("technique", "precision"),
    [
        ("lora", "fp32"),
        ("lora", "bf16"),
        ("full", "fp32"),
        ("full", "bf16"),
        ("freeze", "fp32"),
        ("freeze", "bf16"),
    ],
)
def test_a_private_training_changes_the_model_and_tells_nothing_of_its_rows(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    technique: Any,
    precision: Any,
) -> None:
    settings = private(replace(quick, technique=technique, precision=precision), data)
    seen, purse = world(), Purse()

    result = train(base, data, settings, purse.ports(seen.ports()), tmp_path / "out")

    assert result.proof.logit_change > 0
    assert result.losses == ()
    assert result.trained_tokens is None
    assert [step for _, step in purse.paid] == list(range(1, result.steps + 1))
    assert len({name for name, _ in purse.paid}) == 1
    assert {s.clipped for s in seen.steps} != {None}
    assert [e.step for e in seen.evals][-1] == result.steps


@pytest.mark.parametrize("fault", ["stop_at", "abort_at"])
@pytest.mark.parametrize("technique", ["lora", "full"])
def test_an_interrupted_private_run_ends_in_the_bits_of_an_uninterrupted_one(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Worlds,
    tmp_path: Path,
    fault: str,
    technique: Any,
) -> None:
    settings = private(replace(quick, technique=technique, lora=LoraSettings(4, 8, 0.1)), data)
    whole = train(
        base, data, settings, Purse().ports(world("whole").ports()), tmp_path / "straight"
    )
    middle = whole.steps // 2 + 2

    broken = Purse().ports(world("broken", **{fault: middle}).ports())
    with pytest.raises((Interrupted, KeyboardInterrupt)):
        train(base, data, settings, broken, tmp_path / "out")
    torch.manual_seed(12)
    again = world("broken")
    resumed = train(base, data, settings, Purse().ports(again.ports()), tmp_path / "out")

    assert 1 < again.steps[0].step <= middle + 1
    assert resumed == whole
    assert contents(tmp_path / "out") == contents(tmp_path / "straight")


def test_another_secret_gives_other_weights_and_another_name(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    settings, purses = private(quick, data), [Purse(), Purse(secret=b"t" * 32)]

    for number, purse in enumerate(purses):
        ports = purse.ports(world(f"{number}").ports())
        train(base, data, settings, ports, tmp_path / f"out-{number}")

    assert contents(tmp_path / "out-0") != contents(tmp_path / "out-1")
    assert purses[0].paid[0][0] != purses[1].paid[0][0]


def test_a_spent_budget_stops_the_run_saves_it_and_writes_no_model(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    settings = private(replace(quick, checkpoint_every=0), data)
    seen = world()

    with pytest.raises(Spent) as stopped:
        train(base, data, settings, Purse(limit=3).ports(seen.ports()), tmp_path / "out")

    assert stopped.value.step == 3 == len(seen.steps)
    assert seen.ports().checkpoints.latest()[0] == 3
    assert not (tmp_path / "out").exists()
    more = Purse()
    train(base, data, settings, more.ports(world().ports()), tmp_path / "out")
    assert more.paid[0][1] == 4


def test_nothing_is_done_before_it_is_paid_for(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    seen = world()

    ports = Purse(limit=0).ports(seen.ports())

    with pytest.raises(Spent):
        train(base, data, private(quick, data), ports, tmp_path / "out")

    assert not seen.steps
    assert seen.ports().checkpoints.latest() is None


def test_a_private_training_without_a_secret_or_a_payer_is_refused(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    settings, ports = private(quick, data), world().ports()

    with pytest.raises(ValueError, match="needs a secret"):
        train(base, data, settings, ports, tmp_path / "out")
    with pytest.raises(ValueError, match="32 random bytes"):
        train(base, data, settings, Purse(secret=b"").ports(ports), tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "told"),
    [({"packing": True}, "set packing to false"), ({"order": "easy_first"}, "there is no order")],
)
def test_settings_that_contradict_privacy_are_refused(
    data: TrainData, quick: TrainSettings, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(PrivacyRefused, match=told):
        replace(private(quick, data), **change)


def test_noise_chosen_for_another_training_is_refused(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    settings = replace(private(quick, data), epochs=quick.epochs + 1)

    with pytest.raises(PrivacyRefused, match="the noise was chosen for rate"):
        train(base, data, settings, Purse().ports(world().ports()), tmp_path / "out")


def steps_of(base: Path, data: TrainData, settings: TrainSettings) -> PrivateSteps:
    torch.manual_seed(1)
    model = trainable_model(base, settings)
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for name in sorted(named):
            if "lora_B" in name:
                named[name].normal_(0, 0.1)
    forward = Forward(model, settings, torch.device("cpu"))
    return PrivateSteps(forward, data, settings, named, STREAM)


def gradient(steps: PrivateSteps, done: int) -> torch.Tensor:
    steps.take(done)
    return torch.cat([_of(p).double().flatten() for p in steps.named.values()])


def _of(parameter: torch.nn.Parameter) -> torch.Tensor:
    assert parameter.grad is not None
    return parameter.grad


def by_the_book(steps: PrivateSteps, data: TrainData, done: int) -> torch.Tensor:
    """DP-SGD's gradient with one example at a time, noise from the same stream."""
    privacy = steps.privacy
    named = list(steps.named.items())
    total = torch.zeros(sum(p.numel() for _, p in named), dtype=torch.float64)
    model = steps.forward.model
    for (index,) in draw(steps.units, privacy, STREAM, done):
        example = data.train[index]
        ids = torch.tensor(example.ids[None].astype(np.int64))
        logits = model(input_ids=ids).logits[0, :-1].float()
        learned = torch.tensor(example.trained[1:])
        loss = functional.cross_entropy(logits[learned], ids[0, 1:][learned])
        found = torch.autograd.grad(loss, [p for _, p in named])
        one = torch.cat([g.double().flatten() for g in found])
        total += one * min(1.0, privacy.clip / float(one.norm()))
    noise = [STREAM.normals(f"noise of {n}", done, p.numel()) for n, p in named]
    scale = privacy.noise * privacy.clip
    return (total + scale * torch.from_numpy(np.concatenate(noise))) / steps.expected


@pytest.mark.parametrize(("micro", "accumulate"), [(2, 3), (6, 1), (1, 6)])
def test_a_step_is_the_clipped_sum_with_noise_over_the_expected_size_however_it_is_cut(
    base: Path, data: TrainData, quick: TrainSettings, micro: int, accumulate: int
) -> None:
    cut = replace(
        quick,
        technique="full",
        micro_batch=micro,
        accumulate=accumulate,
        lora=NO_DROPOUT,
    )
    steps = steps_of(base, data, private(cut, data, noise=0.05))

    for done in (0, 1):
        expected, found = by_the_book(steps, data, done), gradient(steps, done)
        assert float((found - expected).abs().max()) < 1e-5 * float(expected.abs().max())


def test_dividing_by_the_drawn_number_would_be_seen(
    base: Path, data: TrainData, quick: TrainSettings
) -> None:
    steps = steps_of(base, data, private(replace(quick, technique="full"), data, noise=0.05))
    drawn = [len(draw(steps.units, steps.privacy, STREAM, done)) for done in range(6)]
    done = next(n for n, size in enumerate(drawn) if size not in (0, steps.expected))
    wrong = by_the_book(steps, data, done) * steps.expected / drawn[done]

    found = gradient(steps, done)

    assert float((found - wrong).abs().max()) > 1e-2 * float(wrong.abs().max())


def test_an_empty_draw_is_a_step_of_noise_alone(
    base: Path, data: TrainData, quick: TrainSettings
) -> None:
    few = replace(data, train=data.train[:2])
    settings = private(replace(quick, micro_batch=1, accumulate=1, epochs=30), few)
    steps = steps_of(base, few, settings)
    empty = next(n for n in range(60) if not draw(steps.units, steps.privacy, STREAM, n))

    taken, found = steps.take(empty), gradient(steps, empty)

    assert (taken.loss, taken.tokens, taken.clipped) == (None, 0, None)
    scale = steps.privacy.noise * steps.privacy.clip / steps.expected
    assert float(found.std()) == pytest.approx(scale, rel=0.05)


@pytest.mark.parametrize("most", [1, 2])
def test_a_person_moves_the_sum_by_no_more_than_the_clip_however_many_rows_they_have(
    base: Path, data: TrainData, quick: TrainSettings, most: int
) -> None:
    ours = [replace(e, unit="alice") if n < 10 else e for n, e in enumerate(data.train)]
    loud = replace(quick, micro_batch=16, accumulate=1)
    both = [replace(data, train=ours), replace(data, train=ours[10:])]
    found = []
    for side in both:
        settings = private(loud, side, noise=1e-9, rate=1.0, clip=0.01, examples_per_unit=most)
        assert settings.privacy is not None
        fixed = replace(loud, packing=False, micro_batch=len(units(side.train)))
        exact = length(len(units(side.train)), fixed.rows_per_step, fixed.epochs, None)
        privacy = replace(settings.privacy, rate=exact.rate, steps=exact.steps)
        steps = steps_of(base, side, replace(fixed, privacy=privacy, lora=NO_DROPOUT))
        found.append(gradient(steps, 0) * steps.expected)

    assert len(units(both[0].train)) == len(units(both[1].train)) + 1
    moved = float((found[0] - found[1]).norm())
    assert 0.5 * 0.01 < moved <= 0.01 * (1 + 1e-3)


def advantage(
    folder: Path, out: Path, members: Sequence[Example], others: Sequence[Example]
) -> float:
    """The area under the curve of an attacker who calls rows of low loss members."""
    model = attach(load_base(folder), out)
    losses = []
    for example in (*members, *others):
        ids = torch.tensor(example.ids[None].astype(np.int64))
        learned = torch.tensor(example.trained[1:])
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, :-1][learned]
        losses.append(float(functional.cross_entropy(logits, ids[0, 1:][learned])))
    inside, outside = losses[: len(members)], losses[len(members) :]
    return float(stats.mannwhitneyu(outside, inside).statistic / len(inside) / len(outside))


def random_rows(count: int, seed: int) -> list[Example]:
    """Rows without a rule: what is known of them was learned by heart."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        ids = rng.integers(3, 96, size=10).astype(np.int32)
        ids[-1] = 2
        made.append(Example(f"r{seed}-{number}", ids, np.arange(10) >= 4))
    return made


def test_who_was_trained_on_shows_without_privacy_and_hides_with_it(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    members, others = random_rows(40, 1), random_rows(40, 2)
    heard = replace(data, train=members, validation=[])
    plain = replace(quick, packing=False, epochs=25, micro_batch=10, accumulate=1, lora=NO_DROPOUT)
    hidden = private(plain, heard, noise=16.0, clip=0.5)

    train(base, heard, plain, world("plain").ports(), tmp_path / "plain")
    ports = Purse().ports(world("hidden").ports())
    train(base, heard, hidden, ports, tmp_path / "hidden")

    assert advantage(base, tmp_path / "plain", members, others) > 0.9
    assert 0.3 < advantage(base, tmp_path / "hidden", members, others) < 0.7


def test_checkpoints_of_private_runs_keep_no_losses(
    base: Path, data: TrainData, quick: TrainSettings, world: Worlds, tmp_path: Path
) -> None:
    seen = world()
    train(base, data, private(quick, data), Purse().ports(seen.ports()), tmp_path / "out")

    kept = seen.ports().checkpoints.latest()

    assert b'"losses":[]' in kept[1]["progress.json"]
    assert SECRET not in b"".join(kept[1].values())
