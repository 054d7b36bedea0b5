"""The detector for anyone: the command line and Python agree, line by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import burnish

if TYPE_CHECKING:
    from tests.conftest import Desk

TEXTS = [
    "Write to jo.miller@example.com today.",
    "",
    "\U0001f600 \U0001d4b3 jo@example.com \U0001f600 and 203.0.113.9",
    "nothing to see here",
    "two\nlines, jo@example.com\r\nand a third",
    "TFN 123 456 782 of Maria Keller",
    "\u00e9\u0301 zo\u00eb@example.org",
]


def lines(texts: list[str]) -> bytes:
    """JSON lines, one of them without escapes, with an empty line between."""
    return "\n\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts).encode()


def test_each_line_has_its_spans_in_order_and_in_characters(waiting: Desk) -> None:
    answer = waiting("detect", "--json", stdin=lines(TEXTS))

    assert answer.code == 0
    found = [json.loads(line)["spans"] for line in answer.out.splitlines()]
    assert found == list(burnish.detect(TEXTS))
    assert len(found) == len(TEXTS)
    emoji = {span["category"]: TEXTS[2][span["start"] : span["end"]] for span in found[2]}
    assert emoji == {"EMAIL": "jo@example.com", "IP": "203.0.113.9"}
    assert found[3] == []
    assert set(found[0][0]) == {"start", "end", "category", "score"}


def test_each_line_is_masked_in_order(waiting: Desk) -> None:
    answer = waiting("mask", "--json", stdin=lines(TEXTS))

    assert answer.code == 0
    masked = [json.loads(line)["text"] for line in answer.out.splitlines()]
    assert masked == list(burnish.mask(TEXTS))
    assert masked[2] == "\U0001f600 \U0001d4b3 [EMAIL] \U0001f600 and [IP]"


def test_plain_text_is_one_text(waiting: Desk) -> None:
    text = "Dear all,\n\nwrite to jo@example.com\n\U0001f600 or 203.0.113.9\n"

    masked = waiting("mask", stdin=text.encode())
    found = waiting("detect", stdin=text.encode())

    assert masked.out == text.replace("jo@example.com", "[EMAIL]").replace("203.0.113.9", "[IP]")
    spans = [line.split("\t") for line in found.out.splitlines()]
    assert [(text[int(s) : int(e)], c) for s, e, c in spans] == [
        ("jo@example.com", "EMAIL"),
        ("203.0.113.9", "IP"),
    ]


@pytest.mark.parametrize("command", ["detect", "mask"])
@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (b"{'text': 'jo@example.com'}", "line 3: not a JSON object with a text"),
        (b'{"txt": "jo@example.com"}', "line 3: not a JSON object with a text"),
        (b'["jo@example.com"]', "line 3: not a JSON object with a text"),
        (b'{"text": "\xff jo@example.com"}', "line 3: not UTF-8 at byte 10"),
    ],
)
def test_a_bad_line_is_named_and_not_shown(
    waiting: Desk, command: str, bad: bytes, told: str
) -> None:
    good = b'{"text": "fine"}\n'

    answer = waiting(command, "--json", stdin=good * 2 + bad + b"\n" + good)

    assert answer.code == 2
    *done, error = [json.loads(line) for line in answer.out.splitlines()]
    assert len(done) == 2
    assert told in error["problem"]
    assert "jo@" not in answer.out + answer.err


def test_plain_text_that_is_not_utf8_is_refused(waiting: Desk) -> None:
    answer = waiting("mask", stdin=b"one\ntwo \xff\n")

    assert answer.code == 2
    assert "line 2: not UTF-8 at byte 8" in answer.err
    assert answer.out == ""
