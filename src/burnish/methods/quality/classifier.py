"""A light classifier of texts, good or bad, as a person labelled some: reading and applying it.

Logistic regression over hashed n-grams (Joachims 1998; hashing: Weinberger et al. 2009), with
the probabilities calibrated by a sigmoid (Platt 1999). One file holds it: a line that names the
format, a line of JSON, and the weights as little-endian float32. It holds no text.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from burnish.methods.quality.measure import buffers, known

MAGIC = b"burnish quality classifier 1\n"
BUCKETS = 1 << 18

_MOST_BUCKETS = 1 << 24
_DECIMALS = 6

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Classifier:
    """Weights of hashed n-grams, and the sigmoid that makes their sum a probability.

    The probability of being good is 1 / (1 + exp(-(slope * sum + offset))), where the sum is
    bias + weights of a text's n-grams / sqrt(how many there are).
    """

    weights: Weights
    bias: float
    slope: float
    offset: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    """How it was made and how it did on held-out examples."""

    def probabilities(self, texts: Iterable[str]) -> Weights:
        """Return the probability of being good of each text, float32 (n,), to six places."""
        sums = self.sums(texts)
        exact = sigmoid(self.slope * sums + self.offset)
        return np.round(exact, _DECIMALS).astype(np.float32)

    def sums(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Return the sum of each text, float64 (n,), before it is made a probability."""
        from burnish.methods.quality.features import score_rows

        parts = [
            score_rows(data, ends, known(), self.weights, self.bias)
            for data, ends in buffers(texts)
        ]
        return np.concatenate([np.zeros(0, np.float64), *parts])

    def to_bytes(self) -> bytes:
        """Return the file."""
        raw = self.weights.astype("<f4").tobytes()
        header = {
            "buckets": len(self.weights),
            "bias": self.bias,
            "slope": self.slope,
            "offset": self.offset,
            "sha256": hashlib.sha256(raw).hexdigest(),
            "facts": dict(self.facts),
        }
        told = json.dumps(header, sort_keys=True, allow_nan=False)
        return MAGIC + told.encode() + b"\n" + raw


def read_classifier(data: bytes) -> Classifier:
    """Return the classifier of a file. Raises ValueError for what is none, or is damaged."""
    if not data.startswith(MAGIC):
        raise ValueError("this is no quality classifier; burnish quality train makes one")
    told, _, raw = data[len(MAGIC) :].partition(b"\n")
    try:
        header = json.loads(told)
        buckets = int(header["buckets"])
        numbers = [float(header[name]) for name in ("bias", "slope", "offset")]
        sha256, facts = str(header["sha256"]), dict(header["facts"])
    except (ValueError, KeyError, TypeError):
        raise _damaged("its header cannot be read") from None
    if not 0 < buckets <= _MOST_BUCKETS or buckets & (buckets - 1) or len(raw) != 4 * buckets:
        raise _damaged("it has another size than its header says")
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise _damaged("its weights are not those that were written")
    weights = np.frombuffer(raw, "<f4").astype(np.float32)
    if not all(map(math.isfinite, numbers)) or not np.isfinite(weights).all():
        raise _damaged("it holds what is no finite number")
    bias, slope, offset = numbers
    return Classifier(weights, bias, slope, offset, facts)


def sigmoid(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return 1 / (1 + exp(-values)) without overflow."""
    made: npt.NDArray[np.float64] = 0.5 * (1.0 + np.tanh(0.5 * values))
    return made


def _damaged(how: str) -> ValueError:
    return ValueError(f"the quality classifier is damaged: {how}; make it again")
