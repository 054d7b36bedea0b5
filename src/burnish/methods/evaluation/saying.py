"""What has been said so far: each answer's tokens, and which of them goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from burnish.methods.evaluation.forward import NotFinite
from burnish.methods.evaluation.sampled import Draws


@dataclass(frozen=True)
class Way:
    """How answers are made: what stops them, how long they may be, how many rows at once."""

    stops: frozenset[int]
    limit: int
    batch: int
    tokens: int
    draws: Draws | None = None

    def pick(self, logits: Tensor, places: Sequence[int], said: Sequence[int]) -> Tensor:
        """The next token of each row, shape (rows,), the likeliest or drawn, of its last logits.

        `said` counts the tokens of each answer so far. Raises NotFinite for NaN.
        """
        last = logits[:, -1]
        if bool(last.isnan().any()):
            raise NotFinite("the model's logits are NaN; check its weights and its precision")
        if self.draws is None:
            return last.argmax(dim=-1)
        return self.draws.pick(last, places, said)


@dataclass
class Answers:
    """The answers of all prompts as they grow."""

    way: Way
    ids: list[list[int]]
    ended: list[bool]

    @classmethod
    def none_yet(cls, way: Way, prompts: int) -> Answers:
        """So many answers, none begun."""
        return cls(way, [[] for _ in range(prompts)], [False] * prompts)

    def hear(self, places: Sequence[int], logits: Tensor) -> tuple[Tensor, list[bool]]:
        """Add a token to the answer at each place; the tokens, and which answers go on.

        A stop token ends an answer and is no part of it; so does the limit. An answer that has
        ended stays as it is.
        """
        tokens = self.way.pick(logits, places, [len(self.ids[place]) for place in places])
        for place, token in zip(places, tokens.tolist(), strict=True):
            self._add(place, token)
        return tokens, [not self.ended[place] for place in places]

    def _add(self, place: int, token: int) -> None:
        if self.ended[place]:
            return
        answer = self.ids[place]
        if token not in self.way.stops:
            answer.append(token)
        self.ended[place] = token in self.way.stops or len(answer) == self.way.limit
