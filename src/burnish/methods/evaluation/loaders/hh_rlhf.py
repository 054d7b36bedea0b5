"""HH-RLHF (Bai and others 2022), `.jsonl.gz`: dialogues with a chosen and a rejected answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import LeftOut, Made, fitting, named
from burnish.methods.evaluation.rows import Row, Source, SuiteError, json_lines
from burnish.methods.evaluation.suites import Item, Message

TURN = re.compile(r"\n\n(Human|Assistant):")
ROLES = {"Human": "user", "Assistant": "assistant"}


def hh_rlhf(sources: Sequence[Source]) -> Made:
    """Choices between the two last answers, the chosen one first."""
    for source in sources:
        for row in json_lines(source):
            yield _item(row, named(row, source, sources))


def _item(row: Row, name: str) -> Item | LeftOut:
    chosen, rejected = (_turns(row, key) for key in ("chosen", "rejected"))
    if chosen[:-1] != rejected[:-1]:
        return LeftOut(row.where, "its two dialogues differ before the last answer")
    answers = (chosen[-1].content, rejected[-1].content)
    if not all(turn.content for turn in (*chosen, rejected[-1])) or answers[0] == answers[1]:
        return LeftOut(row.where, "a turn is empty, or its two answers are the same")
    roles = [turn.role for turn in chosen]
    if roles != ["user", "assistant"] * (len(roles) // 2):
        return LeftOut(row.where, "its turns do not alternate")
    return fitting(row, Item(name, chosen[:-1], answers[:1], "choice", name, choices=answers))


def _turns(row: Row, key: str) -> tuple[Message, ...]:
    before, *parts = TURN.split(row.text(key))
    if before.strip() or len(parts) < 4:
        raise SuiteError(f"{row.where}: {key} must be turns of Human: and Assistant:")
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple(Message(ROLES[role], text.strip()) for role, text in pairs)
