"""The model's files: verified by digest, opened once in a process, run on one thread."""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from burnish.methods.privacy.ner.tokens import FEATURES

SHIPPED = Path(__file__).parent / "model"
"""The model that comes with burnish; its card says what it was trained on and how good it is."""

CATEGORIES = ("PERSON", "LOCATION", "ORGANISATION", "ADDRESS")
"""What the model tells apart, in the order of its tags."""

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-ADDR", "I-ADDR")
BLANK_GAP: Final = 4
MOST_HALO: Final = 16
_FILES = ("words.onnx", "context.onnx")
_BLOCK = 128

Reals = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


class ModelRefused(ValueError):
    """The model's folder does not hold what its card says."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a model's card says and its loading needs.

    `halo` is how many tokens to each side decide about one; `thresholds` are probabilities by
    category; `digest` is the SHA-256 of the card, which names the digests of the other files.
    """

    name: str
    version: str
    halo: int
    thresholds: Mapping[str, float]
    files: Mapping[str, str]
    digest: str


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model: word vectors for features, and logits for a stream of words."""

    card: Card
    words: Any
    context: Any

    def vectors(self, features: Ints) -> Reals:
        """[words + 1, d]: a vector for each row of features, and zeros for blank rows.

        The rows run in blocks of one size, so that a word's vector does not depend, to the last
        bit, on the words beside it.
        """
        count = len(features)
        padded = np.zeros((-(-count // _BLOCK) * _BLOCK, features.shape[1]), np.int32)
        padded[:count] = features
        blocks = [
            self.words.run(None, {"f": padded[at : at + _BLOCK]})[0]
            for at in range(0, len(padded), _BLOCK)
        ]
        width = self.words.get_outputs()[0].shape[1]
        rows = np.concatenate([*blocks, np.zeros((1, width), np.float32)])[: count + 1]
        rows[count] = 0
        return rows

    def logits(self, vectors: Reals, gaps: Ints) -> Reals:
        """[rows, 9] for a stretch of the stream; its outermost `halo` rows mean nothing."""
        found: Reals = self.context.run(None, {"x": vectors, "gap": gaps})[0]
        return found


def load(folder: Path = SHIPPED) -> Model:
    """The model in `folder`, checked against its card; raises `ModelRefused` where they differ."""
    return _loaded(folder, read_card(folder).digest)


def read_card(folder: Path = SHIPPED) -> Card:
    """The card of a model; raises `ModelRefused` where there is none that can be read."""
    try:
        written = (folder / "card.json").read_bytes()
        said = json.loads(written)
        card = Card(
            name=str(said["name"]),
            version=str(said["version"]),
            halo=int(said["halo"]),
            thresholds={name: float(said["thresholds"][name]) for name in CATEGORIES},
            files={name: str(said["files"][name]) for name in _FILES},
            digest=hashlib.sha256(written).hexdigest(),
        )
    except (OSError, KeyError, TypeError, ValueError) as wrong:
        raise ModelRefused(
            f"{folder.name}/card.json is no card of a named-entity model ({wrong}); "
            "install burnish again, or name the folder of a whole model"
        ) from wrong
    _agree(card, said)
    return card


def _agree(card: Card, said: Mapping[str, Any]) -> None:
    """Refuse a model that this code does not know how to run."""
    if said.get("features") != FEATURES or tuple(said.get("tags", ())) != TAGS:
        raise ModelRefused(
            f"model {card.name} {card.version} was trained for other features or tags than this "
            f"burnish makes (features {FEATURES}); use a model and a burnish of one release"
        )
    if not 0 < card.halo <= MOST_HALO:
        raise ModelRefused(f"model {card.name}: halo {card.halo} is not in 1..{MOST_HALO}")
    for category, threshold in card.thresholds.items():
        if not 0 < threshold < 1:
            raise ModelRefused(
                f"model {card.name}: the threshold of {category} is {threshold}, not in 0..1"
            )


@functools.lru_cache(maxsize=4)
def _loaded(folder: Path, digest: str) -> Model:
    card = read_card(folder)
    files = {name: _verified(folder / name, card) for name in _FILES}
    return Model(card, *(_session(files[name]) for name in _FILES))


def _verified(path: Path, card: Card) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise ModelRefused(
            f"model {card.name}: {path.name} cannot be read; install burnish again"
        ) from wrong
    if hashlib.sha256(content).hexdigest() != card.files[path.name]:
        raise ModelRefused(
            f"model {card.name}: {path.name} is not the file whose digest its card names; it was "
            "changed or cut short: install burnish again"
        )
    return content


def _session(content: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
