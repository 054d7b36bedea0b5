"""Kinds of characters."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.quality.words import DIGIT, LETTER, SPACE, SYMBOL, UPPER, kinds


@settings(max_examples=200, deadline=None)
@given(st.characters())
def test_every_character_of_any_plane_has_its_kind(character: str) -> None:
    kind = kinds()[ord(character)]
    category = unicodedata.category(character)

    assert (kind == SPACE) == character.isspace()
    assert (kind == UPPER) == (category == "Lu")
    assert (kind == DIGIT) == (category[0] == "N")
    assert (kind == LETTER) == (category[0] in "LM" and category != "Lu")


def test_a_mark_is_a_letter_and_an_emoji_a_symbol() -> None:
    assert [kinds()[ord(c)] for c in "हि"] == [LETTER, LETTER]
    assert [kinds()[ord(c)] for c in "😀€+"] == [SYMBOL, SYMBOL, SYMBOL]
