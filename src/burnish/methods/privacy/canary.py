"""The canary test: invented identifiers are planted in a job's own documents, then looked for.

It runs before a job masks anything: a detector that has lost its touch is caught by documents whose
truth is known (the specification's safeguard against a systematic failure of removal). Values,
written forms and sentences come from this file and `carriers`, never from the rules.

What it cannot show: names and addresses are planted in forms that rules can reach (introduced,
signed, labelled, titled; with number, street and place), so their recall here says nothing about a
rare name in running text. And one set of authors wrote rules and canaries; a bound of 99 % holds
for forms like these, not for every way people write.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from scipy.special import betaincinv

from burnish.methods.privacy import invented
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.spans import CATEGORIES

_WINDOW = 2000
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Canary:
    """A document with one planted identifier at characters `start` to `end`."""

    text: str
    start: int
    end: int
    category: str


@dataclass(frozen=True, slots=True)
class CategoryRecall:
    """How many of a category's canaries were found whole, with exact 95 % bounds."""

    category: str
    planted: int
    found: int
    recall: float
    lower: float
    upper: float


def plant(seed: int, carriers: Sequence[str], per_category: int) -> list[Canary]:
    """`per_category` canaries of each invented category, spliced between sentences of the carriers.

    Same arguments, same canaries. A carrier is cut to 2,000 characters around the splice. Raises
    ValueError when there is no carrier with text or `per_category` is below one.
    """
    usable = [carrier for carrier in carriers if carrier.strip()]
    if not usable:
        raise ValueError("the canary test needs documents to plant in; the carriers hold no text")
    if per_category < 1:
        raise ValueError(f"per_category is {per_category}; plant at least one canary a category")
    canaries = []
    for category in invented.CATEGORIES:
        random = Random(f"burnish canary {seed} {category}")
        for _ in range(per_category):
            canaries.append(_splice(random, random.choice(usable), category))
    return canaries


def recall(detector: Detector, canaries: Sequence[Canary]) -> list[CategoryRecall]:
    """The recall of each planted category, in the order of `CATEGORIES`.

    A canary counts as found when every character of it is covered, whatever the category given:
    what is masked under another name is masked. The bounds are Clopper and Pearson's (1934).
    """
    found = detector.detect([canary.text for canary in canaries])
    hits: dict[str, list[bool]] = {}
    for canary, spans in zip(canaries, found, strict=True):
        covered = {place for span in spans for place in range(span.start, span.end)}
        whole = covered.issuperset(range(canary.start, canary.end))
        hits.setdefault(canary.category, []).append(whole)
    return [_recall(name, hits[name]) for name in CATEGORIES if name in hits]


def _recall(category: str, hits: Sequence[bool]) -> CategoryRecall:
    planted, found = len(hits), sum(hits)
    lower, upper = clopper_pearson(found, planted)
    return CategoryRecall(category, planted, found, found / planted, lower, upper)


def clopper_pearson(found: int, planted: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact two-sided bounds of a proportion (Clopper & Pearson, Biometrika 26, 1934)."""
    tail = (1 - confidence) / 2
    lower = float(betaincinv(found, planted - found + 1, tail)) if found else 0.0
    upper = float(betaincinv(found + 1, planted - found, 1 - tail)) if found < planted else 1.0
    return lower, upper


def _splice(random: Random, carrier: str, category: str) -> Canary:
    before, value, after = invented.sentence(random, category)
    place = _place(random, carrier)
    head, tail = (
        carrier[max(0, place - _WINDOW // 2) : place],
        carrier[place : place + _WINDOW // 2],
    )
    # A line of its own for what is a line of its own: sign-offs, labels and headers.
    joint = "\n" if "\n" in before + after or invented.is_line(before) else " "
    lead = head.rstrip() + joint + before if head.strip() else before
    rest = after + joint + tail.lstrip() if tail.strip() else after
    return Canary(lead + value + rest, len(lead), len(lead) + len(value), category)


def _place(random: Random, carrier: str) -> int:
    """A place between two sentences, or else between two words, or else the end."""
    for boundary in (_SENTENCE_END, _BLANK):
        places = [match.end() for match in boundary.finditer(carrier)]
        if places:
            return random.choice(places)
    return len(carrier)
