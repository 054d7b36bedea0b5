from dataclasses import replace

import pytest

from burnish.methods.training.plan import A100_BF16_FLOPS, EXAMPLE_EFFICIENCY, estimate
from burnish.methods.training.settings import TrainSettings

ONE_EPOCH = TrainSettings(technique="full", epochs=1)


def test_the_specification_s_example_takes_about_eight_hours() -> None:
    forecast = estimate(7 * 10**9, 7 * 10**9, 10**9, ONE_EPOCH, 8 * A100_BF16_FLOPS)

    assert forecast.seconds / 3600 == pytest.approx(8.0, rel=0.01)
    assert forecast.efficiency == EXAMPLE_EFFICIENCY


def test_time_follows_epochs_until_max_steps_caps_it() -> None:
    three = replace(ONE_EPOCH, epochs=3)
    capped = replace(three, max_steps=1, micro_batch=2, max_length=50)

    def seconds(settings: TrainSettings) -> float:
        return estimate(1000, 1000, 500, settings, 1e6, 0.5).seconds

    assert seconds(ONE_EPOCH) == 6 * 1000 * 500 / (1e6 * 0.5)
    assert seconds(three) == 3 * seconds(ONE_EPOCH)
    assert seconds(capped) == 6 * 1000 * 100 / (1e6 * 0.5)


def test_full_training_keeps_four_numbers_a_weight_and_lora_only_for_its_own() -> None:
    full = estimate(10**6, 10**6, 10, ONE_EPOCH, 1e9)
    lora = estimate(10**6, 10**4, 10, replace(ONE_EPOCH, technique="lora"), 1e9)

    assert full.peak_bytes - full.activation_bytes == 16 * 10**6
    assert lora.peak_bytes - lora.activation_bytes == 2 * (10**6 - 10**4) + 16 * 10**4


@pytest.mark.parametrize(
    ("trainable", "tokens", "speed", "efficiency"),
    [(0, 1, 1.0, 0.5), (11, 1, 1.0, 0.5), (5, 0, 1.0, 0.5), (5, 1, 0.0, 0.5), (5, 1, 1.0, 1.5)],
)
def test_figures_out_of_range_are_refused(
    trainable: int, tokens: int, speed: float, efficiency: float
) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        estimate(10, trainable, tokens, ONE_EPOCH, speed, efficiency)
