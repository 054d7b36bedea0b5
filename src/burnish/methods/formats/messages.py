"""From the fields of a record to the messages of a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypedDict

from burnish.methods.formats.records import present

Role = Literal["system", "user", "assistant", "document", "rejected"]


class Message(TypedDict):
    """One turn; a plain document is one message with the role `document`.

    A pair of answers to compare ends in two turns: the chosen one of the `assistant`, then the
    `rejected` one.
    """

    role: Role
    content: str


@dataclass(frozen=True)
class FieldMap:
    """Which field of a record is what; None means that there is no such field.

    Exactly one of `messages`, `text`, or `prompt` with `response` makes the conversation.
    `context` is put after the prompt, an empty line between, where it is not empty. `rejected` is
    the worse answer beside the `response`, or beside the last answer of `messages`.
    """

    prompt: str | None = None
    response: str | None = None
    text: str | None = None
    messages: str | None = None
    system: str | None = None
    label: str | None = None
    subject: str | None = None
    keep: tuple[str, ...] = ()
    context: str | None = None
    rejected: str | None = None


@dataclass(frozen=True)
class Mapped:
    """A record in the shape of a row: messages, class, data subject (in the clear), the rest."""

    messages: tuple[Message, ...]
    label: str | None
    subject: str | None
    meta: dict[str, object]


_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
}

_USUAL: tuple[dict[str, str], ...] = (
    {"prompt": "prompt", "response": "chosen", "rejected": "rejected"},
    {"prompt": "question", "response": "chosen", "rejected": "rejected"},
    {"messages": "chosen", "rejected": "rejected"},
    {"messages": "messages"},
    {"messages": "conversations"},
    {"messages": "conversation"},
    {"prompt": "prompt", "response": "response"},
    {"prompt": "prompt", "response": "completion"},
    {"prompt": "question", "response": "answer"},
    {"prompt": "instruction", "response": "output"},
    {"prompt": "instruction", "response": "response"},
    {"prompt": "input", "response": "output"},
    {"text": "text"},
)


class _Unfit(ValueError):
    """Why a record cannot be mapped; quotes no content."""


def to_messages(record: Mapping[str, object], field_map: FieldMap | None = None) -> Mapped | str:
    """The record as messages, label, subject and kept fields, or the reason why not.

    Without a map, or with one that names no conversation, the usual field names are recognised
    (see `recognise`). A field of `keep` that the record lacks is passed over; any other named
    field must be there. The reason names fields, never their content.
    """
    try:
        chosen = _chosen(record, field_map or FieldMap())
        return Mapped(
            messages=tuple(_conversation(record, chosen)),
            label=_scalar(record, chosen.label),
            subject=_scalar(record, chosen.subject),
            meta={name: record[name] for name in chosen.keep if name in record},
        )
    except _Unfit as error:
        return str(error)


def settled(names: Iterable[str], given: FieldMap) -> FieldMap | str:
    """The map for records of these fields: as given, or with the usual names; or why none fits."""
    try:
        return _chosen(dict.fromkeys(names), given)
    except _Unfit as error:
        return str(error)


def recognise(names: Iterable[str]) -> FieldMap | str:
    """The map for the usual field names, in any case of letters, or why none fits.

    Known are, in this order: prompt or question with chosen/rejected, chosen/rejected alone (two
    conversations that differ in the last answer), messages, conversations, prompt/response,
    prompt/completion, question/answer, instruction/output (with input), instruction/response,
    input/output, text; and beside them label and, but for text, system.
    """
    listed = list(names)
    known = {name.casefold(): name for name in reversed(listed)}
    for usual in _USUAL:
        if all(name in known for name in usual.values()):
            asked = {**usual, **_beside(usual)}
            found: dict[str, Any] = {k: known[name] for k, name in asked.items() if name in known}
            return replace(FieldMap(), **found)
    return (
        f"no usual field names; present: {present(listed)}. "
        "Name them under `fields` (prompt and response, messages, or text)"
    )


def _beside(usual: dict[str, str]) -> dict[str, str]:
    """Fields that are taken along where the record has them."""
    beside = {"label": "label"}
    if "text" not in usual:
        beside["system"] = "system"
    if usual.get("prompt") == "instruction":
        beside["context"] = "input"
    return beside


def _chosen(record: Mapping[str, object], given: FieldMap) -> FieldMap:
    kinds = [given.messages, given.text, given.prompt or given.response]
    if sum(kind is not None for kind in kinds) > 1:
        raise _Unfit("the fields name more than one of messages, text, and prompt with response")
    if all(kind is None for kind in kinds):
        return _completed(record, given)
    if (given.prompt is None) != (given.response is None):
        lacking = "prompt" if given.prompt is None else "response"
        raise _Unfit(f"the fields name no `{lacking}`, and prompt and response belong together")
    if given.rejected is not None and given.text is not None:
        raise _Unfit("the fields name `text` and `rejected`; a plain text has no worse answer")
    return given


def _completed(record: Mapping[str, object], given: FieldMap) -> FieldMap:
    known = recognise(record)
    if isinstance(known, str):
        raise _Unfit(known)
    own = {f.name: v for f in fields(given) if (v := getattr(given, f.name)) not in (None, ())}
    return replace(known, **own)


def _conversation(record: Mapping[str, object], chosen: FieldMap) -> list[Message]:
    system: list[Message] = []
    if chosen.system is not None and (words := _optional(record, chosen.system)):
        system = [{"role": "system", "content": words}]
    if chosen.text is not None:
        return [*system, {"role": "document", "content": _text(record, chosen.text)}]
    if chosen.messages is not None:
        turns = [*system, *_listed(record, chosen.messages)]
        return turns if chosen.rejected is None else _pair(turns, record, chosen.rejected)
    turns = [*system, *_asked(record, chosen), _answer(record, str(chosen.response), "assistant")]
    if chosen.rejected is None:
        return turns
    return _compared([*turns, _answer(record, chosen.rejected, "rejected")])


def _asked(record: Mapping[str, object], chosen: FieldMap) -> list[Message]:
    """The prompt: one text, or the turns before the answer."""
    name = str(chosen.prompt)
    if isinstance(_value(record, name), list):
        return _listed(record, name)
    prompt = _text(record, name)
    if chosen.context is not None and (context := _optional(record, chosen.context)):
        prompt = f"{prompt}\n\n{context}"
    return [{"role": "user", "content": prompt}]


def _answer(record: Mapping[str, object], name: str, role: Role) -> Message:
    """An answer: one text, or a list of one turn of the assistant's."""
    if not isinstance(_value(record, name), list):
        return {"role": role, "content": _text(record, name)}
    turns = _listed(record, name)
    if [turn["role"] for turn in turns] != ["assistant"]:
        raise _Unfit(f"the field `{name}` is to hold one turn of the assistant, after the prompt")
    return {"role": role, "content": turns[0]["content"]}


