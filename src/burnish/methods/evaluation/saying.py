"""What has been said so far: each answer's tokens, and which of them goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from burnish.methods.evaluation.forward import NotFinite
from burnish.methods.evaluation.sampled import Draws

BROKEN = "the model's logits are NaN; check its weights and its precision"


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
            raise NotFinite(BROKEN)
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

    def follow(
        self, places: Sequence[int], logits: Tensor, drafts: Sequence[Sequence[int]]
    ) -> tuple[Tensor, list[bool], Tensor]:
        """Hear a draft of each answer as far as the model says the same, and a token after it.

        `logits` (rows, longest draft + 1 or more, vocabulary) end with those after each draft. The
        newest tokens, which answers go on, and how many last tokens of each draft are wrong.
        """
        if not any(map(len, drafts)):
            tokens, going = self.hear(places, logits)
            return tokens, going, torch.zeros_like(tokens)
        logits = logits[:, -1 - max(map(len, drafts)) :]
        if bool(logits.isnan().any()):
            raise NotFinite(BROKEN)
        newest, wrong = [], []
        for place, draft, best in zip(places, drafts, logits.argmax(dim=-1).tolist(), strict=True):
            told = best[len(best) - len(draft) - 1 :]
            agreed = next((n for n, t in enumerate(draft) if told[n] != t), len(draft))
            for token in told[: agreed + 1]:
                self._add(place, token)
            newest.append(told[agreed])
            wrong.append(len(draft) - agreed)
        going = [not self.ended[place] for place in places]
        device = logits.device
        return torch.tensor(newest, device=device), going, torch.tensor(wrong, device=device)

    def _add(self, place: int, token: int) -> None:
        if self.ended[place]:
            return
        answer = self.ids[place]
        if token not in self.way.stops:
            answer.append(token)
        self.ended[place] = token in self.way.stops or len(answer) == self.way.limit
