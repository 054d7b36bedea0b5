"""JSON Lines: the quick way reads a line exactly as the careful way does, or leaves it alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.formats.jsonl import _careful, _quick, parse_line
from burnish.methods.formats.records import BadRecord, Record

PIECES = st.sampled_from(
    [
        *(
            "{",
            "}",
            "[",
            "]",
            '"a"',
            '"b"',
            '"a":',
            '"b" :',
            ":",
            ",",
            " ",
            "\t",
            "\r",
            "1",
            "-0.5",
        ),
        *("1e999", "1e5", "NaN", "Infinity", "true", "null", '"x: y"', '":"', '"\\"q\\": z"'),
        *('"\\ud83d\\ude00"', '"\\ud800"', '"é"', '{"a": 1, "a": 2}', '{"a" : 1, "b": ":"}', "\\"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(pieces=st.lists(PIECES, max_size=12))
def test_the_quick_way_never_differs_from_the_careful_way(pieces: list[str]) -> None:
    line = "".join(pieces).encode()

    quick = _quick(line)

    assert quick is None or _careful(line, 1) == Record(1, quick)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_field_given_twice_at_any_depth_is_refused(data: st.DataObject) -> None:
    blank = st.sampled_from(["", " ", "\t", "  ", "\r"])
    text = data.draw(st.sampled_from(["x", "a: b", ' "c": d', ":", "\\"]))
    twice = f'{{"a"{data.draw(blank)}:{data.draw(blank)}1, "a"{data.draw(blank)}: 2}}'
    wrapped = data.draw(
        st.sampled_from([twice, f'{{"o": {twice}}}', f'{{"o": [1, {{"i": {twice}}}]}}'])
    )
    line = wrapped[:-1] + f', "t": {json.dumps(text)}}}'

    read = parse_line(line.encode(), 1)

    assert isinstance(read, BadRecord)
    assert "given twice" in read.reason


@pytest.mark.parametrize(
    "line",
    ['{"a": 1, "b": "x"}\r\n', '{"m": [{"r": "u", "c": "x"}], "n": 1.5}', '{"t": "at 10:30"}'],
)
def test_ordinary_lines_go_the_quick_way(line: str) -> None:
    assert _quick(line.encode()) == json.loads(line)
