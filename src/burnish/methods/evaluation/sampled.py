"""Random numbers that follow from what is asked alone: one model's draw is the other's too.

A token is drawn by exponential race: of all tokens, the one with the least E / p wins, E being
independent exponential numbers (Gumbel 1954, in the form of Efraimidis and Spirakis 2006). Every E
is a hash of the seed, the item, the draw, the place in the answer and the token, so it is the same
for base and tuned, in whichever batch a row stands and on whichever device: common random numbers.
Two models whose distributions differ by a total variation of d pick different tokens with a
probability of at most 2 d / (1 + d) (Daliri, Musco and Suresh 2024, "Coupling without
Communication").

The hash is the 32-bit finaliser `lowbias32` (Wellons 2018) over two words of a SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_WORD = 0xFFFFFFFF


@dataclass(frozen=True)
class Draws:
    """Tokens drawn at a temperature; `names` says for each row what its numbers follow from."""

    temperature: float
    names: Sequence[str]

    def __post_init__(self) -> None:
        if not 0 < self.temperature < float("inf"):
            raise ValueError("a temperature is a number above 0; leave sampling out for the best")

    def pick(self, logits: Tensor, rows: Sequence[int], places: Sequence[int]) -> Tensor:
        """Drawn tokens, shape (rows,), of logits (rows, vocabulary) at places of their answers."""
        words = [_words(self.names[r], p) for r, p in zip(rows, places, strict=True)]
        race = exponentials(torch.tensor(words, device=logits.device), logits.shape[-1])
        return (logits.float() / self.temperature - race.log()).argmax(dim=-1)


def exponentials(words: Tensor, tokens: int) -> Tensor:
    """Standard exponential numbers, shape (rows, tokens), for two 32-bit words a row."""
    token = torch.arange(tokens, device=words.device)[None, :]
    mixed = _mixed((token + words[:, :1]) & _WORD)
    mixed = _mixed(mixed ^ words[:, 1:])
    # Small numbers decide the race and are exact; the largest become infinite and lose it.
    return -torch.log1p(-((mixed.double() + 0.5) / 2.0**32).float())


def _words(name: str, place: int) -> tuple[int, int]:
    digest = hashlib.sha256(f"{name}\n{place}".encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def _mixed(x: Tensor) -> Tensor:
    """Every bit of 32 made to depend on all; 64-bit integers hold the products' low words."""
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & _WORD
    x = ((x ^ (x >> 15)) * 0x846CA68B) & _WORD
    return x ^ (x >> 16)
