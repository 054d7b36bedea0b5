"""The detector for anyone: the command line and Python agree, line by line."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

import burnish
from burnish.cli.texts import pieces
from burnish.core.errors import InputError

if TYPE_CHECKING:
    from tests.conftest import Desk

RULES = ("--engine", "rules")
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
    answer = waiting("detect", "--json", *RULES, stdin=lines(TEXTS))

    assert answer.code == 0
    found = [json.loads(line)["spans"] for line in answer.out.splitlines()]
    assert found == list(burnish.detect(TEXTS, engines=["rules"]))
    assert len(found) == len(TEXTS)
    emoji = {span["category"]: TEXTS[2][span["start"] : span["end"]] for span in found[2]}
    assert emoji == {"EMAIL": "jo@example.com", "IP": "203.0.113.9"}
    assert found[3] == []
    assert set(found[0][0]) == {"start", "end", "category", "score"}


def test_each_line_is_masked_in_order(waiting: Desk) -> None:
    answer = waiting("mask", "--json", *RULES, stdin=lines(TEXTS))

    assert answer.code == 0
    masked = [json.loads(line)["text"] for line in answer.out.splitlines()]
    assert masked == list(burnish.mask(TEXTS, engines=["rules"]))
    assert masked[2] == "\U0001f600 \U0001d4b3 [EMAIL] \U0001f600 and [IP]"


def test_plain_text_is_one_text(waiting: Desk) -> None:
    text = "Dear all,\n\nwrite to jo@example.com\n\U0001f600 or 203.0.113.9\n"

    masked = waiting("mask", *RULES, stdin=text.encode())
    found = waiting("detect", *RULES, stdin=text.encode())

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

    answer = waiting(command, "--json", *RULES, stdin=good * 2 + bad + b"\n" + good)

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


def test_the_style_and_the_regions_are_options(waiting: Desk) -> None:
    text = b"TFN 123 456 782 of jo@example.com, JO@example.com and di@example.com"

    numbered = waiting("mask", *RULES, "--style", "numbered", stdin=text)
    american = waiting("mask", *RULES, "--region", "US", "--category", "TFN", stdin=text)

    assert numbered.out == "TFN [TFN_1] of [EMAIL_1], [EMAIL_1] and [EMAIL_2]"
    assert american.out.encode() == text


def test_surrogates_follow_from_a_key_by_reference(waiting: Desk) -> None:
    (waiting.folder / "surrogates.key").write_text("0123456789abcdef", encoding="utf-8")
    given = ("--style", "surrogate", "--key", "file:surrogates.key")

    first = waiting("mask", *RULES, *given, stdin=b"write to jo@mail.com")
    again = waiting("mask", *RULES, *given, stdin=b"write to jo@mail.com")
    without = waiting("mask", *RULES, "--style", "surrogate", stdin=b"write to jo@mail.com")

    assert first.out == again.out
    assert first.out.endswith("@example.org")
    assert (without.code, without.out) == (2, "")
    assert "16 bytes" in without.err


def test_a_plan_says_what_to_look_for(desk: Desk) -> None:
    pattern = {"category": "BADGE", "pattern": r"\bB-\d{5}\b", "examples": ["B-12345"]}
    desk.change(mask__patterns=[pattern], mask__engines=["rules"], mask__style="numbered")

    masked = desk("mask", "--plan", ".", stdin=b"badge B-10000 of jo@mail.com")
    both = desk("mask", "--plan", ".", *RULES, stdin=b"")

    assert masked.out == "badge [BADGE_1] of [EMAIL_1]"
    assert both.code == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--engine", "spacy:nowhere"), "there is no folder at"),
        (("--engine", "spacy"), "needs the folder of its model"),
        (("--engine", "rules", "--label", "PER=PERSON"), "exactly one engine with a model"),
        (("--category", "EMAILS"), "did you mean 'EMAIL'"),
    ],
)
def test_an_option_that_cannot_be_is_told(waiting: Desk, given: tuple[str, ...], told: str) -> None:
    answer = waiting("detect", *given, stdin=b"jo@mail.com")

    assert answer.code == 2
    assert told in answer.err


def test_long_plain_text_is_read_in_pieces_cut_behind_blank_lines() -> None:
    text = "one\ntwo\n\nthree \u00e9\n\nfour\nfive\n"

    found = list(pieces(io.BytesIO(text.encode()), 8))

    assert "".join(found) == text
    assert len(found) > 2
    assert found[0] == "one\ntwo\n"
    assert list(pieces(io.BytesIO(b"no line end at all"), 4)) == ["no line end at all"]
    assert list(pieces(io.BytesIO(b""), 4)) == [""]
    with pytest.raises(InputError, match="line 3: not UTF-8 at byte 9"):
        list(pieces(io.BytesIO(b"abcd\nefg\n\xff\n"), 4))
