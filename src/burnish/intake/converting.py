"""One cleared row as training examples: rendered, tokenised, each token trained or not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
from tokenizers import Tokenizer

from burnish.core.errors import InputError
from burnish.core.fingerprint import RUNS
from burnish.methods.formats.messages import Message
from burnish.methods.formats.prompt import (
    FrozenPrompt,
    answer_texts,
    expected,
    prompt_only,
    refuses,
    render,
)
from burnish.methods.formats.tokens import (
    Row,
    check_answers,
    check_mask,
    encode,
    fit,
    stop_ids,
)
from burnish.plan import ConvertPlan

REJECTED = "rejected"
EXAMPLES = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("digest", pa.string()),
        ("cluster", pa.string()),
        ("subject", pa.string()),
        ("label", pa.string()),
        ("prompt", pa.string()),
        ("question", pa.string()),
        ("expected", pa.string()),
        ("ids", pa.list_(pa.int32())),
        ("trained", pa.list_(pa.bool_())),
        ("prompt_length", pa.int32()),
        ("open_end", pa.bool_()),
        ("rejected_ids", pa.list_(pa.int32())),
        ("rejected_trained", pa.list_(pa.bool_())),
    ]
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What decides how a row is rendered and tokenised."""

    plan: ConvertPlan
    prompt: str
    documents: str
    tokenizer: str
    code: str
    file: str = field(metadata={RUNS: True})


def convert_row(
    row: Mapping[str, Any], settings: Conversion
) -> list[dict[str, Any]] | tuple[str, str]:
    """The examples that a row becomes, or the reason and detail why it becomes none.

    Raises `InputError` when the loss mask is not exactly the answers.
    """
    messages: list[Message] = row["messages"]
    if messages[-1]["role"] == REJECTED:
        return _convert_pair(row, settings)
    document = messages[0]["role"] == "document"
    frozen = frozen_prompt(settings.documents if document else settings.prompt)
    if document and settings.plan.format != "completion" and settings.plan.documents != "train":
        return ("document", f"a plain document among {settings.plan.format} rows")
    if why := refuses(frozen, messages):
        return ("unfit", why)
    encoded = _encoded(row, messages, frozen, settings)
    fitted = _fit(encoded, settings.plan, document)
    if isinstance(fitted, str):
        return ("over_length", fitted)
    asked = "" if document else prompt_only(frozen, messages)
    return list(_examples(row, fitted, asked, document))


def _convert_pair(
    row: Mapping[str, Any], settings: Conversion
) -> list[dict[str, Any]] | tuple[str, str]:
    """Both answers rendered after the same prompt; only the last turn of each is compared."""
    chosen: list[Message] = row["messages"][:-1]
    rejected: list[Message] = [
        *chosen[:-1], {"role": "assistant", "content": row["messages"][-1]["content"]}
    ]  # fmt: skip
    frozen = frozen_prompt(settings.prompt)
    if chosen[-1]["content"].strip() == rejected[-1]["content"].strip():
        return ("unfit", "masked, the chosen and the rejected answer are the same")
    for messages in (chosen, rejected):
        if why := refuses(frozen, messages):
            return ("unfit", why)
    halves = [_last_only(_encoded(row, m, frozen, settings)) for m in (chosen, rejected)]
    longest = max(len(ids) for ids, _ in halves)
    if longest > settings.plan.max_length:
        limit = settings.plan.max_length
        return ("over_length", f"{longest} tokens, the limit is {limit}; a pair stays whole")
    (made,) = _examples(row, halves[:1], prompt_only(frozen, chosen), document=False)
    ids, trained = halves[1]
    return [{**made, "rejected_ids": ids, "rejected_trained": trained}]


def _last_only(encoded: Row) -> Row:
    """The row with its last answer trained alone: what both halves of a pair share is context."""
    ids, trained = encoded
    start = _prompt_length(trained)
    return ids, [mark and place >= start for place, mark in enumerate(trained)]


def _encoded(
    row: Mapping[str, Any], messages: Sequence[Message], frozen: FrozenPrompt, settings: Conversion
) -> Row:
    """Ids and loss mask, checked against the messages."""
    tokenizer = tokenizer_of(settings.file, settings.tokenizer)
    encoded = encode(render(frozen, messages), tokenizer)
    stop = stop_ids(frozen, tokenizer)[0]
    answers = answer_texts(frozen, messages)
    if fault := check_mask(*encoded, stop) or check_answers(encoded, answers, tokenizer):
        raise InputError(
            f"row {row['id']} ({row['source']}): the loss mask is wrong: {fault}",
            remedy="the chat template does not suit training; use convert.format: instruction",
        )
    return encoded


def _examples(
    row: Mapping[str, Any], fitted: Sequence[Row], asked: str, document: bool
) -> Iterator[dict[str, Any]]:
    messages = row["messages"]
    text = json.dumps(messages, sort_keys=True, ensure_ascii=False)
    for number, (ids, trained) in enumerate(fitted):
        yield {
            "id": row["id"] if number == 0 else f"{row['id']}.{number}",
            "source": row["source"],
            "kind": "document" if document else "answer",
            "digest": hashlib.sha256(text.encode()).hexdigest()[:32],
            "cluster": row["cluster"],
            "subject": row["subject"],
            "label": row["label"],
            "prompt": asked,
            "question": _question(messages),
            "expected": "" if document else expected(messages),
            "ids": ids,
            "trained": trained,
            "prompt_length": _prompt_length(trained),
            "open_end": number < len(fitted) - 1,
            "rejected_ids": None,
            "rejected_trained": None,
        }


def _question(messages: Sequence[Message]) -> str:
    asked = [message["content"] for message in messages if message["role"] == "user"]
    return asked[-1] if asked else ""


def _prompt_length(trained: Sequence[bool]) -> int:
    """Tokens before the last trained run: what the model is given before its last answer."""
    end = len(trained)
    while end and not trained[end - 1]:
        end -= 1
    while end and trained[end - 1]:
        end -= 1
    return end


def _fit(encoded: Row, plan: ConvertPlan, document: bool) -> list[Row] | str:
    return fit(*encoded, plan.max_length, plan.over_length, document=document)


@lru_cache(maxsize=4)
def frozen_prompt(text: str) -> FrozenPrompt:
    """The prompt that was frozen as this text."""
    return FrozenPrompt.from_bytes(text.encode())


@lru_cache(maxsize=2)
def tokenizer_of(file: str, digest: str) -> Tokenizer:
    """The tokenizer, once per worker; `digest` keys the cache by content."""
    return Tokenizer.from_file(file)
