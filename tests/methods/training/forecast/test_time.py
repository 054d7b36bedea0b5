"""The specification's arithmetic: hours, prices, and the finer count beside it."""

import math
from dataclasses import replace

import pytest

from burnish.methods.training.forecast.hardware import GPUS, gpu_named
from burnish.methods.training.forecast.shape import ModelShape, Tensor
from burnish.methods.training.forecast.time import (
    A100_BF16_FLOPS,
    EXAMPLE_EFFICIENCY,
    FORMULA,
    OVERHEAD,
    run_tokens,
    seconds,
    work_of,
)
from burnish.methods.training.settings import TrainSettings

ONE_EPOCH = TrainSettings(technique="full", epochs=1)
A100 = (1.5, 2.5)


def gpu_hours(parameters: float, tokens: float) -> float:
    """Hours of one A100 by the formula."""
    return seconds(tokens, FORMULA * parameters, A100_BF16_FLOPS, EXAMPLE_EFFICIENCY) / 3600


def test_the_specification_s_example_takes_eight_hours_and_costs_120_to_200_dollars() -> None:
    hours = gpu_hours(7e9, 1e9) / 8
    paid = math.ceil(hours * (1 + OVERHEAD))

    assert hours == pytest.approx(8.0, rel=0.01)
    assert paid == 10
    assert [8 * paid * price for price in A100] == [120, 200]


def test_the_a100_of_the_table_has_the_price_of_the_specification() -> None:
    a100 = gpu_named("A100 80GB")

    assert a100 is not None
    assert a100.price(spot=True) == A100
    assert a100.flops("bf16") == A100_BF16_FLOPS


@pytest.mark.parametrize(
    ("parameters", "tokens", "runs", "told"),
    [
        (7e9, 100e6, (3, 5), (50, 200)),
        (13e9, 1e9, (3, 5), (500, 2_000)),
        (70e9, 5e9, (2, 3), (5_000, 20_000)),
        (180e9, 10e9, (1, 2), (50_000, 200_000)),
    ],
)
def test_the_indicative_ranges_meet_what_the_formula_gives_for_all_runs(
    parameters: float, tokens: float, runs: tuple[int, int], told: tuple[float, float]
) -> None:
    hours = gpu_hours(parameters, tokens) * (1 + OVERHEAD)
    low, high = hours * A100[0] * runs[0], hours * A100[1] * runs[1]

    assert low < told[1]
    assert high > told[0]


def test_time_follows_epochs_until_max_steps_caps_it() -> None:
    three = replace(ONE_EPOCH, epochs=3)

    assert run_tokens(500, ONE_EPOCH) == 500
    assert run_tokens(500, three) == 1500
    assert run_tokens(500, replace(three, max_steps=1, micro_batch=2, max_length=50)) == 100


@pytest.mark.parametrize(
    ("tokens", "work", "flops", "efficiency", "told"),
    [(0, 1, 1, 0.5, "positive"), (1, 1, 0, 0.5, "positive"), (1, 1, 1, 1.5, r"\(0, 1\]")],
)
def test_figures_out_of_range_are_refused(
    tokens: float, work: float, flops: float, efficiency: float, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        seconds(tokens, work, flops, efficiency)


def shape(layers: int = 4, width: int = 64, vocabulary: int = 100) -> ModelShape:
    names = [
        Tensor(f"model.layers.{n}.mlp.up_proj.weight", (width, width), n) for n in range(layers)
    ]
    embedding = Tensor("model.embed_tokens.weight", (vocabulary, width), None)
    return ModelShape((*names, embedding), layers, width, vocabulary, width, 4 * width)


def test_the_finer_count_of_full_tuning_is_six_per_weight_and_of_lora_a_third_less() -> None:
    big = shape(layers=2, width=4096, vocabulary=10)
    full = work_of(big, big.parameters, ONE_EPOCH, length=1)
    lora = work_of(big, 1000, replace(ONE_EPOCH, technique="lora"), length=1)

    assert full.counted == pytest.approx(full.formula, rel=0.01)
    assert lora.counted / full.counted == pytest.approx(2 / 3, rel=0.01)


def test_freezing_spares_the_layers_below() -> None:
    small = shape()
    half = work_of(small, small.body // 2, replace(ONE_EPOCH, technique="freeze"), length=1)
    whole = work_of(small, small.parameters, ONE_EPOCH, length=1)

    assert half.counted < 0.75 * whole.counted


def test_longer_documents_and_computing_again_cost_more() -> None:
    small = shape()
    short = work_of(small, small.parameters, ONE_EPOCH, length=10).counted
    long = work_of(small, small.parameters, ONE_EPOCH, length=1000).counted
    again = work_of(small, small.parameters, ONE_EPOCH, length=10, again=True).counted

    assert long - short == 6 * 4 * 64 * 990
    assert again - short == 2 * small.body


def test_every_gpu_has_a_peak_a_price_and_a_source() -> None:
    for gpu in GPUS:
        assert gpu.flops("bf16") > 1e13
        assert 0 < gpu.on_demand[0] <= gpu.on_demand[1]
        assert gpu.spot[0] <= gpu.spot[1] <= gpu.on_demand[1]
        assert "https://" in gpu.source


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("a100-40gb", "A100 40GB"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("abacus", None),
    ],
)
def test_a_gpu_is_known_by_the_name_that_people_and_drivers_give_it(
    told: str, meant: str | None
) -> None:
    found = gpu_named(told)

    assert (found.name if found else None) == meant
