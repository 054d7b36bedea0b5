"""What a reviewer sees of a document, and where it was before masking."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.sampling.shown import (
    Mask,
    before_masking,
    in_the_clear,
    pieces,
    places_of,
    shown_text,
)

BEFORE = "Ada Keller called Bob about Ada's lamp."
WRITTEN = "[PERSON_1] called [PERSON_2] about [PERSON_1]'s lamp."
PEOPLE = (
    Mask(0, 10, "PERSON", 0.5, 0, 10),
    Mask(18, 21, "PERSON", 0.9, 18, 28),
    Mask(28, 31, "PERSON", 0.9, 35, 45),
)


def test_masks_are_pieces_of_their_own() -> None:
    found = pieces(BEFORE, WRITTEN, PEOPLE)

    assert shown_text(found) == WRITTEN
    assert [one.text for one in found if one.mask] == ["[PERSON_1]", "[PERSON_2]", "[PERSON_1]"]
    assert all(BEFORE[one.start : one.end] == one.text for one in found if one.mask is None)


def test_places_are_found_by_the_tokens_where_masks_do_not_say_them() -> None:
    silent = [Mask(one.start, one.end, one.category, one.score) for one in PEOPLE]

    assert pieces(BEFORE, WRITTEN, silent) == pieces(BEFORE, WRITTEN, PEOPLE)


def test_a_surrogate_is_shown_as_its_category() -> None:
    found = pieces("Ada was here.", "Eva was here.", [Mask(0, 3, "PERSON", 1.0, 0, 3)])

    assert shown_text(found) == "[PERSON] was here."


def test_a_text_that_was_changed_outside_its_masks_is_shown_as_it_is() -> None:
    found = pieces(BEFORE, WRITTEN.replace("called", "phoned"), PEOPLE)

    assert "phoned" in shown_text(found)
    assert before_masking(found, 11, 17) is None


def test_a_text_whose_masks_nobody_kept_shows_its_tokens() -> None:
    found = pieces('{"a": "x@y.org"}', '{"a": "[EMAIL]"}', [])

    assert shown_text(found) == '{"a": "[EMAIL]"}'
    assert [one.text for one in found if one.mask] == ["[EMAIL]"]


def test_a_place_as_shown_leads_back_to_the_place_before() -> None:
    found = pieces(BEFORE, WRITTEN, PEOPLE)
    start = WRITTEN.index("lamp")

    where = before_masking(found, start, start + 4)

    assert where is not None
    assert BEFORE[slice(*where)] == "lamp"
    assert before_masking(found, 0, 17) == (0, 17)
    assert before_masking(found, 3, 14) == (0, 14)


def test_in_the_clear_the_values_are_pieces() -> None:
    found = in_the_clear(BEFORE, PEOPLE)

    assert shown_text(found) == BEFORE
    assert [one.text for one in found if one.mask] == ["Ada Keller", "Bob", "Ada"]


TEXT = st.text(st.sampled_from("ab [_é😀"), max_size=12)
VALUE = st.text(st.sampled_from("xyz"), min_size=1, max_size=5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXT, VALUE), max_size=4), TEXT)
def test_every_character_outside_masks_leads_back_to_itself(
    parts: list[tuple[str, str]], last: str
) -> None:
    before = written = ""
    masks = []
    for gap, value in parts:
        before, written = before + gap, written + gap
        where = (len(before), len(before) + len(value))
        masks.append(Mask(*where, "NAME", 1.0, len(written), len(written) + 6))
        before, written = before + value, written + "[NAME]"
    before, written = before + last, written + last

    found = pieces(before, written, masks)

    assert shown_text(found) == written
    assert shown_text(in_the_clear(before, masks)) == before
    hidden = {at for mask in masks for at in range(mask.shown_start, mask.shown_end)}
    for at, letter in enumerate(written):
        was = before_masking(found, at, at + 1)
        assert was is not None
        if at not in hidden:
            assert before[slice(*was)] == letter


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("Bob", [(4, 7), (16, 19)]),
        ("bob", [(4, 7), (16, 19)]),
        ("Mr  Bob", [(13, 19)]),
        ("nobody", []),
        ("  ", []),
        (".*", []),
    ],
)
def test_a_typed_text_is_found_in_all_its_places(typed: str, there: list[tuple[int, int]]) -> None:
    assert places_of("Hey Bob, was\nMr\nBob?".replace("\nMr", " Mr"), typed) == there
