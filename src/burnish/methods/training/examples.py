"""Training examples: token ids, which of them are trained, and what makes them unfit."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Example:
    """One rendered conversation or text.

    `ids` are the token ids, shape (n,), int32; `trained`, shape (n,), bool, says which of them the
    model is to learn to predict. `key` names the example in errors and is never personal data.
    `open_end` marks a window of a longer text that goes on in another example: its last token
    need not be the stop token. `difficulty` orders a curriculum, easiest lowest. `unit` names
    whom a private training protects: examples of one unit count as one; empty, it is the example.
    """

    key: str
    ids: npt.NDArray[np.int32]
    trained: npt.NDArray[np.bool_]
    open_end: bool = False
    difficulty: float = 0.0
    unit: str = ""

    @property
    def targets(self) -> int:
        """How many tokens are learned; the first has no context to be predicted from."""
        return int(self.trained[1:].sum())


@dataclass(frozen=True)
class TrainData:
    """Training and validation examples, the token that ends an answer, and the one that pads."""

    train: Sequence[Example]
    validation: Sequence[Example]
    stop_id: int
    pad_id: int


def require_fit(data: TrainData, vocab: int, max_length: int) -> None:
    """Raise ValueError naming the first example that cannot be trained on, and why."""
    if not data.train:
        raise ValueError("there is no training example")
    if not 0 <= data.pad_id < vocab:
        raise ValueError(f"pad_id {data.pad_id} is outside the model's vocabulary of {vocab}")
    for part, examples in (("train", data.train), ("validation", data.validation)):
        for example in examples:
            fault = _fault(example, data.stop_id, vocab, max_length)
            if fault:
                raise ValueError(f"{part} example {example.key}: {fault}")


def _fault(example: Example, stop_id: int, vocab: int, max_length: int) -> str:
    ids, trained = example.ids, example.trained
    if ids.ndim != 1 or ids.shape != trained.shape or trained.dtype != np.bool_:
        return "ids and trained must be vectors of one length, trained of type bool"
    if len(ids) > max_length:
        return f"{len(ids)} tokens are longer than max_length {max_length}; split or drop it"
    if example.targets == 0:
        return "it has no trained token, so there is nothing to learn from it"
    if ids.min() < 0 or ids.max() >= vocab:
        return f"a token id is outside the model's vocabulary of {vocab}; wrong tokenizer?"
    last = trained & ~np.append(trained[1:], example.open_end)
    if (ids[last] != stop_id).any():
        return f"a trained run does not end in the stop token {stop_id}"
    return ""


def digest(examples: Sequence[Example]) -> str:
    """SHA-256 over keys, units, ids and trained marks, in order; each part carries its length."""
    total = hashlib.sha256()
    for example in examples:
        key, unit = example.key.encode(), example.unit.encode()
        sizes = f"{len(key)},{len(unit)},{len(example.ids)},{example.difficulty!r};"
        total.update(sizes.encode() + key + unit)
        total.update(np.ascontiguousarray(example.ids, dtype="<i4").tobytes())
        total.update(np.packbits(example.trained).tobytes())
    return total.hexdigest()
