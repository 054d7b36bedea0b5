"""Train the classifier from labelled texts, and say how good it is on texts it has not seen.

Everything reported is of held-out examples: five outer folds, in each of which the penalty and
the sigmoid are chosen on the rest by five inner folds (nested cross-validation; Varma and Simon
2006). Equal texts lie in one fold. The classifier itself is then made of all examples.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from burnish.methods.quality.classifier import BUCKETS, Classifier
from burnish.methods.quality.measure import known
from burnish.methods.quality.regression import Fit, fit, log_loss, platt
from burnish.methods.quality.reliability import Reliability, auc, reliability

Reals = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]

FOLDS = 5
LEAST_EACH = 20
"""Examples of each class below which nothing is trained."""
PENALTIES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
CURVE = (0.25, 0.5, 0.75, 1.0)
MOST_COLUMNS = 8_000
"""Buckets learnt from: those in most texts."""
TOLD, LEAST_TEXTS = 10, 5
_DECIMALS = 6


class TooFewExamples(ValueError):
    """There is not enough to learn from."""


@dataclass(frozen=True)
class Feature:
    """A word or pair of words that speaks for (or against) a text, and in how many it stands."""

    words: str
    weight: float
    texts: int


@dataclass(frozen=True)
class Training:
    """A classifier with what is known of it."""

    classifier: Classifier
    held_out: Reliability
    good: int
    bad: int
    repeated: int
    """Examples left out because their text was there already."""
    contradictory: int
    """Examples left out because their text is labelled both good and bad."""
    penalty: float
    curve: tuple[tuple[int, float], ...]
    """Examples learnt from, and the area under the curve on held-out ones."""
    telling: tuple[Feature, ...]
    """The most telling words, those for a good text first."""


@dataclass(frozen=True)
class _Examples:
    texts: Sequence[str]
    truth: Truth
    folds: Longs
    buckets: list[Longs]
    places: list[Longs]


def train(texts: Sequence[str], good: Sequence[bool]) -> Training:
    """Train on labelled texts. Raises `TooFewExamples`, also where one class is missing."""
    kept, repeated, contradictory = _distinct(texts, good)
    truth = np.array([good[row] for row in kept], np.bool_)
    counted = int(truth.sum()), int((~truth).sum())
    if min(counted) < LEAST_EACH:
        raise TooFewExamples(
            f"{counted[0]} different good and {counted[1]} bad examples: at least {LEAST_EACH} of "
            f"each are needed, and some hundreds make a classifier worth using"
        )
    examples = _examined([texts[row] for row in kept], truth)
    rows, columns, scale = _rows(examples)
    held_out, curve = _held_out(rows, examples)
    penalty, sums = _chosen(rows, examples.truth, examples.folds)
    slope, offset = platt(examples.truth, sums)
    whole = fit(rows, examples.truth, penalty)
    weights = np.zeros(BUCKETS, np.float32)
    weights[columns] = (whole.weights * scale).astype(np.float32)
    facts = {
        "good": counted[0],
        "bad": counted[1],
        "penalty": penalty,
        "held_out": _rounded(asdict(held_out)),
    }
    made = Classifier(weights, _short(whole.bias), _short(slope), _short(offset), facts)
    return Training(
        classifier=made,
        held_out=held_out,
        good=counted[0],
        bad=counted[1],
        repeated=repeated,
        contradictory=contradictory,
        penalty=penalty,
        curve=curve,
        telling=tuple(_telling(examples, weights)),
    )


def _distinct(texts: Sequence[str], good: Sequence[bool]) -> tuple[list[int], int, int]:
    """Rows of different texts, and how many were left out as repeated and as contradictory."""
    first: dict[str, int] = {}
    labels: dict[str, set[bool]] = {}
    for row, text in enumerate(texts):
        same = " ".join(text.split()).casefold()
        first.setdefault(same, row)
        labels.setdefault(same, set()).add(good[row])
    torn = {same for same, both in labels.items() if len(both) > 1}
    against = sum(" ".join(text.split()).casefold() in torn for text in texts)
    kept = [row for same, row in first.items() if same not in torn]
    return kept, len(texts) - len(kept) - against, against


def _examined(texts: Sequence[str], truth: Truth) -> _Examples:
    from burnish.methods.quality.features import count_features

    buckets, places = [], []
    for text in texts:
        raw = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        found, stand = count_features(raw, known(), BUCKETS)
        buckets.append(found)
        places.append(stand)
    return _Examples(texts, truth, _folds(texts, truth), buckets, places)


def _folds(texts: Sequence[str], truth: Truth) -> Longs:
    """A fold for each text, both classes spread evenly, told by the text alone and its peers."""
    keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
    folds = np.zeros(len(texts), np.int64)
    for label in (False, True):
        ordered = sorted(np.flatnonzero(truth == label).tolist(), key=keys.__getitem__)
        folds[ordered] = np.arange(len(ordered)) % FOLDS
    return folds


def _rows(examples: _Examples) -> tuple[csr_matrix, Longs, Reals]:
    """The examples as rows of the buckets that most of them have, and how each was scaled.

    A value is times / sqrt(n-grams) x log(texts / texts with it), over the mean length of rows.
    """
    counts = [np.unique(one, return_counts=True) for one in examples.buckets]
    seen = np.bincount(np.concatenate([found for found, _ in counts]), minlength=BUCKETS)
    often = np.lexsort((np.arange(BUCKETS), -seen))[:MOST_COLUMNS]
    columns = np.sort(often[seen[often] >= 2])
    place = np.full(BUCKETS, -1, np.int64)
    place[columns] = np.arange(len(columns))
    rarity = np.log((1.0 + len(counts)) / (1.0 + seen[columns])) + 1.0
    data, indices, ends = [], [], [0]
    for (found, times), buckets in zip(counts, examples.buckets, strict=True):
        here = place[found] >= 0
        at = place[found[here]]
        data.append(times[here] / np.sqrt(max(len(buckets), 1)) * rarity[at])
        indices.append(at)
        ends.append(ends[-1] + len(at))
    shape = (len(counts), len(columns))
    made = csr_matrix((np.concatenate(data), np.concatenate(indices), ends), shape=shape)
    length = float(np.sqrt(made.multiply(made).sum(axis=1)).mean()) or 1.0
    return made / length, columns, rarity / length


def _chosen(rows: csr_matrix, truth: Truth, folds: Longs) -> tuple[float, Reals]:
    """The penalty with the least held-out log loss, and the held-out sums at it."""
    sums = np.zeros((len(PENALTIES), len(truth)))
    for fold in np.unique(folds).tolist():
        away = folds == fold
        fitted: Fit | None = None
        for number, penalty in enumerate(PENALTIES):
            fitted = fit(rows[~away], truth[~away], penalty, fitted)
            sums[number, away] = fitted.sums(rows[away])
    losses = [log_loss(truth, one) for one in sums]
    best = int(np.argmin(losses))
    return PENALTIES[best], sums[best]


def _held_out(
    rows: csr_matrix, examples: _Examples
) -> tuple[Reliability, tuple[tuple[int, float], ...]]:
    """What examples say that nothing was chosen by, and the learning curve."""
    truth, folds = examples.truth, examples.folds
    probabilities = np.zeros(len(truth))
    curve = np.zeros((len(CURVE), FOLDS, 2))
    for fold in range(FOLDS):
        away = folds == fold
        inner = _again(truth[~away], fold)
        penalty, sums = _chosen(rows[~away], truth[~away], inner)
        slope, offset = platt(truth[~away], sums)
        odds = slope * fit(rows[~away], truth[~away], penalty).sums(rows[away]) + offset
        probabilities[away] = 0.5 * (1.0 + np.tanh(0.5 * odds))
        for number, part in enumerate(CURVE):
            curve[number, fold] = _part(rows, truth, away, penalty, part)
    told = tuple((int(size), float(area)) for size, area in curve.mean(axis=1).tolist())
    return reliability(truth, probabilities), told


def _again(truth: Truth, seed: int) -> Longs:
    """Folds of what is left of the examples, both classes spread evenly."""
    folds = np.zeros(len(truth), np.int64)
    for label in (False, True):
        rows = np.flatnonzero(truth == label)
        folds[np.random.default_rng(seed).permutation(rows)] = np.arange(len(rows)) % FOLDS
    return folds


def _part(
    rows: csr_matrix, truth: Truth, away: Truth, penalty: float, part: float
) -> tuple[int, float]:
    """Examples learnt from when only a part of each class is, and the area that it reaches."""
    here = np.random.default_rng(0).permutation(np.flatnonzero(~away))
    few = np.concatenate(
        [cls[: max(2, round(part * len(cls)))] for cls in (here[truth[here]], here[~truth[here]])]
    )
    fitted = fit(rows[few], truth[few], penalty)
    return len(few), auc(truth[away], fitted.sums(rows[away])).value


def _telling(examples: _Examples, weights: npt.NDArray[np.float32]) -> list[Feature]:
    """The words and pairs with most weight for and against, of those in several examples."""
    stand: Counter[tuple[str, int]] = Counter()
    for text, buckets, places in zip(
        examples.texts, examples.buckets, examples.places, strict=True
    ):
        folded = text.casefold()
        words = [folded[start:end] for start, end in places.tolist()]
        pairs = [f"{one} {two}" for one, two in pairwise(words)]
        stand.update(set(zip(words + pairs, buckets.tolist(), strict=False)))
    listed = [
        Feature(words, float(weights[bucket]), texts)
        for (words, bucket), texts in stand.items()
        if texts >= LEAST_TEXTS
    ]
    # A word that stands in many texts tells more than its weight alone says.
    ordered = sorted(listed, key=lambda one: (-one.weight * one.texts**0.5, one.words))
    good = [one for one in ordered if one.weight > 0][:TOLD]
    return good + [one for one in reversed(ordered) if one.weight < 0][:TOLD]


def _short(value: float) -> float:
    return round(value, 9)


def _rounded(value: object) -> object:
    """Numbers to six places, so that a file does not depend on the last bits of a sum."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(value, _DECIMALS) if isinstance(value, float) else value
