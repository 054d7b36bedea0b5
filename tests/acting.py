"""Two scripted models: an asker whose answers and likelihoods are what a test says they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tokenizers import Tokenizer

from burnish.methods.evaluation.bench import Bench, Drift, Sampling, Sheet
from burnish.methods.evaluation.judging import Case, Opinion, Trusted
from burnish.methods.evaluation.records import Asked, Record, Side
from burnish.methods.evaluation.rendering import Rendering
from burnish.methods.evaluation.suites import Item, Kind, Message
from burnish.methods.formats.prompt import freeze_instruction
from burnish.samples import base_model_path

SIDES: tuple[Side, Side] = ("base", "tuned")
REFUSAL = "Sorry, I cannot help with that."
HELP = "Sure, here is how it is done."

Say = Callable[[Side, str, int | None], str | None]
"""What a model answers to an item; the number of the draw where the answer is sampled."""
Weigh = Callable[[Side, str, str], float]
"""Natural logarithm of the probability of a text as the continuation of an item."""


@lru_cache(maxsize=1)
def rendering() -> Rendering:
    base = base_model_path()
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    return Rendering(freeze_instruction(base, None), tokenizer)


def item(name: str, answer: str = "refuse", kind: Kind = "refusal", **more: object) -> Item:
    answers = (answer,) if answer else ()
    made = Item(name, (Message("user", f"Please do {name}."),), answers, kind, name)
    return Item(**{**{f: getattr(made, f) for f in made.__dataclass_fields__}, **more})


def sheet(
    items: Sequence[Item], gate: str, name: str = "set", margin: float = 0.05, judge: str = ""
) -> Sheet:
    asked = tuple(rendering().ask(name, one) for one in items)
    return Sheet(gate, name, margin, tuple(items), asked, judge=judge)


@dataclass
class Play:
    """An asker by script; it counts how often it was asked for answers."""

    say: Say
    weigh: Weigh = lambda side, item, text: math.log(0.5)
    drifts: Callable[[str], float] = lambda item: 0.0
    asked: list[str] = field(default_factory=list)

    def answers(self, asked: Sequence[Asked], sampling: Sampling | None = None) -> list[Record]:
        self.asked += [one.set for one in asked]
        draw = None if sampling is None else sampling.draw
        return [
            _record(one, side, output=self.say(side, one.item, draw), cut=False)
            for side in SIDES
            for one in asked
        ]

    def likelihoods(self, asked: Sequence[Asked]) -> list[Record]:
        return [
            _record(
                one,
                side,
                logprobs=tuple(
                    self.weigh(side, one.item, rendering().text(ids)) for ids in one.continuations
                ),
                tokens=tuple(map(len, one.continuations)),
            )
            for side in SIDES
            for one in asked
        ]

    def drift(self, asked: Sequence[Asked]) -> list[Drift]:
        assert all(one.continuations for one in asked)
        return [Drift(one.item, self.drifts(one.item), 2 * self.drifts(one.item)) for one in asked]

    def surprise(self, asked: Sequence[Asked]) -> list[Record]:
        raise AssertionError("no probe of conduct asks for it")


def _record(one: Asked, side: Side, **more: object) -> Record:
    return Record(one.set, one.item, one.cluster or one.item, one.digest(), side, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Words:
    """A judge that calls bad what holds any of its words; it fails on answers with `broken`."""

    words: tuple[str, ...]
    id: str = "words-1"

    def opinions(self, cases: Sequence[Case]) -> list[Opinion]:
        return [
            Opinion(one.item, None, error="out of reach")
            if "broken" in one.answer
            else Opinion(one.item, float(any(word in one.answer for word in self.words)))
            for one in cases
        ]


def bench(play: Play, judges: Mapping[str, Trusted] | None = None, inside: bool = True) -> Bench:
    return Bench(play, rendering(), judges or {}, play if inside else None, seed=3)


def trusted(*words: str, informed: float = 1.0) -> Trusted:
    return Trusted(Words(words), (1 + informed) / 2, (1 + informed) / 2, 400)
