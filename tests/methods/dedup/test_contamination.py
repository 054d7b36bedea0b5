"""Texts that share a run of words with a test set."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.dedup.contamination import overlap

LINE = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


def test_thirteen_words_in_common_are_met_and_twelve_are_not() -> None:
    words = LINE.split()

    met = overlap([f"so {' '.join(words[:13])} end", f"so {' '.join(words[:12])} end"], [LINE])

    assert met.tolist() == [True, False]


def test_case_and_punctuation_do_not_hide_a_run() -> None:
    assert overlap([LINE.upper().replace(" ", ", ")], [LINE]).tolist() == [True]


def test_a_short_reference_counts_when_all_of_it_occurs() -> None:
    eight = " ".join(LINE.split()[:8])

    assert overlap([f"well {eight} indeed", eight, "one two"], [eight]).tolist() == [
        True,
        True,
        False,
    ]


def test_a_very_short_reference_counts_only_for_the_same_text() -> None:
    assert overlap(["Reset it", "please reset it"], ["reset it!"]).tolist() == [True, False]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_a_text_always_meets_itself(texts: list[str]) -> None:
    assert overlap(texts, texts).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_without_references_nothing_is_met(texts: list[str]) -> None:
    assert overlap(texts, []).tolist() == [False] * len(texts)


def test_runs_so_short_that_chance_meets_them_are_refused() -> None:
    with pytest.raises(ValueError, match="n is 3"):
        overlap([], [], n=3)
