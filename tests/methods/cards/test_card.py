"""The model card: front matter that a hub reads, and tables that say what was measured."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from burnish.methods.cards.card import Card, model_card

RESULT = {"trainable": 12_288, "parameters": 3_400_000, "steps": 150, "trained_tokens": 98_765}
SCORE = {
    "set": "domain",
    "items": 200,
    "base": {"mean": 0.125},
    "tuned": {"mean": 0.875},
    "difference": {"mean": 0.75, "low": 0.68, "high": 0.81},
}


@pytest.fixture
def card() -> Card:
    source = {"name": "tickets", "owner": "Head of IT", "records": 2000}
    return Card(
        name="desk",
        purpose="answer tickets",
        classification="CONFIDENTIAL",
        base={"path": "builtin", "licence": "Apache-2.0", "provenance": "a recipe"},
        sources=[{**source, "basis": {"reference": "LIA-1", "expires": "2036-12-31"}}],
        training={"settings": {"technique": "lora"}, "result": RESULT},
        parts={"rows": {"train": 1600, "validation": 200, "test": 200}},
        evaluation={"sets": [SCORE]},
    )


def front(text: str) -> dict[str, Any]:
    _, matter, _ = text.split("---\n", 2)
    facts: dict[str, Any] = yaml.safe_load(matter)
    return facts


def test_the_front_matter_is_what_a_hub_reads(card: Card) -> None:
    facts = front(model_card(card))

    assert facts["base_model"] == "builtin"
    assert facts["license"] == "Apache-2.0"
    assert facts["library_name"] == "peft"


def test_whole_weights_are_no_adapter(card: Card) -> None:
    training = {**card.training, "settings": {"technique": "full"}}

    assert front(model_card(replace(card, training=training)))["library_name"] == "transformers"


def test_the_card_says_what_it_was_trained_on_and_how_it_did(card: Card) -> None:
    text = model_card(card)

    assert "Tuned for: answer tickets. Classification: CONFIDENTIAL." in text
    assert "12,288 of 3,400,000 parameters trained in 150 steps" in text
    assert "| tickets | Head of IT | 2000 | LIA-1 | 2036-12-31 |" in text
    assert "Split: train 1,600, validation 200, test 200" in text
    assert "| domain | 200 | 0.125 | 0.875 | 0.750 [0.680, 0.810] |" in text


def test_what_was_not_measured_is_no_evidence_and_not_zero(card: Card) -> None:
    nothing = {"mean": None, "low": None, "high": None}
    score = {"set": "bias", "items": 0, "base": nothing, "tuned": nothing, "difference": nothing}

    text = model_card(replace(card, evaluation={"sets": [score]}))

    never = "no evidence"
    assert f"| bias | 0 | {never} | {never} | {never} [{never}, {never}] |" in text


def test_a_name_cannot_break_its_table_or_the_front_matter(card: Card) -> None:
    source = {**card.sources[0], "owner": "a | b\nc"}
    base = {**card.base, "path": "x: [y\n---"}

    text = model_card(replace(card, sources=[source], base=base))

    assert "| tickets | a \\| b c | 2000 |" in text
    assert yaml.safe_load(text.split("\n---\n# ")[0].removeprefix("---\n"))["license"]


GUARANTEE = {
    "epsilon": 7.9981, "delta": 1e-4, "unit": "subject", "units": 1000, "rate": 0.032,
    "neighbours": "data sets that differ by one unit added or removed", "noise": 0.71,
    "mechanism": "DP-SGD with Poisson sampling", "clip": 1.0, "steps": 96,
    "accountant": "dp-accounting 0.6.0", "earlier_trainings": 1, "epsilon_together": 10.2,
    "not_covered": ["what happened before training"],
}  # fmt: skip


def test_a_private_model_tells_its_guarantee_and_its_limits(card: Card) -> None:
    result = {**RESULT, "trained_tokens": None}
    training = {**card.training, "result": result, "privacy": GUARANTEE}

    text = model_card(replace(card, training=training))

    assert "(7.9981, 0.0001)-differentially private for each subject" in text
    assert "noise 0.71" in text
    assert "1 earlier private trainings on the same data: epsilon 10.2" in text
    assert "- Not covered: what happened before training" in text
    assert "Trained tokens" not in text


def test_an_ordinary_model_claims_no_privacy(card: Card) -> None:
    assert "Differential privacy" not in model_card(card)
