"""The files that the recipe writes compute what the network in numpy does."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.methods.privacy.ner.conftest import CARD, SIZES

from burnish.methods.privacy.ner.model import load
from burnish.methods.privacy.ner.tokens import tokenise

TEXTS = ["Dear Mr O'Brien, call +61 412 345 678.\nRegards,\nNg\u1ecdc \u00c1nh", "", "x y z " * 40]
WIDTHS = (8, 6, 6, 4, 4, 4)


def made(combine: str, d: int = 16) -> dict[str, npt.NDArray[np.float32]]:
    """Weights drawn at random, of two word layers and two convolutions."""
    draw = np.random.default_rng(7)
    widths = WIDTHS if combine == "concat" else (8,) * 6
    shapes: dict[str, tuple[int, ...]] = {
        f"embedding.{column}": shape for column, shape in enumerate(zip(SIZES, widths, strict=True))
    }
    inner = sum(widths) if combine == "concat" else 8
    shapes |= {"word.0.weight": (12, inner), "word.0.bias": (12,)}
    shapes |= {"word.1.weight": (d, 12), "word.1.bias": (d,), "gap.weight": (5, d)}
    for layer in range(2):
        shapes |= {f"conv.{layer}.weight": (d, d, 3), f"conv.{layer}.bias": (d,)}
    shapes |= {"output.weight": (9, d), "output.bias": (9,)}
    return {name: draw.normal(0, 0.4, s).astype(np.float32) for name, s in shapes.items()}


def logits(folder: Path, recipe: ModuleType) -> npt.NDArray[np.float32]:
    """What the written model says of the texts."""
    model, tokens = load(folder), tokenise(TEXTS)
    ids, gaps = recipe.stream(tokens, model.card.halo)
    vectors = model.vectors(tokens.features)
    return model.logits(vectors[ids], gaps)


@pytest.mark.parametrize("combine", ["concat", "sum"])
def test_the_float_files_compute_the_same_as_numpy(
    combine: str, recipe: ModuleType, tmp_path: Path
) -> None:
    weights = made(combine)
    settings = recipe.Export(card=CARD, dilations=(1, 2), combine=combine, quantised=False)

    report = recipe.export(weights, tmp_path, TEXTS, settings)

    tokens = tokenise(TEXTS)
    own = recipe.forward(weights, settings, tokens, recipe.stream(tokens, 3))
    assert np.abs(own - logits(tmp_path, recipe)).max() < 1e-4
    assert report["same_tag"] == 1.0


def test_eight_bits_change_little_and_make_the_file_small(
    recipe: ModuleType, tmp_path: Path
) -> None:
    weights = made("concat")

    report = recipe.export(weights, tmp_path, TEXTS, recipe.Export(card=CARD, dilations=(1, 2)))

    assert report["largest_difference"] < 0.2
    assert report["same_tag"] > 0.9
    floats = 4 * sum(table.size for name, table in weights.items() if "embedding" in name)
    assert sum(report["bytes"].values()) < floats / 2.5


def test_the_same_weights_make_the_same_bytes(recipe: ModuleType, tmp_path: Path) -> None:
    settings = recipe.Export(card=CARD, dilations=(1, 2))
    for name in ("one", "two"):
        recipe.export(made("concat"), tmp_path / name, TEXTS, settings)

    cards = [json.loads((tmp_path / name / "card.json").read_text()) for name in ("one", "two")]
    assert cards[0] == cards[1]


def test_a_documents_logits_do_not_depend_on_its_neighbours(
    recipe: ModuleType, tmp_path: Path
) -> None:
    weights = made("concat")
    settings = recipe.Export(card=CARD, dilations=(1, 2), quantised=False)
    alone, beside = tokenise(["b c d"]), tokenise(["a a a", "b c d", "e e"])

    one = recipe.forward(weights, settings, alone, recipe.stream(alone, 3))[3:6]
    two = recipe.forward(weights, settings, beside, recipe.stream(beside, 3))[9:12]

    assert np.allclose(one, two, atol=1e-6)


@pytest.mark.parametrize("name", ["gap.weight", "conv.1.bias", "output.weight"])
def test_weights_that_do_not_fit_are_refused_by_name(
    name: str, recipe: ModuleType, tmp_path: Path
) -> None:
    weights: dict[str, Any] = {**made("concat")}
    weights[name] = weights[name][..., :-1]

    with pytest.raises(ValueError, match=r"weight|bias"):
        recipe.export(weights, tmp_path, TEXTS, recipe.Export(card=CARD, dilations=(1, 2)))


def test_more_layers_than_dilations_are_refused(recipe: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="more convolutions than dilations"):
        recipe.export(made("concat"), tmp_path, TEXTS, recipe.Export(card=CARD, dilations=(1,)))
