"""Texts that say a word of a list."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.quality.wordlist import read_words, saying


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("What the HECK is this", True),
        ("heckle", False),
        ("son of  a\nbiscuit!", True),
        ("son of the biscuit", False),
        ("Größe", True),
        ("GRÖSSE", True),
        ("", False),
    ],
)
def test_whole_words_and_phrases_in_any_case_are_found(text: str, says: bool) -> None:
    phrases = read_words("heck\n\nson of a biscuit\ngrösse\n".encode())

    assert saying([text], phrases).tolist() == [says]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(["ab", "b", "cé"]), min_size=1, max_size=3),
    st.lists(st.sampled_from(["ab", "b", "cé", "d"]), max_size=8),
)
def test_a_phrase_is_found_where_its_words_stand_in_a_row(
    phrase: list[str], words: list[str]
) -> None:
    expected = bool(re.search(rf"(^| ){' '.join(phrase)}( |$)", " ".join(words)))

    assert saying([" ".join(words)], read_words(" ".join(phrase).encode())) == [expected]


@pytest.mark.parametrize("wrong", [b"", b"\n \n", b"fine\n***\n", b"\xff\xfe"])
def test_a_list_that_is_none_is_refused_without_quoting_it(wrong: bytes) -> None:
    with pytest.raises(ValueError, match=r"list"):
        read_words(wrong)
