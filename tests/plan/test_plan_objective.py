"""What a plan may ask of an objective, and what does not go together."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from burnish.intake.train_settings import settings_for
from burnish.plan import (
    BaseModelPlan,
    EarlyStop,
    Ewc,
    LegalBasis,
    MixPlan,
    Plan,
    Preference,
    Replay,
    Source,
    SourceShare,
    SplitPlan,
    TrainPlan,
    TrainPrivacy,
)

BASE = BaseModelPlan(path="base", licence="MIT", provenance="a test")
PRIVATE = TrainPrivacy(epsilon=8.0)


def plan(**sections: Any) -> Plan:
    basis = LegalBasis(
        kind="consent", reference="C-1", purposes=("support",), expires=date(2030, 1, 1)
    )
    sources = tuple(
        Source(
            name=name, system="desk", owner="it", paths=(f"{name}.jsonl",), basis=basis,
            collected=date(2026, 1, 1), classification="INTERNAL", licence="own",
        )
        for name in ("tickets", "handbook")
    )  # fmt: skip
    named = {"name": "p", "purpose": "support", "base_model": BASE, "sources": sources}
    return Plan(**{**named, **sections})


def test_every_setting_of_the_plan_reaches_the_training() -> None:
    asked = TrainPlan(
        objective="preference",
        preference=Preference(beta=0.3, label_smoothing=0.1, by_length=True, sft=0.5),
        neftune=5.0,
        ewc=Ewc(weight=2.0, sources=("handbook",), rows=7, length=9),
        early_stop=EarlyStop(patience=2, min_delta=0.01),
    )

    made = settings_for(asked, 64, BASE).objective

    assert made.pairs
    assert made.preference.beta == 0.3
    assert (made.preference.label_smoothing, made.preference.by_length) == (0.1, True)
    assert (made.preference.sft, made.neftune) == (0.5, 5.0)
    assert made.ewc is not None
    assert (made.ewc.weight, made.ewc.sources, made.ewc.rows) == (2.0, ("handbook",), 7)
    assert made.early_stop is not None
    assert (made.early_stop.patience, made.early_stop.min_delta) == (2, 0.01)
    assert settings_for(TrainPlan(label_smoothing=0.1), 64, BASE).objective.label_smoothing == 0.1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"objective": "preference", "label_smoothing": 0.1}, "preference.label_smoothing"),
        ({"control": True, "ewc": Ewc()}, "control: it starts from random weights"),
        ({"privacy": PRIVATE, "objective": "preference"}, "clips one answer at a time"),
        ({"privacy": PRIVATE, "neftune": 5.0}, "neftune: its noise is drawn over all rows"),
        ({"privacy": PRIVATE, "ewc": Ewc(sources=("handbook",))}, "rows that privacy is to hide"),
        ({"preference": {"beta": 0.0}}, "beta"),
        ({"early_stop": {"patience": 0}}, "patience"),
    ],
)
def test_what_does_not_go_together_is_refused_with_its_reason(
    asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        TrainPlan(**asked)


def test_privacy_goes_with_what_looks_at_no_row() -> None:
    kept = TrainPlan(privacy=PRIVATE, ewc=Ewc(), label_smoothing=0.1, early_stop=EarlyStop())

    assert kept.ewc is not None


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"mix": MixPlan(replay=Replay(sources=("pages",)))}, "there is no source 'pages'"),
        ({"train": TrainPlan(ewc=Ewc(sources=("pages",)))}, "train.ewc.sources: there is no"),
        (
            {"mix": MixPlan(replay=Replay(sources=("tickets", "handbook")))},
            "no source is left for the task",
        ),
        (
            {
                "train": TrainPlan(early_stop=EarlyStop()),
                "split": SplitPlan(train=0.9, validation=0.0, test=0.1),
            },
            "train.early_stop: it goes by the validation loss",
        ),
    ],
)
def test_a_plan_whose_sections_contradict_each_other_is_refused(
    sections: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        plan(**sections)


def test_a_source_has_either_a_weight_or_a_share() -> None:
    with pytest.raises(ValidationError, match=r"'handbook' is among mix\.sources too"):
        MixPlan(sources=(SourceShare(source="handbook"),), replay=Replay(sources=("handbook",)))

    plan(mix=MixPlan(replay=Replay(sources=("handbook",))))
