"""Two models that answer by script: what they say and weigh depends on what they are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tokenizers import Tokenizer

from burnish.methods.evaluation.bench import Bench, Found, Sampling, Sheet
from burnish.methods.evaluation.decision import GateResult, Rule, blind_gates, judge
from burnish.methods.evaluation.records import Asked, Record, Side
from burnish.methods.evaluation.rendering import Rendering
from burnish.methods.evaluation.suites import Item, Kind, Message
from burnish.methods.formats.prompt import freeze_chat
from burnish.samples import base_model_path

Says = Callable[[Side, Asked], tuple[str | None, bool | None]]
Weighs = Callable[[Side, Asked], Sequence[float]]


@cache
def rendering() -> Rendering:
    base = base_model_path()
    return Rendering(freeze_chat(base, None), Tokenizer.from_file(str(base / "tokenizer.json")))


def nothing(side: Side, asked: Asked) -> tuple[str | None, bool | None]:
    return None, None


def flat(side: Side, asked: Asked) -> Sequence[float]:
    return [-float(len(after)) for after in asked.continuations]


@dataclass(frozen=True)
class Scripted:
    """An asker whose two models follow a script."""

    says: Says = nothing
    weighs: Weighs = flat

    def answers(self, asked: Sequence[Asked], sampling: Sampling | None = None) -> list[Record]:
        made = []
        for side in ("base", "tuned"):
            for one in asked:
                output, cut = self.says(side, one)
                made.append(_record(one, side, output, cut, (), ()))
        return made

    def likelihoods(self, asked: Sequence[Asked]) -> list[Record]:
        made = []
        for side in ("base", "tuned"):
            for one in asked:
                weights = tuple(self.weighs(side, one))
                lengths = tuple(len(after) for after in one.continuations)
                made.append(_record(one, side, None, None, weights, lengths))
        return made


def _record(
    one: Asked,
    side: Side,
    output: str | None,
    cut: bool | None,
    logprobs: tuple[float, ...],
    tokens: tuple[int, ...],
) -> Record:
    return Record(one.set, one.item, one.cluster, one.digest(), side, output, cut, logprobs, tokens)


def bench(says: Says = nothing, weighs: Weighs = flat) -> Bench:
    return Bench(Scripted(says, weighs), rendering())


def sheet(gate: str, items: Sequence[Item], margin: float = 0.05, name: str = "set") -> Sheet:
    asked = tuple(rendering().ask(name, item) for item in items)
    return Sheet(gate, name, margin, tuple(items), asked)


def item(
    number: int,
    answer: str = "",
    kind: Kind = "exact",
    choices: tuple[str, ...] = (),
    group: str = "",
    labels: Mapping[str, str] | None = None,
    question: str = "",
) -> Item:
    said = () if kind == "pair" else (Message("user", question or f"Question {number}?"),)
    answers = (answer,) if answer else ()
    return Item(f"q{number}", said, answers, kind, f"q{number}", choices, group, labels or {})


def choosing(pick: Callable[[Side, Asked], int]) -> Weighs:
    """Weights under which the choice at the picked place is the likeliest per token."""

    def weighs(side: Side, asked: Asked) -> Sequence[float]:
        taken = pick(side, asked)
        return [
            -(0.1 if place == taken else 2.0) * len(after)
            for place, after in enumerate(asked.continuations)
        ]

    return weighs


def number_of(asked: Asked) -> int:
    return int(asked.item.removeprefix("q"))


def verdicts(found: Found, rule: Rule | None = None) -> dict[str, str]:
    return {name: result.verdict for name, result in results(found, rule).items()}


def results(found: Found, rule: Rule | None = None) -> dict[str, GateResult]:
    return {result.name: result for result in judge(found.gates, rule or Rule())}


def blind(found: Found) -> tuple[str, ...]:
    return blind_gates(found.gates, Rule())
