"""Which technique is recommended, and why."""

from dataclasses import replace

import pytest

from burnish.methods.training.forecast.advice import Advice, Case, Need, advise

FIRST = Case(
    parameters=7 * 10**9, rows=5000, documents=False, private=False, gpu=True, most=None,
    trained=False, ceiling=False,
)  # fmt: skip
NEEDS = (
    Need("qlora", 40, 10, True, 2.0, (20.0, 40.0)),
    Need("lora", 40, 20, True, 2.0, (30.0, 60.0)),
    Need("full", 7000, 120, True, 3.0, (80.0, 160.0)),
)


def without(name: str, **changes: object) -> tuple[Need, ...]:
    return tuple(
        replace(one, **changes) if one.technique == name else one  # type: ignore[arg-type]
        for one in NEEDS
    )


def test_the_first_experiment_is_qlora() -> None:
    assert advise(FIRST, NEEDS).technique == "qlora"


def test_what_was_tried_graduates_to_lora() -> None:
    found = advise(replace(FIRST, trained=True), NEEDS)

    assert found.technique == "lora"
    assert "production" in found.because[0]


def test_full_tuning_is_for_where_lora_s_ceiling_was_met_and_it_fits() -> None:
    met = replace(FIRST, trained=True, ceiling=True)

    assert advise(met, NEEDS).technique == "full"
    assert advise(met, without("full", fits=False)).technique == "lora"


@pytest.mark.parametrize("case", [replace(FIRST, parameters=10**6), replace(FIRST, gpu=False)])
def test_four_bits_are_of_no_use_to_a_small_model_or_without_a_gpu(case: Case) -> None:
    assert advise(case, NEEDS).technique == "lora"


def test_what_only_fits_in_four_bits_is_qlora_even_for_production() -> None:
    needs = tuple(replace(one, fits=one.technique == "qlora") for one in NEEDS)

    assert advise(replace(FIRST, trained=True), needs).technique == "qlora"


def test_a_private_training_is_a_lora() -> None:
    assert advise(replace(FIRST, private=True), NEEDS).technique == "lora"


def test_a_budget_rules_out_what_costs_more_at_its_cheapest() -> None:
    found = advise(replace(FIRST, trained=True, most=25.0), NEEDS)

    assert found.technique == "qlora"
    assert "lora costs more than the budget allows" in found.because


def test_where_nothing_fits_nothing_is_recommended() -> None:
    found = advise(FIRST, tuple(replace(one, fits=False) for one in NEEDS))

    assert found == Advice(None, found.because, found.needs, ())
    assert "none of the techniques fits" in found.because[0]


def test_a_technique_that_is_refused_says_why() -> None:
    found = advise(FIRST, without("qlora", refused="no bitsandbytes here"))

    assert found.technique == "lora"
    assert "qlora is not possible: no bitsandbytes here" in found.because


@pytest.mark.parametrize(
    ("rows", "documents", "warned"),
    [(999, False, 1), (1000, False, 0), (99_999, True, 1), (500, True, 2), (100_000, True, 0)],
)
def test_too_few_rows_are_warned_of(rows: int, documents: bool, warned: int) -> None:
    found = advise(replace(FIRST, rows=rows, documents=documents), NEEDS)

    assert len(found.warnings) == warned
