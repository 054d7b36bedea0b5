"""From segments to token ids with a loss mask, the checks on that mask, and row lengths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from burnish.methods.formats.frozen import FrozenPrompt, PromptError, Segment

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Policy = Literal["stop", "drop", "truncate", "split"]
Row = tuple[list[int], list[bool]]


def encode(segments: Iterable[Segment], tokenizer: Tokenizer) -> Row:
    """Ids and loss mask, of equal length; each segment is tokenised alone.

    No token can therefore reach over the border between prompt and answer, and a prompt has the
    same ids whether its answer is known or not.
    """
    ids: list[int] = []
    trained: list[bool] = []
    for segment in segments:
        made = tokenizer.encode(segment.text, add_special_tokens=False).ids
        ids += made
        trained += [segment.trained] * len(made)
    return ids, trained


def token_id(tokenizer: Tokenizer, text: str) -> int:
    """Id of a string that must be one token of its own; raises `PromptError` when it is not."""
    made = tokenizer.encode(text, add_special_tokens=False).ids
    if len(made) != 1:
        raise PromptError(f"the tokenizer does not read the stop string {text} as one token")
    return int(made[0])


def stop_ids(prompt: FrozenPrompt, tokenizer: Tokenizer) -> tuple[int, ...]:
    """Ids at which generation ends; the first is the one that trained answers close with."""
    return tuple(token_id(tokenizer, text) for text in prompt.stop)


def check_mask(ids: Sequence[int], trained: Sequence[bool], stop_id: int) -> str | None:
    """Why a loss mask is wrong, or None.

    Every trained run must end in the stop token and hold it nowhere else, so that a run cannot
    reach over a turn; and there must be a trained token. Meant for whole rows, before `fit`.
    """
    if len(ids) != len(trained):
        return f"{len(ids)} ids, but {len(trained)} marks"
    runs = _runs(trained)
    if not runs:
        return "no token is trained"
    for place, (start, end) in enumerate(runs, start=1):
        if ids[end - 1] != stop_id:
            return f"trained run {place} does not end in the stop token"
        if stop_id in ids[start : end - 1]:
            return f"trained run {place} holds a stop token before its end: it spans turns"
    return None


def check_answers(row: Row, answers: Sequence[str], tokenizer: Tokenizer) -> str | None:
    """Why the trained tokens are not exactly the answers, or None.

    `answers` come from the messages and not from the rendering (`answer_texts`): a prompt token
    that is trained, or an answer token that is not, shows itself here. Spaces are not compared:
    some templates put one before or after the answer.
    """
    ids, trained = row
    runs = _runs(trained)
    if len(runs) != len(answers):
        return f"{len(runs)} trained runs, but {len(answers)} answers"
    for place, ((start, end), answer) in enumerate(zip(runs, answers, strict=True), start=1):
        alone = tokenizer.encode(answer, add_special_tokens=False).ids
        if _decoded(tokenizer, ids[start:end]) != _decoded(tokenizer, alone):
            return f"trained run {place} is not the answer: prompt tokens trained, or some lost"
    return None


def fit(
    ids: list[int], trained: list[bool], max_length: int, policy: Policy, *, document: bool = False
) -> list[Row] | str:
    """The rows that a converted row becomes under a length limit, or why there is none.

    `stop` and `drop` give the reason for a row over the limit; the caller stops or drops.
    `truncate` cuts after the last whole answer that fits: an answer without its stop token
    would teach never to stop. `split` cuts a document into even windows, each after the first
    led by the token before it, untrained, so that every token is a target exactly once.
    """
    if len(ids) <= max_length:
        return [(ids, trained)]
    over = f"{len(ids)} tokens, the limit is {max_length}"
    if policy == "split":
        if not document or max_length < 2:
            return f"{over}; only documents can be split"
        return _windows(ids, trained, max_length)
    if policy == "truncate":
        ends = [end for _, end in _runs(trained) if end <= max_length]
        return [(ids[: ends[-1]], trained[: ends[-1]])] if ends else f"{over}; no whole answer fits"
    return over


def _runs(trained: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open ranges of neighbouring trained tokens."""
    marks = [False, *trained, False]
    edges = [place for place, (left, right) in enumerate(pairwise(marks)) if left != right]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _decoded(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    return str(tokenizer.decode(list(ids), skip_special_tokens=False)).replace(" ", "")


def _windows(ids: list[int], trained: list[bool], max_length: int) -> list[Row]:
    total = len(ids) - 1
    pieces = -(-total // (max_length - 1))
    bounds = [total * piece // pieces for piece in range(pieces + 1)]
    rows: list[Row] = []
    for start, end in pairwise(bounds):
        marks = trained[start : end + 1]
        rows.append((ids[start : end + 1], marks if start == 0 else [False, *marks[1:]]))
    return rows
