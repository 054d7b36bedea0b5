"""The table of techniques in the documents says what the code does."""

from pathlib import Path

import pytest

from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import (
    MERGEABLE,
    PRIVATE,
    TECHNIQUES,
    VIRTUAL,
    WHOLE,
    LoraSettings,
    Technique,
)
from burnish.samples import base_model_path

PAGE = Path(__file__).parents[4] / "docs" / "training.md"
NUMBERS = 2_803_392
"""Weights of the built-in model."""


def rows() -> dict[str, list[str]]:
    section = PAGE.read_text(encoding="utf-8").split("\n## Techniques\n")[1].split("\n## ")[0]
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[2:] for row in table[2:]}


def two_digits(share: float) -> str:
    """Percent with two significant digits."""
    return (
        f"{share:.0f} %" if share >= 10 else f"{float(f'{share:.2g}'):.{2 if share < 1 else 1}f} %"
    )


def test_the_table_has_every_technique_in_order() -> None:
    assert tuple(rows()) == TECHNIQUES


@pytest.mark.parametrize("word", TECHNIQUES)
def test_a_row_of_the_table_is_true(word: Technique) -> None:
    settings = TrainSettings(
        technique=word,
        lora=LoraSettings(dropout=0.0),
        packing=False,
        max_length=512,
        precision="fp32",
        device="cpu",
    )
    model = trainable_model(base_model_path(), settings)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)

    share, merge, packing, privacy = rows()[word]

    assert share == two_digits(100 * trained / NUMBERS)
    assert merge == ("whole already" if word in WHOLE else "yes" if word in MERGEABLE else "no")
    assert packing == ("no" if word in VIRTUAL else "yes")
    assert privacy == ("yes" if word in PRIVATE else "no")
    assert (trained == NUMBERS) is (word == "full")
