"""Models small enough to reason about: made by the recipe's export, from weights set by hand."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from burnish.methods.privacy.ner.model import TAGS
from burnish.methods.privacy.ner.tokens import tokenise

SIZES = (1 << 17, 1 << 14, 1 << 14, 1 << 12, 1 << 14, 256)
CARD = {
    "name": "toy",
    "version": "1",
    "thresholds": dict.fromkeys(("PERSON", "ADDRESS", "LOCATION", "ORGANISATION"), 0.5),
    "measured": [],
    "data": [],
    "recipe": "by hand",
}
SPOKEN = {
    "anna": "B-PER", "kim": "I-PER", "lo": "I-PER", "paris": "B-LOC", "acme": "B-ORG",
    "road": "B-ADDR", "nine": "I-ADDR", ".": "I-PER", "'": "I-PER", "s": "I-PER", "he": "I-PER",
}  # fmt: skip
"""What the toy model tags, whatever stands beside it; "perhaps" is a person at 0.73, the rest O."""


@pytest.fixture(scope="session")
def recipe() -> ModuleType:
    """The recipe's export, which is no part of the package."""
    path = Path(__file__).parents[4] / "recipes" / "ner" / "export.py"
    spec = importlib.util.spec_from_file_location("ner_export", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ner_export"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def toy(recipe: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows the words of `SPOKEN` and looks at nothing else."""
    folder = tmp_path_factory.mktemp("toy")
    width = len(TAGS)
    tables = [np.zeros((size, width), np.float32) for size in SIZES]
    tables[0][:, 0] = 1
    for word, tag in SPOKEN.items():
        row = tokenise([word]).features[0][0]
        tables[0][row] = 0
        tables[0][row, TAGS.index(tag)] = 2
    unsure = tokenise(["perhaps"]).features[0][0]
    tables[0][unsure, TAGS.index("I-PER")] = 1.1
    eye = np.eye(width, dtype=np.float32)
    weights: dict[str, npt.NDArray[np.float32]] = {
        f"embedding.{column}": table for column, table in enumerate(tables)
    }
    weights |= {"word.0.weight": eye, "word.0.bias": np.zeros(width, np.float32)}
    weights |= {"gap.weight": np.zeros((5, width), np.float32)}
    weights |= {"conv.0.weight": np.zeros((width, width, 3), np.float32)}
    weights |= {"conv.0.bias": np.zeros(width, np.float32)}
    weights |= {"output.weight": 10 * eye, "output.bias": np.zeros(width, np.float32)}
    settings = recipe.Export(card=CARD, dilations=(1,), combine="sum", quantised=False)
    recipe.export(weights, folder, ["anna kim"], settings)
    assert json.loads((folder / "card.json").read_text())["halo"] == 1
    return folder
