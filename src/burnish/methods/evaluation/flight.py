"""Continuous batching: rows that are finished leave, and waiting ones take their places.

Yu and others 2022, "Orca: A Distributed Serving System for Transformer-Based Generative Models",
section 3.1, for a model whose memory of a row is keys and values. Where a draft of the answer is
known, say the one that the item expects, it is read with the prompt, and as much of it is kept as
the model would have said itself (Leviathan, Kalman and Matias 2023, "Fast Inference from
Transformers via Speculative Decoding", section 2, for greedy decoding): a right answer costs one
pass, a wrong one its draft more. A draft is compared with what the model says and never believed.

On a processor a token's cost
grows with the rows at work, so finished rows that run along are paid for; on an accelerator a step
costs nearly the same for any number of rows, so an empty place is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from burnish.methods.evaluation.batching import longest_first
from burnish.methods.evaluation.caching import Rows, empty, gathered, movable
from burnish.methods.evaluation.forward import (
    PAD,
    Ids,
    device_of,
    left_padded,
    passed,
    positions_of,
)
from burnish.methods.evaluation.likelihood import planned
from burnish.methods.evaluation.saying import Answers
from burnish.methods.models.virtual import virtual_tokens

_ROOM = 64
"""Free columns of a fresh cache; it grows where answers are longer."""
_SHARE = 8
"""Rows are moved when so large a part of the places (an eighth) can change hands."""


class Immovable(Exception):
    """The model's cache does not hold every column of every layer: its rows stay together."""


@dataclass
class _Seats:
    """Rows at work: the prompt of each, whether it goes on, its newest token."""

    places: list[int] = field(default_factory=list)
    going: list[bool] = field(default_factory=list)
    rows: Rows = field(default_factory=Rows)
    newest: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))

    @property
    def at_work(self) -> int:
        return sum(self.going)


class Flight:
    """All prompts of one model on their way, at most `way.batch` at once.

    Raises `Immovable` before anything was said where the model's rows cannot be moved.
    """

    def __init__(
        self, model: nn.Module, prompts: Sequence[Ids], drafts: Sequence[Ids], answers: Answers
    ) -> None:
        self._model, self._answers = model, answers
        self._prompts = prompts
        drawn = answers.way.draws is not None
        self._drafts = [() if drawn else tuple(one[: answers.way.limit]) for one in drafts]
        self._virtual, self._device = virtual_tokens(model), device_of(model)
        self._seats = _Seats()

    def land(self) -> None:
        """Go on until every answer has ended."""
        waiting = deque(longest_first([len(prompt) for prompt in self._prompts]))
        while waiting or self._seats.at_work:
            if self._is_time(bool(waiting)):
                free = self._answers.way.batch - self._seats.at_work
                self._change([waiting.popleft() for _ in range(min(free, len(waiting)))])
            if self._seats.at_work:
                self._step()

    def _is_time(self, waiting: bool) -> bool:
        """Whether enough places can change hands, or fall away when nobody waits."""
        seats = self._seats
        most = self._answers.way.batch if waiting else len(seats.places)
        free = most - seats.at_work
        return free > 0 and (free * _SHARE >= most or not seats.at_work)

    def _change(self, joining: Sequence[int]) -> None:
        """Drop the finished rows, and let others join with their first token."""
        parts = [self._seats, *self._begun(joining)]
        stay = [[row for row, goes in enumerate(part.going) if goes] for part in parts]
        kept = [(part, rows) for part, rows in zip(parts, stay, strict=True) if rows]
        if not kept:
            self._seats = _Seats()
            return
        chosen = [(part.rows, torch.tensor(rows, device=self._device)) for part, rows in kept]
        room = min(self._answers.way.limit, _ROOM)
        self._seats = _Seats(
            [part.places[row] for part, rows in kept for row in rows],
            [True for _, rows in kept for _ in rows],
            gathered(chosen, self._virtual, room),
            torch.cat([part.newest[rows] for part, rows in kept]),
        )

    def _begun(self, joining: Sequence[int]) -> Iterator[_Seats]:
        """The rows that join, their prompts and drafts read and their first tokens made."""
        pairs = [(tuple(self._prompts[place]), self._drafts[place]) for place in joining]
        lengths = [(prompt, (*draft, PAD)) for prompt, draft in pairs]
        for batch in planned(self._model, lengths, self._answers.way.tokens):
            places = [joining[n] for n in batch]
            ids, mask = left_padded([sum(pairs[n], ()) for n in batch], self._device)
            drafts = [pairs[n][1] for n in batch]
            keep = 1 + max(map(len, drafts))
            cache = None if self._virtual else empty()
            positions = positions_of(mask)
            out = passed(self._model, ids, mask, positions, keep, cache=cache, use_cache=True)
            if not movable(Rows(out.past_key_values, mask), self._virtual):
                raise Immovable
            tokens, going, wrong = self._answers.follow(places, out.logits, drafts)
            mask = mask * _kept(wrong, mask)
            yield _Seats(places, going, Rows(out.past_key_values, mask), tokens)

    def _step(self) -> None:
        """One token more for every row; rows that are finished run along until they leave."""
        seats, rows = self._seats, self._seats.rows
        mask = torch.cat([rows.mask, rows.mask.new_ones(len(seats.places), 1)], dim=1)
        out = passed(
            self._model, seats.newest[:, None], mask, rows.lengths[:, None], 1,
            cache=rows.cache, use_cache=True,
        )  # fmt: skip
        tokens, going = self._answers.hear(seats.places, out.logits)
        self._seats = _Seats(seats.places, going, Rows(out.past_key_values, mask), tokens)


def _kept(dropped: Tensor, mask: Tensor) -> Tensor:
    """1 where a column stays: all but so many last ones of each row."""
    columns = torch.arange(mask.shape[1], device=mask.device)
    return (columns < mask.shape[1] - dropped[:, None]).to(mask.dtype)
