"""The normal form and the content hash."""

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.dedup.normalise import digest, encode, normalise


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_gives_what_the_long_way_gives(text: str) -> None:
    with_accent = normalise("é " + text)

    assert with_accent.removeprefix("é").lstrip(" ") == normalise(text)


def test_case_width_ligatures_and_white_space_do_not_matter() -> None:
    assert normalise("  ＶＰＮ\u00a0of\ufb01ce\n\tSTRASSE ") == normalise("vpn ofﬁce straße")


def test_punctuation_and_accents_do_matter() -> None:
    assert digest("resume.") != digest("resume")
    assert digest("résumé") != digest("resume")


def test_the_parts_of_a_text_stay_apart() -> None:
    assert normalise(" One \x1e\n Two") == "one\x1etwo"
    assert digest("one\x1etwo") != digest("one two")


def test_a_composed_and_a_decomposed_letter_have_one_digest() -> None:
    assert digest("caf\u00e9") == digest("CAFE\u0301")


def test_the_digest_never_changes() -> None:
    assert digest("Hello  World").hex() == "e9a804b2e527fd3601d2ffc0bb023cd6"
    assert len(digest("")) == 16


def test_a_lone_surrogate_has_bytes_and_a_digest() -> None:
    assert encode("\ud800") == b"\xed\xa0\x80"
    assert digest("\ud800") != digest("\udfff")
