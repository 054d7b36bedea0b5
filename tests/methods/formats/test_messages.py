"""Records become messages, or a reason that names fields and no content."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.formats.messages import (
    FieldMap,
    Mapped,
    Message,
    to_messages,
)

ANSWERED: tuple[Message, ...] = (
    {"role": "user", "content": "why?"},
    {"role": "assistant", "content": "because"},
)


def mapped(fields: dict[str, Any], field_map: FieldMap | None = None) -> Mapped:
    result = to_messages(fields, field_map)
    assert isinstance(result, Mapped), result
    return result


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "why?", "response": "because"},
        {"prompt": "why?", "completion": "because"},
        {"Question": "why?", "ANSWER": "because"},
        {"instruction": "why?", "output": "because"},
        {"instruction": "why?", "input": "", "output": "because"},
        {"input": "why?", "output": "because"},
        {"messages": list(ANSWERED)},
        {"messages": [{**turn, "tool_calls": None} for turn in ANSWERED]},
        {
            "messages": [
                {**t, "content": [{"type": "text", "text": t["content"]}]} for t in ANSWERED
            ]
        },
        {
            "conversations": [
                {"from": "human", "value": "why?"},
                {"from": "gpt", "value": "because"},
            ]
        },
    ],
)
def test_usual_names_are_recognised(fields: dict[str, Any]) -> None:
    assert mapped(fields).messages == ANSWERED


def test_a_text_is_one_document() -> None:
    fields = {"text": "All of it.", "system": "not for documents"}

    assert mapped(fields).messages == ({"role": "document", "content": "All of it."},)


def test_alpacas_input_is_put_after_the_instruction() -> None:
    fields = {"instruction": "Sum up.", "input": "Long text.", "output": "Short."}

    assert mapped(fields).messages[0] == {"role": "user", "content": "Sum up.\n\nLong text."}


def test_a_system_field_leads() -> None:
    fields = {"system": "Be kind.", "prompt": "why?", "response": "because"}

    assert mapped(fields).messages == ({"role": "system", "content": "Be kind."}, *ANSWERED)
    assert mapped({**fields, "system": None}).messages == ANSWERED


def test_named_fields_are_taken_as_named() -> None:
    fields = {"q": "why?", "a": "because", "topic": 3, "person": " p-7 ", "id": 1, "odd": "x"}
    chosen = FieldMap(
        prompt="q", response="a", label="topic", subject="person", keep=("id", "gone")
    )

    assert mapped(fields, chosen) == Mapped(ANSWERED, "3", "p-7", {"id": 1})


def test_a_map_of_label_and_kept_fields_alone_is_completed() -> None:
    fields = {"question": "why?", "answer": "because", "topic": "t", "id": 4}

    assert mapped(fields, FieldMap(label="topic", keep=("id",))) == Mapped(
        ANSWERED, "t", None, {"id": 4}
    )


@pytest.mark.parametrize(("value", "label"), [(None, None), (" ", None), (float("nan"), None)])
def test_an_empty_label_is_none(value: object, label: str | None) -> None:
    fields = {"text": "x", "label": value}

    assert mapped(fields).label == label


ASKED = {"role": "user", "content": "Who?"}
BETTER = {"role": "assistant", "content": "Me."}
WORSE = {"role": "assistant", "content": "You."}


@pytest.mark.parametrize(
    ("fields", "field_map"),
    [
        ({"prompt": "Who?", "chosen": "Me.", "rejected": "You."}, None),
        ({"question": "Who?", "chosen": "Me.", "rejected": "You."}, None),
        ({"prompt": [ASKED], "chosen": [BETTER], "rejected": [WORSE]}, None),
        ({"chosen": [ASKED, BETTER], "rejected": [ASKED, WORSE]}, None),
        ({"chosen": [ASKED, BETTER], "rejected": [WORSE]}, None),
        ({"chosen": [ASKED, BETTER], "rejected": "You."}, None),
        ({"p": "Who?", "a": "Me.", "b": "You."}, FieldMap("p", "a", rejected="b")),
        ({"m": [ASKED, BETTER], "b": "You."}, FieldMap(messages="m", rejected="b")),
    ],
)
def test_a_pair_ends_in_the_chosen_and_the_rejected_answer(
    fields: dict[str, Any], field_map: FieldMap | None
) -> None:
    mapped = to_messages(fields, field_map)

    assert isinstance(mapped, Mapped)
    told = [(turn["role"], turn["content"]) for turn in mapped.messages]
    assert told == [("user", "Who?"), ("assistant", "Me."), ("rejected", "You.")]


@pytest.mark.parametrize(
    ("fields", "field_map", "why"),
    [
        ({"secret": "secret"}, None, "no usual field names; present: secret"),
        ({}, None, "present: none"),
        ({"prompt": "secret"}, FieldMap("prompt", "reply"), "no field `reply`; present: prompt"),
        ({"prompt": "secret", "chosen": "x", "rejected": " x"}, None, "answer are the same"),
        ({"prompt": "secret", "chosen": [ASKED], "rejected": "x"}, None, "one turn of the assist"),
        ({"chosen": [ASKED], "rejected": [WORSE]}, None, "does not end in a turn of the assistant"),
        ({"chosen": [ASKED, BETTER], "rejected": [BETTER, WORSE]}, None, "more than the last answ"),
        ({"chosen": [ASKED, BETTER], "rejected": [ASKED]}, None, "differ in more than the last"),
        ({"text": "x", "bad": "y"}, FieldMap(text="text", rejected="bad"), "`text` and `rejected`"),
        ({"text": "x"}, FieldMap(label="kind"), "no field `kind`; present: text"),
        ({"text": "x", "s": ["secret"]}, FieldMap(subject="s"), "`s` is neither text nor a number"),
        ({"prompt": "secret", "response": " "}, None, "`response` is empty"),
        ({"prompt": "secret", "response": None}, None, "`response` is empty"),
        ({"prompt": "secret", "response": 42}, None, "`response` is no text"),
        ({"a": "x"}, FieldMap(prompt="a"), "name no `response`"),
        ({"a": "x"}, FieldMap(text="a", messages="a"), "more than one"),
        ({"messages": "secret"}, None, "no list of messages"),
        ({"messages": []}, None, "no list of messages"),
        ({"messages": ["secret"]}, None, "message 1 of `messages` is no object"),
        ({"messages": [{"role": "user"}]}, None, "lacks `role` or `content`; present: role"),
        ({"messages": [{"role": "secret", "content": ""}]}, None, "none of system, user"),
        ({"messages": [{"role": ["x"], "content": ""}]}, None, "none of system, user"),
        ({"messages": [{"role": "tool", "content": ""}]}, None, "none of system, user"),
        ({"messages": [{"role": "user", "content": 7}]}, None, "content that is no text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            None,
            "content that is no text",
        ),
        (
            {"messages": [{"role": "assistant", "content": "secret", "weight": 0}]},
            None,
            "fields that training would lose: weight",
        ),
    ],
)
def test_what_cannot_be_mapped_says_why_without_content(
    fields: dict[str, Any], field_map: FieldMap | None, why: str
) -> None:
    reason = to_messages(fields, field_map)

    assert isinstance(reason, str)
    assert why in reason
    assert "secret" not in reason.replace("present: secret", "")


NAMES = st.sampled_from(
    ["prompt", "response", "chosen", "rejected", "text", "messages", "label", "system", "other"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "from", "value", "x"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(fields=st.dictionaries(NAMES, JSON), label=NAMES | st.none())
def test_any_record_is_mapped_or_refused(fields: dict[str, Any], label: str | None) -> None:
    result = to_messages(fields, FieldMap(label=label))

    if isinstance(result, Mapped):
        assert result.messages
        assert all(isinstance(turn["content"], str) for turn in result.messages)
    else:
        assert result
