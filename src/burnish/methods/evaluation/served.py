"""Base and tuned model asked where they are served.

Over `/v1/completions` a prompt goes as token ids, so both models read what an in-process one would
read, and likelihoods come from the echoed prompt's log-probabilities (vLLM's and OpenAI's `echo`
with `logprobs`). Over `/v1/chat/completions` the server lays its own template over the messages and
tells nothing of the prompt's tokens: there are answers, and no likelihoods.

What is not covered: that the server renders, rounds and batches as this process does. It is asked
greedily with a fixed seed; drawn answers carry a seed that is equal for both models, which a server
may or may not use in the same way for both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from burnish.methods.evaluation.asides import both, record_of
from burnish.methods.evaluation.bench import Sampling
from burnish.methods.evaluation.records import Asked, Record, Side
from burnish.methods.evaluation.speaking import Speaker, Unheard, heard, only_choice, said

GIVEN_UP = 8
"""So many failures one after the other end the asking; what remains is unheard."""
OVER_CHAT = "a chat endpoint tells no likelihoods; serve the model behind /v1/completions"
NO_MESSAGES = "a chat endpoint takes messages, and this question is made of token ids"
GONE = "the endpoint was given up: it failed too often one after the other"

Turns = Callable[[Asked], Sequence[Mapping[str, str]] | None]


def no_turns(one: Asked) -> None:
    """For endpoints that take token ids."""


@dataclass(frozen=True)
class Line:
    """One served model: who speaks with it, how much at once, and whether it is a chat."""

    speaker: Speaker
    at_once: int = 8
    chat: bool = False


@dataclass(frozen=True)
class Served:
    """Asks both served models; fulfils `bench.Asker` and `asides.SideAsker`.

    What was not heard is a record with `error` and without an answer or a likelihood: missing
    evidence. `turns` gives the messages of what is asked, for a chat endpoint.
    """

    base: Line
    tuned: Line
    stop_ids: tuple[int, ...]
    max_new_tokens: int
    turns: Turns = field(default=no_turns)

    def answers(self, asked: Sequence[Asked], sampling: Sampling | None = None) -> list[Record]:
        """Answers of both models."""
        return both(asked, lambda side: self.answers_of(side, asked, sampling))

    def likelihoods(self, asked: Sequence[Asked]) -> list[Record]:
        """Log-likelihoods of every continuation under both models."""
        return both(asked, lambda side: self.likelihoods_of(side, asked))

    def answers_of(
        self, side: Side, asked: Sequence[Asked], sampling: Sampling | None = None
    ) -> list[Record]:
        """One model's answers."""
        line = self._line(side)
        bodies = [self._question(line, one, sampling) for one in asked]
        path = "chat/completions" if line.chat else "completions"
        found = _patiently(line, path, bodies)
        return [_answer(one, side, answer) for one, answer in zip(asked, found, strict=True)]

    def likelihoods_of(self, side: Side, asked: Sequence[Asked]) -> list[Record]:
        """One model's log-likelihoods."""
        line = self._line(side)
        if line.chat:
            return [record_of(one, side, OVER_CHAT) for one in asked]
        bodies = [_echo(one.prompt, after) for one in asked for after in one.continuations]
        found = _patiently(line, "completions", bodies)
        return [_weighed(one, side, [next(found) for _ in one.continuations]) for one in asked]

    def _line(self, side: Side) -> Line:
        return self.base if side == "base" else self.tuned

    def _question(
        self, line: Line, one: Asked, sampling: Sampling | None
    ) -> Mapping[str, Any] | Unheard:
        how: dict[str, Any] = {
            "max_tokens": self.max_new_tokens,
            "temperature": 0.0 if sampling is None else sampling.temperature,
            "seed": _seed(one, sampling),
        }
        if line.chat:
            turns = self.turns(one)
            if turns is None:
                return Unheard(NO_MESSAGES)
            return {**how, "messages": [dict(turn) for turn in turns]}
        return {**how, "prompt": list(one.prompt), "stop_token_ids": list(self.stop_ids)}


def _seed(one: Asked, sampling: Sampling | None) -> int:
    """The same for both models; servers take 31 bits."""
    if sampling is None:
        return 0
    text = f"{sampling.seed}\n{sampling.draw}\n{one.item}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little") >> 1


def _patiently(
    line: Line, path: str, bodies: Sequence[Mapping[str, Any] | Unheard]
) -> Iterator[Mapping[str, Any] | Unheard]:
    """What each body is answered, in order; after too many failures in a row nobody is asked."""
    failed, step = 0, max(GIVEN_UP, line.at_once)
    for start in range(0, len(bodies), step):
        part = bodies[start : start + step]
        if failed >= GIVEN_UP:
            yield from (Unheard(GONE) for _ in part)
            continue
        wanted = [body for body in part if not isinstance(body, Unheard)]
        answers = heard(line.speaker, path, wanted, line.at_once)
        for body in part:
            if isinstance(body, Unheard):
                yield body
                continue
            answer = next(answers)
            failed = failed + 1 if isinstance(answer, Unheard) else 0
            yield answer


def _answer(one: Asked, side: Side, answer: Mapping[str, Any] | Unheard) -> Record:
    try:
        if isinstance(answer, Unheard):
            raise answer
        text, cut = said(answer)
    except Unheard as silence:
        return record_of(one, side, str(silence))
    return replace(record_of(one, side), output=text, cut=cut)


def _echo(prompt: Sequence[int], after: Sequence[int]) -> dict[str, Any]:
    """A request that says how likely each token of prompt and continuation was."""
    return {
        "prompt": [*prompt, *after],
        "max_tokens": 1,
        "temperature": 0.0,
        "seed": 0,
        "echo": True,
        "logprobs": 1,
    }


def _weighed(one: Asked, side: Side, found: Sequence[Mapping[str, Any] | Unheard]) -> Record:
    try:
        sums = [
            _sum(answer, len(one.prompt), len(after))
            for answer, after in zip(found, one.continuations, strict=True)
        ]
    except Unheard as silence:
        return record_of(one, side, str(silence))
    lengths = tuple(map(len, one.continuations))
    return replace(record_of(one, side), logprobs=tuple(sums), tokens=lengths)


def _sum(answer: Mapping[str, Any] | Unheard, start: int, length: int) -> float:
    """The continuation's log-probability, from an echo that is exactly as long as what was sent.

    An echo that is longer began with a token that nobody sent: a server that adds one of its own
    shifts every score.
    """
    if isinstance(answer, Unheard):
        raise answer
    told = only_choice(answer).get("logprobs")
    values = told.get("token_logprobs") if isinstance(told, Mapping) else None
    if not isinstance(values, list):
        raise Unheard("the endpoint does not echo the prompt's log-probabilities")
    usage = answer.get("usage")
    read = usage.get("prompt_tokens") if isinstance(usage, Mapping) else None
    if read not in (None, start + length) or len(values) not in (
        start + length,
        start + length + 1,
    ):
        raise Unheard("the endpoint read another number of tokens than were sent")
    wanted = values[start : start + length]
    if not all(isinstance(value, int | float) and value == value for value in wanted):
        raise Unheard("the endpoint gives a log-probability that is no number")
    return float(sum(wanted))
