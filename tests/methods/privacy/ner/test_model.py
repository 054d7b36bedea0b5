import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from burnish.methods.privacy.ner.model import (
    CATEGORIES,
    SHIPPED,
    ModelRefused,
    load,
    read_card,
)
from burnish.methods.privacy.ner.tokens import tokenise


@pytest.fixture
def folder(toy: Path, tmp_path: Path) -> Path:
    """A copy of the toy model that a test may spoil."""
    return Path(shutil.copytree(toy, tmp_path / "model"))


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((folder / "card.json").read_text())
    edit(card)
    (folder / "card.json").write_text(json.dumps(card))


def test_the_shipped_model_is_whole_and_small_and_says_what_it_is() -> None:
    card = read_card(SHIPPED)

    assert load(SHIPPED).card == card
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 20_000_000
    assert sorted(card.thresholds) == sorted(CATEGORIES)


@pytest.mark.parametrize("name", ["words.onnx", "context.onnx"])
def test_a_changed_byte_is_refused(name: str, folder: Path) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(ModelRefused, match=f"{name} is not the file whose digest its card names"):
        load(folder)


def test_a_file_cut_short_or_missing_is_refused(folder: Path) -> None:
    (folder / "words.onnx").write_bytes((folder / "words.onnx").read_bytes()[:-1])
    with pytest.raises(ModelRefused, match="install burnish again"):
        load(folder)

    (folder / "words.onnx").unlink()
    with pytest.raises(ModelRefused, match=r"words\.onnx cannot be read"):
        load(folder)


def test_a_file_changed_after_a_good_load_is_refused_once_the_card_says_so(folder: Path) -> None:
    load(folder)
    change(folder, lambda card: card["files"].update({"words.onnx": "0" * 64}))

    with pytest.raises(ModelRefused, match="digest"):
        load(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": "x"}', "\xff"])
def test_a_card_that_is_none_is_refused(text: str, folder: Path) -> None:
    (folder / "card.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(ModelRefused, match="no card of a named-entity model"):
        read_card(folder)


def test_a_folder_without_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="no card"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda card: card.update(features=2), "other features or tags"),
        (lambda card: card["tags"].pop(), "other features or tags"),
        (lambda card: card.update(halo=17), "halo 17 is not in"),
        (lambda card: card["thresholds"].update(PERSON=1.5), "threshold of PERSON is 1.5"),
        (lambda card: card["thresholds"].update(ADDRESS=0), "threshold of ADDRESS is 0"),
    ],
)
def test_a_model_made_for_other_code_is_refused(
    edit: Callable[[dict[str, Any]], object], why: str, folder: Path
) -> None:
    change(folder, edit)

    with pytest.raises(ModelRefused, match=why):
        load(folder)


def test_the_digest_is_that_of_the_card_which_names_the_other_files(toy: Path) -> None:
    written = (toy / "card.json").read_bytes()

    assert read_card(toy).digest == hashlib.sha256(written).hexdigest()


def test_a_words_vector_is_the_same_to_the_bit_beside_any_other_words() -> None:
    model = load(SHIPPED)
    text = " ".join(f"word{chr(97 + n % 26)} n{chr(97 + n // 26)}" for n in range(600))
    many = tokenise([text, "Anna"])
    one = tokenise(["Anna"])

    vectors = model.vectors(many.features)

    assert len(vectors) == len(many.features) + 1
    assert not vectors[-1].any()
    row = vectors[many.words[many.firsts[1]]]
    assert np.array_equal(row, model.vectors(one.features)[0])
