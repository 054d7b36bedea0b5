"""Edits keep what decides an answer and are the same from the same seed."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.probe_bench import item

from burnish.methods.evaluation.probes.edits import EDITS, edited, edited_item, free

WORDS = (
    "which printer stands near room 12 the left door [PERSON] <mark> {slot} 3.5% a@b.org Berlin",
    "ABN-7 paper, colour. really? don't 1,000 tray: green under what",
)
texts = st.lists(st.sampled_from(" ".join(WORDS).split(" ")), min_size=1, max_size=14).map(" ".join)
NUMBERS = re.compile(r"\S*\d\S*")
MARKERS = re.compile(r"\[[^\]]*\]|<[^>]*>|\{[^}]*\}|\S+@\S+")


@settings(max_examples=80, deadline=None)
@given(
    texts,
    st.sampled_from(sorted(EDITS)),
    st.integers(0, 999),
    st.sampled_from(["green", "left door", "ABN"]),
)
def test_an_edit_keeps_numbers_markers_names_and_choices(
    text: str, name: str, seed: int, kept: str
) -> None:
    made = EDITS[name](text, free(text, [kept]), Random(seed))
    if made is None:
        return

    assert made != text
    assert NUMBERS.findall(made) == NUMBERS.findall(text)
    assert MARKERS.findall(made) == MARKERS.findall(text)
    assert made.count(kept) == text.count(kept)
    # A text that begins with a name begins as any sentence does: its case may turn, nothing else.
    assert made.lower().count("berlin") == text.lower().count("berlin")
    assert len(made.split()) == len(text.split())


@settings(max_examples=50, deadline=None)
@given(texts, st.text(alphabet="0123456789", min_size=1, max_size=5))
def test_the_same_seed_gives_the_same_bytes(text: str, seed: str) -> None:
    assert edited(text, ["green"], seed) == edited(text, ["green"], seed)


@settings(max_examples=50, deadline=None)
@given(texts, st.integers(0, 999))
def test_an_edit_is_small(text: str, seed: int) -> None:
    may = free(text)
    draw = Random(seed)

    slipped = EDITS["slip"](text, may, draw)
    if slipped is not None:
        assert len(slipped) == len(text)
        assert sum(a != b for a, b in zip(text, slipped, strict=True)) == 1
    spaced = EDITS["blanks"](text, may, draw)
    assert spaced is None or spaced.split() == text.split()
    cased = EDITS["case"](text, may, draw)
    assert cased is None or cased.lower() == text.lower()
    plain = EDITS["punctuation"](text, may, draw)
    assert plain is None or re.sub(r"[.,;:!?]", "", plain) == re.sub(r"[.,;:!?]", "", text)


def test_a_slip_hits_the_neighbouring_key() -> None:
    for seed in range(20):
        made = EDITS["slip"]("where is it", free("where is it"), Random(seed))
        assert made is not None
        place = next(k for k in range(5) if made[k] != "where"[k])
        assert 0 < place < 4
        pair = {made[place], "where"[place]}
        assert any(
            pair <= set(row[k : k + 2]) for row in ("qwertyuiop", "asdfghjkl") for k in range(9)
        )


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("case", "Which door is open?", "which door is open?"),
        ("case", "which door is open?", "Which door is open?"),
        ("punctuation", "Well, is it open?", "Well is it open"),
        ("punctuation", "It costs 3.50.", None),
        ("case", "ABN or TFN?", None),
        ("slip", "It is so.", None),
        ("blanks", "Which?", None),
    ],
)
def test_what_an_edit_makes_of_a_text(name: str, text: str, made: str | None) -> None:
    assert EDITS[name](text, free(text), Random(1)) == made


def test_only_the_last_message_changes_and_answers_stay() -> None:
    text = "Please, which door near the printer is open: the left door or none?"
    one = item(1, "the left door", question=text)

    found = edited_item(one, seed=3)

    assert found is not None
    name, made = found
    assert name in EDITS
    assert made.messages != one.messages
    assert "the left door" in re.sub(" +", " ", made.messages[-1].content).lower()
    assert (made.id, made.answers, made.cluster) == (one.id, one.answers, one.cluster)
    assert edited_item(one, seed=3) == found
    drawn = [edited_item(one, seed=seed) for seed in range(9)]
    assert len({one[1].messages for one in drawn if one}) > 2


def test_a_text_that_nothing_fits_is_left_alone() -> None:
    assert edited("51824753556?", [], "1") is None
    assert edited_item(item(1, "", "pair", ("a", "b")), 1) is None


def test_each_word_of_an_answer_is_kept_wherever_it_stands() -> None:
    text = "a printer"

    assert EDITS["slip"](text, free(text), Random(1)) is not None
    assert EDITS["slip"](text, free(text, ["The old printer."]), Random(1)) is None