def _pair(turns: list[Message], record: Mapping[str, object], name: str) -> list[Message]:
    """A conversation and its worse answer, which comes alone or at the end of the same turns."""
    if not turns or turns[-1]["role"] != "assistant":
        raise _Unfit("the chosen conversation does not end in a turn of the assistant")
    if not isinstance(_value(record, name), list):
        return _compared([*turns, _answer(record, name, "rejected")])
    others = _listed(record, name)
    led = turns[-len(others) : -1] if len(others) > 1 else []
    if others[-1]["role"] != "assistant" or others[:-1] != led:
        raise _Unfit(f"`{name}` and the chosen conversation differ in more than the last answer")
    return _compared([*turns, {"role": "rejected", "content": others[-1]["content"]}])


def _compared(turns: list[Message]) -> list[Message]:
    if turns[-1]["content"].strip() == turns[-2]["content"].strip():
        raise _Unfit("the chosen and the rejected answer are the same")
    return turns


def _value(record: Mapping[str, object], name: str) -> object:
    if name not in record:
        raise _Unfit(f"no field `{name}`; present: {present(list(record))}")
    return record[name]


def _optional(record: Mapping[str, object], name: str) -> str:
    value = _value(record, name)
    if value is not None and not isinstance(value, str):
        raise _Unfit(f"the field `{name}` is no text")
    return value if value and value.strip() else ""


def _text(record: Mapping[str, object], name: str) -> str:
    words = _optional(record, name)
    if not words:
        raise _Unfit(f"the field `{name}` is empty")
    return words


def _scalar(record: Mapping[str, object], name: str | None) -> str | None:
    if name is None or (value := _value(record, name)) is None:
        return None
    if not isinstance(value, str | int | float):
        raise _Unfit(f"the field `{name}` is neither text nor a number")
    return None if value != value else str(value).strip() or None  # NaN: no value


def _listed(record: Mapping[str, object], name: str) -> list[Message]:
    turns = _value(record, name)
    if not isinstance(turns, list) or not turns:
        raise _Unfit(f"the field `{name}` is no list of messages, or an empty one")
    return [_turn(turn, f"message {place} of `{name}`") for place, turn in enumerate(turns, 1)]


def _turn(turn: object, where: str) -> Message:
    if not isinstance(turn, dict):
        raise _Unfit(f"{where} is no object with role and content")
    role_key, content_key = ("from", "value") if "from" in turn else ("role", "content")
    if role_key not in turn or content_key not in turn:
        raise _Unfit(f"{where} lacks `role` or `content`; present: {present(list(turn))}")
    empty: tuple[object, ...] = (None, "", [], {})
    further = [key for key in turn if key not in (role_key, content_key)]
    if further := [key for key in further if turn[key] not in empty]:
        raise _Unfit(f"{where} has fields that training would lose: {present(further)}")
    role = turn[role_key]
    known = _ROLES.get(role) if isinstance(role, str) else None
    if known is None:
        raise _Unfit(f"{where} has a role that is none of system, user, assistant")
    return {"role": known, "content": _content(turn[content_key], where)}


def _content(content: object, where: str) -> str:
    """Text, or the joined texts of OpenAI's content parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(_is_text_part(part) for part in content):
        return "".join(part["text"] for part in content)
    raise _Unfit(f"{where} has content that is no text")


def _is_text_part(part: object) -> bool:
    return (
        isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
    )
