"""The frozen prompt: all that decides how messages become text, as bytes in one file.

Training, evaluation and serving read nothing else, so that they see the same text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Literal, TypeVar, get_args

import rfc8785

Style = Literal["chat", "instruction", "completion"]
Answers = Literal["all", "last"]

_T = TypeVar("_T")
_L = TypeVar("_L", bound=str)
_SCHEMA = "burnish.prompt/1"


class PromptError(ValueError):
    """A template that cannot be frozen, or messages that it cannot render; quotes no content."""


@dataclass(frozen=True)
class Segment:
    """A stretch of rendered text, and whether the loss is taken on its tokens."""

    text: str
    trained: bool


@dataclass(frozen=True)
class FrozenPrompt:
    """Template, system prompt and special strings of one model.

    `template` is a Jinja chat template for chat and instruction, empty for completion. `stop` are
    the strings at which an answer ends; the first is the one that the template writes and the
    model is trained to write. `special` are strings that no content may hold, because they would
    be read as the template's own. `variables` are further values the template asks for. `answers`
    says whether every assistant turn is trained or only the last. `add_bos`: the text begins with
    `bos` although no chat template writes it (instruction and completion).
    """

    style: Style
    version: int
    template: str
    system: str | None
    bos: str | None
    eos: str | None
    stop: tuple[str, ...]
    special: tuple[str, ...]
    add_bos: bool
    variables: tuple[tuple[str, str | bool], ...] = ()
    answers: Answers = "all"

    @property
    def end(self) -> str:
        """The stop string that closes a trained answer."""
        return self.stop[0]

    @property
    def digest(self) -> str:
        """SHA-256 of `to_bytes`, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785); the same prompt gives the same bytes everywhere."""
        return rfc8785.dumps({"schema": _SCHEMA, **asdict(self)})

    @classmethod
    def from_bytes(cls, data: bytes) -> FrozenPrompt:
        """The prompt that was written; raises `PromptError` for anything but `to_bytes` output."""
        try:
            read = json.loads(data)
            prompt = _build(cls, read)
            same = prompt.to_bytes() == data
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise PromptError("these bytes are no frozen prompt of burnish") from error
        if not same:
            raise PromptError("these bytes are a frozen prompt, but not in canonical form")
        return prompt


def _build(cls: type[FrozenPrompt], read: dict[str, object]) -> FrozenPrompt:
    names = [field.name for field in fields(cls)]
    if sorted(read) != sorted([*names, "schema"]) or read["schema"] != _SCHEMA:
        raise ValueError("keys")
    return cls(
        style=_one_of(read["style"], get_args(Style)),
        version=_typed(read["version"], int),
        template=_typed(read["template"], str),
        system=_text_or_none(read["system"]),
        bos=_text_or_none(read["bos"]),
        eos=_text_or_none(read["eos"]),
        stop=_texts(read["stop"], least=1),
        special=_texts(read["special"]),
        add_bos=_typed(read["add_bos"], bool),
        variables=_variables(read["variables"]),
        answers=_one_of(read["answers"], get_args(Answers)),
    )


def _typed(value: object, kind: type[_T]) -> _T:
    if type(value) is not kind:
        raise TypeError(kind.__name__)
    return value


def _one_of(value: object, allowed: tuple[_L, ...]) -> _L:
    for known in allowed:
        if known == value:
            return known
    raise ValueError("not among the known")


def _text_or_none(value: object) -> str | None:
    return None if value is None else _typed(value, str)


def _texts(value: object, least: int = 0) -> tuple[str, ...]:
    texts = tuple(_typed(item, str) for item in _typed(value, list))
    if len(texts) < least:
        raise ValueError("too few")
    return texts


def _variables(value: object) -> tuple[tuple[str, str | bool], ...]:
    pairs = [(_typed(name, str), held) for name, held in _typed(value, list)]
    return tuple(
        (name, held if isinstance(held, bool) else _typed(held, str)) for name, held in pairs
    )
