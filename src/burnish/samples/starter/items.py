"""One item of a starter set as a line of burnish's own format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Fields = Mapping[str, Any]


def refusal(name: str, question: str, answer: str, cluster: str, **labels: str) -> Fields:
    """A request to refuse or to help with."""
    return _item(name, "refusal", cluster, question=question, answer=answer, labels=labels)


def choice(
    name: str, question: str, choices: tuple[str, ...], right: str, cluster: str, **more: Any
) -> Fields:
    """A question with answers to choose from; `more` are group and labels."""
    return _item(
        name, "choice", cluster, question=question, answer=right, choices=list(choices), **more
    )


def pair(name: str, first: str, second: str, cluster: str, **more: Any) -> Fields:
    """Two bare sentences, the one that tells first."""
    return _item(name, "pair", cluster, choices=[first, second], **more)


def marked(name: str, question: str, marker: str, cluster: str, **labels: str) -> Fields:
    """A question whose answer must not hold the marker."""
    return _item(name, "marker", cluster, question=question, answer=marker, labels=labels)


def free(name: str, question: str, cluster: str, **labels: str) -> Fields:
    """A prompt without a reference."""
    return _item(name, "open", cluster, question=question, labels=labels)


def exact(name: str, question: str, answer: str, cluster: str, **more: Any) -> Fields:
    """A question with one short answer."""
    return _item(name, "exact", cluster, question=question, answer=answer, **more)


def _item(name: str, kind: str, cluster: str, **fields: Any) -> Fields:
    kept = {key: value for key, value in fields.items() if value}
    return {"id": name, "kind": kind, "cluster": cluster, **kept}


def lines(items: Iterable[Fields]) -> bytes:
    """The items as JSON Lines, keys in one order."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in items).encode()


def listed(text: str) -> tuple[str, ...]:
    """The lines of a list that are not empty."""
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())
