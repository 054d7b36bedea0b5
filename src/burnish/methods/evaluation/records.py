"""What was asked, what each model answered, and the two sides of it item by item.

A gate reads only these records, so any engine that writes them is as good as burnish's own.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Literal

Side = Literal["base", "tuned"]


@dataclass(frozen=True)
class Asked:
    """One rendered item: the prompt's token ids and, for likelihoods, what might follow it."""

    set: str
    item: str
    prompt: tuple[int, ...]
    continuations: tuple[tuple[int, ...], ...] = ()
    cluster: str = ""

    def digest(self) -> str:
        """The digest of prompt and continuations that both models' records must carry."""
        return prompt_digest(self.prompt, *self.continuations)


@dataclass(frozen=True)
class Record:
    """One item answered by one model.

    `output` is the decoded answer, `cut` whether it met the length limit before a stop token;
    `logprobs` are natural logarithms summed over a continuation, `tokens` their lengths;
    `score` is what grading made of it, `judge` the id of the judge that did, and `error` what
    kept it from doing so. What was not asked for is None or empty.
    """

    set: str
    item: str
    cluster: str
    prompt_sha256: str
    model: Side
    output: str | None = None
    cut: bool | None = None
    logprobs: tuple[float, ...] = ()
    tokens: tuple[int, ...] = ()
    score: float | None = None
    judge: str = ""
    error: str = ""

    def as_json(self) -> dict[str, object]:
        """The record as plain JSON values, keys in the order of the fields."""
        return asdict(self) | {"logprobs": list(self.logprobs), "tokens": list(self.tokens)}


def prompt_digest(*sequences: Sequence[int]) -> str:
    """SHA-256 over token ids: each sequence as its length and ids, 32-bit little-endian."""
    digest = hashlib.sha256()
    for ids in sequences:
        digest.update(b"".join(n.to_bytes(4, "little") for n in (len(ids), *ids)))
    return digest.hexdigest()


def score_of(record: Record) -> float | None:
    """The grade of a record."""
    return record.score


def loss_of(record: Record) -> float | None:
    """Nats per token of the first continuation: the loss of the reference answer."""
    if not record.tokens:
        return None
    return -record.logprobs[0] / record.tokens[0]


@dataclass(frozen=True)
class Contrast:
    """Base and tuned beside each other on the same items, in the order asked.

    `missing` counts items that lack a finite measure on either side; they are in no other field.
    """

    items: tuple[str, ...]
    clusters: tuple[str, ...]
    base: tuple[float, ...]
    tuned: tuple[float, ...]
    missing: int

    @property
    def n(self) -> int:
        """Items measured on both sides."""
        return len(self.items)

    @cached_property
    def deltas(self) -> tuple[float, ...]:
        """Tuned minus base, item by item."""
        return tuple(t - b for b, t in zip(self.base, self.tuned, strict=True))

    @property
    def rises(self) -> int:
        """Items on which the tuned model's measure is higher."""
        return sum(d > 0 for d in self.deltas)

    @property
    def falls(self) -> int:
        """Items on which the tuned model's measure is lower."""
        return sum(d < 0 for d in self.deltas)

    @property
    def disagreement(self) -> float:
        """Share of items on which the two measures differ (psi); 0 where there are no items."""
        return (self.rises + self.falls) / self.n if self.n else 0.0

    @property
    def binary(self) -> bool:
        """Whether every measure is 0 or 1."""
        return all(x in (0.0, 1.0) for x in (*self.base, *self.tuned))

    @property
    def clustered(self) -> bool:
        """Whether any cluster holds more than one item."""
        return len(set(self.clusters)) < self.n

    def means(self) -> tuple[float, float]:
        """Mean of base and of tuned; NaN where there are no items."""
        if not self.n:
            return math.nan, math.nan
        return math.fsum(self.base) / self.n, math.fsum(self.tuned) / self.n


def contrast(
    records: Iterable[Record], measure: Callable[[Record], float | None] = score_of
) -> Contrast:
    """Set one set's records of both models beside each other.

    Raises ValueError for two records of one item and model, for records of several sets, and
    where the two models were asked different ids: such runs cannot be compared.
    """
    sides = _by_item(records)
    kept: list[tuple[str, str, float, float]] = []
    for item, pair in sides.items():
        values = [measure(pair[side]) if side in pair else None for side in ("base", "tuned")]
        _same_prompt(item, pair)
        base, tuned = (math.nan if v is None else v for v in values)
        if math.isfinite(base) and math.isfinite(tuned):
            kept.append((item, pair["base"].cluster or item, base, tuned))
    items, clusters, bases, tuneds = zip(*kept, strict=True) if kept else ((), (), (), ())
    return Contrast(items, clusters, bases, tuneds, missing=len(sides) - len(kept))


def _by_item(records: Iterable[Record]) -> dict[str, dict[str, Record]]:
    sides: dict[str, dict[str, Record]] = {}
    sets: dict[str, None] = {}
    for record in records:
        sets[record.set] = None
        pair = sides.setdefault(record.item, {})
        if record.model in pair:
            raise ValueError(f"item {record.item!r} has two records of the {record.model} model")
        pair[record.model] = record
    if len(sets) > 1:
        raise ValueError(f"records of several sets cannot be one contrast: {', '.join(sets)}")
    return sides


def _same_prompt(item: str, pair: dict[str, Record]) -> None:
    if len({(record.prompt_sha256, record.cluster) for record in pair.values()}) > 1:
        raise ValueError(
            f"item {item!r}: base and tuned were asked different token ids; render once for both"
        )
