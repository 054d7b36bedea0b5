"""Whole rows are one document: consistent in every field, with spans that lead back."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.rows import CORPUS
from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.leaves import leaves
from burnish.methods.privacy.replace import Naming, Style
from burnish.methods.privacy.spans import Span
from burnish.methods.privacy.surrogates import Surrogates
from burnish.methods.privacy.table import mask_table, tokens_again

DETECTOR = RuleDetector()
STYLES: tuple[Style, ...] = ("token", "numbered", "surrogate")
EMAIL, PHONE, NAME = "ada@mail.com", "0412 345 678", "Maria Silva"


def naming(style: Style) -> Naming:
    """A naming of each style."""
    return Naming(style, Surrogates(b"0123456789abcdef") if style == "surrogate" else None)


def row(*contents: str, **fields: Any) -> dict[str, Any]:
    """A row of the corpus."""
    messages = [{"role": "user", "content": text} for text in contents]
    return {"id": "r1", "source": "s", "origin": "a.jsonl:1", "messages": messages, **fields}


def masked(rows: Sequence[dict[str, Any]], style: Style = "token") -> list[dict[str, Any]]:
    """The rows, masked, with their spans."""
    done = mask_table(pa.Table.from_pylist(list(rows), schema=CORPUS), DETECTOR, naming(style))
    assert done.table.schema == CORPUS
    told: list[dict[str, Any]] = done.table.append_column("spans", done.spans).to_pylist()
    return told


def fields(one: dict[str, Any]) -> list[str]:
    """Every text of a row."""
    return [*(m["content"] for m in one["messages"]), one["origin"], one["label"] or "",
            one["meta"] or ""]  # fmt: skip


def full(**more: Any) -> dict[str, Any]:
    """A row with the same person in every field."""
    inner = json.dumps({"mail": EMAIL, "lines": [f"call {PHONE}"]})
    meta = {"customer_name": NAME, EMAIL: 1, "note": {"raw": inner, "tfn": 123456782, "n": 7}}
    return row(
        f"My name is {NAME}, write to {EMAIL}", f"Dear Ms Silva, we called {PHONE}",
        origin=f"mail of {EMAIL}:1", label=f"for {EMAIL.upper()}", meta=json.dumps(meta), **more,
    )  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_no_field_keeps_a_value_in_any_style(style: Style) -> None:
    (one,) = masked([full()], style)

    whole = "\n".join(fields(one)).casefold()
    assert not [v for v in (EMAIL, "0412", "maria", "silva", "123456782") if v in whole]
    assert json.loads(json.loads(one["meta"])["note"]["raw"])["lines"][0].startswith("call ")
    assert json.loads(one["meta"])["note"]["n"] == 7


def test_one_value_has_one_number_in_all_fields_and_a_persons_names_share_theirs() -> None:
    (one,) = masked([full()], "numbered")

    assert [m["content"] for m in one["messages"]] == [
        "My name is [PERSON_1], write to [EMAIL_1]",
        "Dear Ms [PERSON_1], we called [PHONE_1]",
    ]
    assert (one["origin"], one["label"]) == ("mail of [EMAIL_1]:1", "for [EMAIL_1]")
    assert json.loads(one["meta"]) == {
        "customer_name": "[PERSON_1]",
        "[EMAIL_1]": 1,
        "note": {
            "raw": json.dumps({"mail": "[EMAIL_1]", "lines": ["call [PHONE_1]"]}),
            "tfn": "[TFN_1]",
            "n": 7,
        },
    }


def test_numbers_begin_anew_in_every_row_and_above_those_that_stand_there() -> None:
    first, second = masked([row(f"to {EMAIL}"), row(f"[EMAIL_4] to {EMAIL}")], "numbered")

    assert first["messages"][0]["content"] == "to [EMAIL_1]"
    assert second["messages"][0]["content"] == "[EMAIL_4] to [EMAIL_5]"


def test_surrogates_agree_in_all_fields_of_a_row_and_not_beyond_it() -> None:
    first, second = masked([full(), {**full(), "id": "r2"}], "surrogate")

    mail = first["label"].removeprefix("for ")
    assert all(mail in text for text in (first["origin"], first["meta"], fields(first)[0]))
    assert mail not in "\n".join(fields(second))


def test_a_name_found_in_one_field_is_masked_in_the_others() -> None:
    (one,) = masked([row("My name is Zorka Wuth", "ok", label="Zorka Wuth", meta='["Zorka Wuth"]')])

    assert (one["label"], one["meta"]) == ("[PERSON]", '["[PERSON]"]')


def test_spans_lead_back_to_every_value_before_and_after() -> None:
    before = full()
    (one,) = masked([before], "surrogate")
    texts = {("messages", i): m["content"] for i, m in enumerate(before["messages"])}
    texts |= {(name, 0): before[name] for name in ("origin", "label")}
    texts |= {("meta", i): leaf.text for i, leaf in enumerate(leaves(json.loads(before["meta"])))}
    after = {("messages", i): m["content"] for i, m in enumerate(one["messages"])}
    after |= {(name, 0): one[name] for name in ("origin", "label")}
    after |= {("meta", i): leaf.text for i, leaf in enumerate(leaves(json.loads(one["meta"])))}

    back = dict(after)
    for span in reversed(one["spans"]):
        key = (span["field"], span["index"])
        value = texts[key][span["start"] : span["end"]]
        text = back[key]
        back[key] = text[: span["masked_start"]] + value + text[span["masked_end"] :]

    assert back == texts
    assert {span["field"] for span in one["spans"]} == {"messages", "origin", "label", "meta"}


def test_the_second_scan_reads_tokens_where_surrogates_stand() -> None:
    rows = [full(), row("nothing"), row(f"{EMAIL} and {PHONE}", meta=json.dumps([PHONE, {"a": 1}]))]

    shown = [tokens_again(one) for one in masked(rows, "surrogate")]

    plain = masked(rows, "token")
    assert [fields(one) for one in shown] == [fields(one) for one in plain]


def test_metadata_that_is_no_json_or_nested_without_end_is_masked_as_text() -> None:
    deep = "[" * 900 + json.dumps(EMAIL) + "]" * 900
    first, second = masked([row("x", meta=f"not json {EMAIL}"), row("x", meta=deep)])

    assert first["meta"] == "not json [EMAIL]"
    assert second["meta"] == deep.replace(EMAIL, "[EMAIL]")


def test_a_row_in_which_nothing_is_found_stays_as_it_is_to_the_byte() -> None:
    plain = row("nothing here", "", label=None, meta='{"b":1,  "a": [1.50, "T-00017"]}')

    (one,) = masked([plain])

    assert (one["meta"], one["spans"]) == (plain["meta"], [])


def test_a_table_without_rows_or_messages_is_masked() -> None:
    assert masked([]) == []
    (one,) = masked([{**row(), "label": EMAIL}])
    assert (one["messages"], one["label"]) == ([], "[EMAIL]")


HIDDEN = {
    "zero width": f"write to ada@ma{chr(0x200B)}il.com now",
    "full width": "write to ada\uff20mail.com now",
    "entity": "write to ada&#64;mail.com now",
    "named entity": "write to ada&commat;mail.com now",
    "percent": f"write to {quote(EMAIL, safe='')} now",
    "escape": "write to ada\\u0040mail.com now",
    "base64": f"write to {base64.b64encode(EMAIL.encode()).decode()} now",
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("way", HIDDEN)
def test_what_is_hidden_in_writing_goes_from_every_field(way: str, style: Style) -> None:
    text = HIDDEN[way]
    hidden = text.removeprefix("write to ").removesuffix(" now")
    meta = json.dumps({"note": text, "deep": [{text: 1}], "raw": json.dumps({"a": text})})

    (one,) = masked([row(text, origin=text, label=text, meta=meta)], style)

    assert not [
        field for field in fields(one) if hidden in field or json.dumps(hidden)[1:-1] in field
    ]
    again = [text for field in fields(one) for text in [field]]
    if style != "surrogate":
        assert DETECTOR.detect(again) == [[]] * len(again)


class OneByOne:
    """The rules, with a count of how often they are asked."""

    version = digest = "counted"

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        self.asked += 1
        return DETECTOR.detect(texts)


def test_a_whole_shard_goes_to_the_detector_in_one_call() -> None:
    counted = OneByOne()
    table = pa.Table.from_pylist([full() for _ in range(20)], schema=CORPUS)

    done = mask_table(table, counted, Naming())

    assert counted.asked == 1
    assert done.counts["EMAIL"] == 20 * 5


def test_a_slice_of_a_table_is_masked_like_the_rows_in_it() -> None:
    rows = [row(f"{n} {EMAIL}", f"{n}", meta=json.dumps([PHONE])) for n in range(6)]
    table = pa.Table.from_pylist(rows, schema=CORPUS)

    part = mask_table(table.slice(2, 3), DETECTOR, Naming())

    assert part.table.to_pylist() == [
        {k: v for k, v in one.items() if k != "spans"} for one in masked(rows)[2:5]
    ]


_PIECES = st.sampled_from((EMAIL, PHONE, "My name is Jane Roe", "x", " ", "\n", "{", '"', "\u200b"))
_TEXT = st.lists(_PIECES | st.text(max_size=4), max_size=6).map("".join)
_META = st.none() | st.recursive(
    _TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(_TEXT, max_size=3), _TEXT, _META, st.sampled_from(("token", "numbered")))
def test_masking_masked_rows_changes_nothing(
    contents: list[str], label: str, meta: Any, style: Style
) -> None:
    (once,) = masked([row(*contents, label=label, meta=json.dumps(meta))], style)
    kept = {name: once[name] for name in ("id", "source", "origin", "messages", "label", "meta")}

    (twice,) = masked([kept], style)

    assert fields(twice) == fields(once)
    assert twice["spans"] == []
