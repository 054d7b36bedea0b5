"""Canaries: invented identifiers spliced between the sentences of documents.

It runs before a job masks anything: a detector that has lost its touch is caught by documents whose
truth is known (the specification's safeguard against a systematic failure of removal). Values,
written forms and sentences are this package's own, taken neither from the rules nor from the text
that the model was trained on.

What it cannot show: forms and names that nobody thought of here. A bound of 99 % holds for canaries
like these in this job's documents, not for every way people write.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from burnish.methods.privacy.canaries import forms
from burnish.methods.privacy.spans import CATEGORIES, REGIONS_OF

_REACH = 300
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Canary:
    """A document with one planted identifier at characters `start` to `end`."""

    text: str
    start: int
    end: int
    category: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be found: categories, regions whose forms count, own examples, collections."""

    categories: tuple[str, ...] = CATEGORIES
    regions: tuple[str, ...] = ("AU", "US", "GB", "EU")
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    collections: tuple[str, ...] = forms.SHIPPED

    @property
    def looked_for(self) -> tuple[str, ...]:
        """The categories that are looked for at all, patterns of one's own included.

        A category bound to regions that were not chosen is not.
        """
        bound = tuple(c for c in self.categories if self._here(c))
        return (*bound, *sorted(set(self.examples) - set(bound)))

    def _here(self, category: str) -> bool:
        own = REGIONS_OF.get(category)
        return own is None or bool(set(own) & set(self.regions))


def plant(
    seed: int, carriers: Sequence[str], per_category: int, wanted: Wanted | None = None
) -> list[Canary]:
    """`per_category` canaries of each category, and of each kind of PERSON, in turn of its forms.

    Same arguments, same canaries. A carrier is cut to 600 characters around the splice. A pattern
    of one's own without an example has none. Raises ValueError when there is no carrier with text
    or `per_category` is below one.
    """
    usable = [carrier for carrier in carriers if carrier.strip()]
    if not usable:
        raise ValueError("the canary test needs documents to plant in; the carriers hold no text")
    if per_category < 1:
        raise ValueError(f"per_category is {per_category}; plant at least one canary a category")
    asked = wanted or Wanted()
    return [
        canary
        for category in asked.looked_for
        for canary in _of_category(f"{seed} {category}", usable, per_category, (category, asked))
    ]


def _of_category(
    seed: str, carriers: Sequence[str], count: int, what: tuple[str, Wanted]
) -> list[Canary]:
    category, wanted = what
    random = Random(f"burnish canary {seed}")
    ways = forms.forms_for(category, wanted.regions, wanted.collections)
    examples = wanted.examples.get(category, ())
    if category == "PERSON":
        count *= len({way.kind for way in ways})
    canaries = []
    for number in range(count if ways or examples else 0):
        if ways:
            said = forms.sentence(random, category, ways[number % len(ways)])
        else:
            said = forms.own_sentence(random, examples[number % len(examples)])
        canaries.append(_splice(random, random.choice(carriers), category, said))
    return canaries


def _splice(random: Random, carrier: str, category: str, said: forms.Sentence) -> Canary:
    place = _place(random, carrier)
    head, tail = carrier[max(0, place - _REACH) : place], carrier[place : place + _REACH]
    # A line of its own for what is a line of its own: forms, headers, sign-offs.
    joint = "\n" if "\n" in said.before + said.after else " "
    lead = head.rstrip() + joint + said.before if head.strip() else said.before
    rest = said.after + joint + tail.lstrip() if tail.strip() else said.after
    end = len(lead) + len(said.value)
    return Canary(lead + said.value + rest, len(lead), end, category, said.kind)


def _place(random: Random, carrier: str) -> int:
    """A place between two sentences, or else between two words, or else the end."""
    for boundary in (_SENTENCE_END, _BLANK):
        places = [match.end() for match in boundary.finditer(carrier)]
        if places:
            return random.choice(places)
    return len(carrier)
