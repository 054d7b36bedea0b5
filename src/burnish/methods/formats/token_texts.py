"""The text of each token, for people: tokens that are parts of one character are told together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

UNREADABLE = "\ufffd"
LONGEST = 8
"""Tokens that one character may take; a byte-level tokenizer needs four."""


@dataclass(frozen=True, slots=True)
class TokenText:
    """Some tokens that read as text, and whether they are trained."""

    text: str
    ids: tuple[int, ...]
    trained: bool


def token_texts(
    tokenizer: Tokenizer, ids: Sequence[int], trained: Sequence[bool]
) -> list[TokenText]:
    """The tokens in order with their texts; special tokens are written out.

    A character that takes several tokens is told with all of them, and a run is never told
    across the border of what is trained. What is no text at all stands as U+FFFD.
    """
    told: list[TokenText] = []
    start = 0
    while start < len(ids):
        end = _whole(tokenizer, ids, trained, start)
        text = tokenizer.decode(list(ids[start:end]), skip_special_tokens=False)
        told.append(TokenText(text, tuple(ids[start:end]), bool(trained[start])))
        start = end
    return told


def _whole(tokenizer: Tokenizer, ids: Sequence[int], trained: Sequence[bool], start: int) -> int:
    """The end of the shortest run of tokens from `start` that is readable, else one token."""
    for end in range(start + 1, min(start + LONGEST, len(ids)) + 1):
        if trained[end - 1] != trained[start]:
            break
        if UNREADABLE not in tokenizer.decode(list(ids[start:end]), skip_special_tokens=False):
            return end
    return start + 1
