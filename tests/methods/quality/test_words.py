"""Words and kinds of characters."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.quality.words import DIGIT, LETTER, SPACE, SYMBOL, UPPER, kinds, words


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_every_letter_and_number_of_any_plane_is_in_one_word(text: str) -> None:
    folded = text.casefold()
    solid = [c for c in folded if unicodedata.category(c)[0] in "LMN" or c == "_"]

    in_words = [c for word in words(text) for c in word if c not in "'’"]

    assert in_words == solid


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=0x10FFFF)))
def test_every_character_has_one_kind(text: str) -> None:
    counted = kinds(text)

    assert counted.sum() == len(text)
    assert counted[SPACE] == sum(map(str.isspace, text))
    assert counted[UPPER] == sum(unicodedata.category(c) == "Lu" for c in text)
    assert counted[DIGIT] == sum(unicodedata.category(c)[0] == "N" for c in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I can't log-in, O’Brien!", ["i", "can't", "log", "in", "o’brien"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("打印机 broken了", ["打", "印", "机", "broken", "了"]),
        ("Straße 12", ["strasse", "12"]),
        ("cafe\u0301", ["cafe\u0301"]),
        ("... !!!", []),
    ],
)
def test_words_of_several_scripts(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_mark_is_a_letter_and_an_emoji_a_symbol() -> None:
    assert kinds("हि")[LETTER] == 2
    assert kinds("😀€+")[SYMBOL] == 3
