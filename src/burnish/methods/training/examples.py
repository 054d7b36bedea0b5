"""Training examples: token ids, which of them are trained, and what makes them unfit."""

from __future__ import annotations

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
    `rejected` is the worse answer to the same prompt, in preference tuning.
    """

    key: str
    ids: npt.NDArray[np.int32]
    trained: npt.NDArray[np.bool_]
    open_end: bool = False
    difficulty: float = 0.0
    unit: str = ""
    rejected: Example | None = None

    @property
    def targets(self) -> int:
        """How many tokens are learned; the first has no context to be predicted from."""
        return int(self.trained[1:].sum())


@dataclass(frozen=True)
class TrainData:
    """Training and validation examples, the token that ends an answer, and the one that pads.

    `general` are rows whose answers the model is to keep, for a penalty on forgetting.
    """

    train: Sequence[Example]
    validation: Sequence[Example]
    stop_id: int
    pad_id: int
    general: Sequence[Example] = ()


def require_fit(data: TrainData, vocab: int, max_length: int) -> None:
    """Raise ValueError naming the first example that cannot be trained on, and why."""
    if not data.train:
        raise ValueError("there is no training example")
    if not 0 <= data.pad_id < vocab:
        raise ValueError(f"pad_id {data.pad_id} is outside the model's vocabulary of {vocab}")
    parts = (("train", data.train), ("validation", data.validation), ("general", data.general))
    for part, examples in parts:
        for example in examples:
            fault = _fault(example, data.stop_id, vocab, max_length) or _fault_of_pair(
                example, data.stop_id, vocab, max_length
            )
            if fault:
                raise ValueError(f"{part} example {example.key}: {fault}")


def require_objective(data: TrainData, *, pairs: bool) -> None:
    """Raise ValueError when the rows do not suit the objective: pairs for preference, else none."""
    for part, examples in (("train", data.train), ("validation", data.validation)):
        other = next((e for e in examples if (e.rejected is not None) is not pairs), None)
        if other is None:
            continue
        if pairs:
            raise ValueError(
                f"{part} example {other.key} has no rejected answer, so it holds no preference; "
                "give pairs alone, or set train.objective to supervised"
            )
        raise ValueError(
            f"{part} example {other.key} has a rejected answer, which supervised training would "
            "not look at; set train.objective to preference, or leave the pairs out"
        )


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


def _fault_of_pair(example: Example, stop_id: int, vocab: int, max_length: int) -> str:
    other = example.rejected
    if other is None:
        return ""
    if fault := _fault(other, stop_id, vocab, max_length):
        return f"its rejected answer: {fault}"
    if other.rejected is not None:
        return "its rejected answer has a rejected answer of its own"
    start = int(example.trained.argmax())
    if start != int(other.trained.argmax()) or (example.ids[:start] != other.ids[:start]).any():
        return "chosen and rejected answer do not follow the same prompt"
    if np.array_equal(example.ids, other.ids):
        return "chosen and rejected answer are the same, so there is nothing to prefer"
    return ""


def digest(examples: Sequence[Example]) -> str:
    """SHA-256 over keys, units, ids and trained marks, in order; each part carries its length.

    A rejected answer follows its chosen one.
    """
    total = hashlib.sha256()
    for example in examples:
        key, unit = example.key.encode(), example.unit.encode()
        sizes = f"{len(key)},{len(unit)},{len(example.ids)},{example.difficulty!r};"
        total.update(sizes.encode() + key + unit)
        total.update(np.ascontiguousarray(example.ids, dtype="<i4").tobytes())
        total.update(np.packbits(example.trained).tobytes())
        if example.rejected is not None:
            total.update(b"rejected " + digest([example.rejected]).encode())
    return total.hexdigest()
