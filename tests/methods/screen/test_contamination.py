"""Texts that share a run of words with an item of a test set."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.dedup.normalise import PART
from burnish.methods.screen.contamination import Item, overlapping, references

LINE = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


def met(texts: list[str], *wanted: str, n: int = 13) -> list[bool]:
    items = [Item("exam", str(place), (text,)) for place, text in enumerate(wanted)]
    return [one is not None for one in overlapping(texts, references(items, n)[0])]


def test_thirteen_words_in_common_are_met_and_twelve_are_not() -> None:
    words = LINE.split()

    found = met([f"so {' '.join(words[:13])} end", f"so {' '.join(words[:12])} end"], LINE)

    assert found == [True, False]


def test_case_and_punctuation_do_not_hide_a_run() -> None:
    assert met([LINE.upper().replace(" ", ", ")], LINE) == [True]


def test_a_short_reference_counts_when_all_of_it_occurs() -> None:
    eight = " ".join(LINE.split()[:8])

    assert met([f"well {eight} indeed", eight, "one two"], eight) == [True, True, False]


def test_a_very_short_prompt_counts_only_for_the_same_message() -> None:
    texts = ["Reset it", "please reset it", f"reset  IT{PART}done"]

    assert met(texts, "reset it") == [True, False, True]


def test_an_answer_of_an_item_is_looked_for_too() -> None:
    items = [Item("exam", "a", ("Count to fourteen, please.",), (LINE,))]

    assert overlapping([f"and {LINE}"], references(items)[0]) == [("exam", "a")]


def test_no_run_goes_over_the_end_of_a_message() -> None:
    words = LINE.split()

    assert met([f"{' '.join(words[:7])}{PART}{' '.join(words[7:])}"], LINE) == [False]


def test_the_first_item_that_is_met_is_named() -> None:
    items = [Item("a", "1", (LINE,)), Item("b", "2", (LINE,))]

    assert overlapping([LINE], references(items)[0]) == [("a", "1")]


def test_what_cannot_be_looked_for_is_counted() -> None:
    items = [
        Item("a", "1", (LINE,), ("yes",)),
        Item("a", "2", ("Reset it?",), ("no", LINE)),
        Item("a", "3", ("Why so?",), ("Because.",)),
    ]

    _, (told,) = references(items)

    assert (told.items, told.by_run, told.by_prompt, told.too_short_answers) == (3, 2, 1, 3)


def test_wording_that_more_than_ten_items_share_is_no_content() -> None:
    items = [Item("a", str(n), (f"{LINE} number{n}",)) for n in range(11)]

    known, (told,) = references(items)

    assert overlapping([f"{LINE} then"], known) == [None]
    assert overlapping([f"{LINE} number4"], known) == [("a", "4")]
    assert told.templates == 0
    assert references([Item("a", str(n), (LINE,)) for n in range(11)])[1][0].templates == 11


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_a_text_always_meets_itself(texts: list[str]) -> None:
    joined = [text.replace(PART, " ") for text in texts]

    assert all(met(joined, *joined))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_without_references_nothing_is_met(texts: list[str]) -> None:
    assert met(texts) == [False] * len(texts)


def test_runs_so_short_that_chance_meets_them_are_refused() -> None:
    with pytest.raises(ValueError, match="n is 3"):
        references([], n=3)
