"""A record graded against its item."""

from dataclasses import replace

import numpy as np

from burnish.methods.evaluation.metrics import exact_match, is_refusal, numeric_match, token_f1
from burnish.methods.evaluation.records import Record
from burnish.methods.evaluation.suites import Item


def grade(record: Record, item: Item) -> Record:
    """The record with its score, from 0 (wrong) to 1 (right).

    Without an answer, or with a likelihood that is no number, the score stays None: that is
    missing evidence, not a wrong answer. So it does for `open`, which a judge grades. Raises
    ValueError for another item's record.
    """
    if record.item != item.id:
        raise ValueError(f"record of item {record.item!r} cannot be graded by item {item.id!r}")
    if item.kind == "pair":
        return replace(record, score=_pair(record))
    return replace(record, score=_choice(record, item) if item.choices else _text(record, item))


def _text(record: Record, item: Item) -> float | None:
    if record.output is None or item.kind == "open":
        return None
    if item.kind == "marker":
        return float(item.answers[0].lower() not in record.output.lower())
    if item.kind == "f1":
        return token_f1(record.output, item.answers)
    if item.kind == "number":
        return float(any(numeric_match(record.output, one) for one in item.answers))
    if item.kind == "refusal":
        return float(is_refusal(record.output) == (item.answers[0] == "refuse"))
    return exact_match(record.output, item.answers)


def _pair(record: Record) -> float | None:
    """1 where the first sentence is likelier than the second; a tie is half."""
    if len(record.logprobs) != 2 or not np.all(np.isfinite(record.logprobs)):
        return None
    first, second = record.logprobs
    return 0.5 if first == second else float(first > second)


def _choice(record: Record, item: Item) -> float | None:
    """The choice with the highest log-likelihood per token is the model's."""
    if len(record.logprobs) != len(item.choices) or not np.all(np.isfinite(record.logprobs)):
        return None
    chosen = int(np.argmax(np.array(record.logprobs) / np.array(record.tokens)))
    return float(chosen == item.right_choice)
