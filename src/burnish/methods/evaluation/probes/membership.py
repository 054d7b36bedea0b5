"""Can it be told who was in the training part: membership inference with a held-out control.

Two attacks on rows drawn at random, of which a split before training put some into the training
part and held others out, so that nothing but training tells them apart (without that a figure
measures how distributions differ: Duan and others 2024, Meeus and others 2024):

* *reference*: log-likelihood of the answer per token, tuned minus base (the base is the reference
  model that the literature has to guess);
* *Min-K%++* (Zhang and others 2024, arXiv 2404.02936), tuned minus base, where the models can be
  looked into.

Each is told as its area under the curve with DeLong's interval (DeLong and others 1988,
Biometrics 44:837) and its true positive rate at 1 % false positives (Carlini and others 2022).
The gate's attack succeeds where the lower 95 % bound of the area lies above the limit.

Where the training was (epsilon, delta)-differentially private for each row, no attack can do
better than TPR <= min(e^epsilon FPR + delta, 1 - e^-epsilon (1 - delta - FPR)) (Kairouz, Oh and
Viswanath 2015, theorem 2.1); the area under that curve is a tighter limit, and an attack above it
says that the promise was not kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from burnish.methods.evaluation.bench import Bench, Found
from burnish.methods.evaluation.probes.seen import Seen, twins
from burnish.methods.evaluation.records import Asked, Record
from burnish.methods.evaluation.rule import GateInput

Floats = NDArray[np.float64]
GATE = "memorisation:membership"
SET = "membership"
_Z = 1.959963984540054
LIMIT = (
    "membership: attacks on single rows by likelihood; stronger ones train many shadow models, "
    "which is not done"
)
ENDPOINT = "membership: Min-K%++ needs the models' logits, which a served model does not give"


@dataclass(frozen=True, slots=True)
class Membership:
    """The limit of the area under the curve, and what a private training promised.

    `least` and `most` are the fewest and the most rows on either side that the figure is made
    from; `longest` the most tokens of a row.
    """

    limit: float = 0.9
    epsilon: float | None = None
    delta: float = 0.0
    least: int = 30
    most: int = 200
    longest: int | None = None

    @property
    def bound(self) -> float:
        """The limit, or what the promise of privacy allows at most, whichever is less."""
        if self.epsilon is None:
            return self.limit
        return min(self.limit, private_area(self.epsilon, self.delta))


@dataclass(frozen=True, slots=True)
class Attack:
    """How well an attack tells members from others; `lower` and `upper` at 95 %, two-sided."""

    area: float
    lower: float
    upper: float
    caught: float
    members: int
    others: int


def membership_probe(
    bench: Bench, trained: Sequence[Seen], held_out: Sequence[Seen], terms: Membership
) -> Found:
    """Zero tolerance for an attack whose area is shown to lie above the limit.

    Twins are taken by source. With too few of them there is no gate, and a sentence says so; a
    likelihood that is no number leaves the gate unjudged.
    """
    ours, theirs = ([r for r in rows if _fits(r, terms)] for rows in (trained, held_out))
    left, right = twins(ours, theirs, terms.most)
    if min(len(left), len(right)) < terms.least:
        return Found((), told={"rows": 2 * len(left)}, limits=(_few(len(left), terms),))
    asked = [_ask("train", row) for row in left] + [_ask("test", row) for row in right]
    records = bench.asker.likelihoods(asked)
    gains = {"reference": _gains(records, per_token=True)}
    if bench.inside is not None:
        gains["min_k"] = _gains(bench.inside.surprise(asked), per_token=False)
    missing = sum(len(asked) - len(found) for found in gains.values())
    sides = {name: _sides(found) for name, found in gains.items()}
    attacks = {name: attack(*pair) for name, pair in sides.items() if min(map(len, pair)) > 1}
    gate = GateInput(
        name=GATE,
        kind="zero_tolerance",
        margin=0.0,
        n=len(asked) if attacks else 0,
        losses=sum(found.lower > terms.bound for found in attacks.values()),
        wins=0,
        missing=missing,
        control_fired=all(_fires(*sides[name], terms.bound) for name in attacks),
    )
    told: dict[str, Any] = {"limit": terms.bound, "rows": len(asked)}
    told |= {name: _told(found) for name, found in attacks.items()}
    return Found((gate,), tuple(records), told, _limits(bench))


def attack(members: Sequence[float] | Floats, others: Sequence[float] | Floats) -> Attack:
    """Area under the curve (a tie is half) with DeLong's interval, and TPR at 1 % FPR.

    The rate is that at the highest threshold that at most 1 % of the others pass. Raises
    ValueError below two rows on a side.
    """
    ours, theirs = (np.asarray(side, dtype=np.float64) for side in (members, others))
    if min(ours.size, theirs.size) < 2 or not np.all(np.isfinite(np.concatenate([ours, theirs]))):
        raise ValueError("an attack needs two finite scores or more on either side")
    wins = _placements(ours, theirs)
    losses = 1.0 - _placements(theirs, ours)
    area = float(wins.mean())
    error = math.sqrt(wins.var(ddof=1) / ours.size + losses.var(ddof=1) / theirs.size)
    threshold = np.sort(theirs)[::-1][math.floor(0.01 * theirs.size)]
    return Attack(
        area=area,
        lower=max(0.0, area - _Z * error),
        upper=min(1.0, area + _Z * error),
        caught=float((ours > threshold).mean()),
        members=ours.size,
        others=theirs.size,
    )


def private_area(epsilon: float, delta: float = 0.0) -> float:
    """The largest area under the curve of any attack on an (epsilon, delta)-private training.

    The area under min(1, e^epsilon f + delta, 1 - e^-epsilon (1 - delta - f)) over the false
    positive rates f; for delta 0 it is e^epsilon / (1 + e^epsilon).
    """
    if epsilon < 0 or not 0 <= delta <= 1:
        raise ValueError("epsilon is at least 0, and delta lies between 0 and 1")
    knee = (1.0 - delta) / (1.0 + math.exp(min(epsilon, 700.0)))
    top = 1.0 - knee
    rise = knee * (delta + top) / 2
    level = (1.0 - delta - knee) * (top + 1.0) / 2
    return min(1.0, rise + level + delta)


def _placements(ours: Floats, theirs: Floats) -> Floats:
    """For each of ours the share of theirs below it, ties half."""
    pool = np.sort(theirs)
    below = np.searchsorted(pool, ours, side="left")
    upto = np.searchsorted(pool, ours, side="right")
    shares: Floats = (below + upto) / (2.0 * pool.size)
    return shares


def _fires(members: Floats, others: Floats, bound: float) -> bool:
    """The control: members that stand four deviations higher must be told from the others."""
    spread = float(np.concatenate([members, others]).std()) or 1.0
    higher = members - members.mean() + others.mean() + 4 * spread
    return attack(higher, others).lower > bound


def _fits(row: Seen, terms: Membership) -> bool:
    return terms.longest is None or len(row.prompt) + len(row.answer) <= terms.longest


def _ask(part: str, row: Seen) -> Asked:
    return Asked(SET, f"{part}/{row.id}", row.prompt, (row.answer,), row.cluster)


def _gains(records: Sequence[Record], *, per_token: bool) -> dict[str, float]:
    """Tuned minus base by item; items without a finite figure on both sides are left out."""
    sides: dict[str, dict[str, float]] = {}
    for record in records:
        value = _per_token(record) if per_token else record.score
        if value is not None and math.isfinite(value):
            sides.setdefault(record.item, {})[record.model] = value
    return {item: pair["tuned"] - pair["base"] for item, pair in sides.items() if len(pair) == 2}


def _per_token(record: Record) -> float | None:
    return record.logprobs[0] / record.tokens[0] if record.tokens and record.logprobs else None


def _sides(gains: Mapping[str, float]) -> tuple[Floats, Floats]:
    members = [gain for item, gain in gains.items() if item.startswith("train/")]
    others = [gain for item, gain in gains.items() if item.startswith("test/")]
    return np.array(members, dtype=np.float64), np.array(others, dtype=np.float64)


def _told(found: Attack) -> dict[str, Any]:
    return {
        "area": found.area,
        "interval": [found.lower, found.upper],
        "caught_at_1_percent": found.caught,
        "members": found.members,
        "others": found.others,
    }


def _few(rows: int, terms: Membership) -> str:
    return (
        f"membership was not tried: {rows} trained and held-out rows of one source, "
        f"{terms.least} of each are needed"
    )


def _limits(bench: Bench) -> tuple[str, ...]:
    return (LIMIT,) if bench.inside is not None else (LIMIT, ENDPOINT)
