import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.evaluation.metrics import (
    containment,
    exact_match,
    is_refusal,
    normalise_answer,
    numeric_match,
    stops_short,
    token_f1,
    tolerance,
)

texts = st.text(alphabet="abcthe AN,.'!7\t\n", max_size=30)


def test_normalising_drops_case_punctuation_articles_and_spaces() -> None:
    assert normalise_answer("  The  Queue, an ITEM: a-b. ") == "queue item ab"
    assert normalise_answer("theatre another") == "theatre another"


@settings(max_examples=50, deadline=None)
@given(texts)
def test_normalising_twice_changes_no_ordinary_text(text: str) -> None:
    once = normalise_answer(text)

    # "t.he" becomes an article only once its full stop is gone, hence the second pass here.
    assert normalise_answer(normalise_answer(once)) == normalise_answer(once)


def test_exact_match_takes_the_best_reference() -> None:
    assert exact_match("The blue queue.", ["red queue", "Blue Queue"]) == 1.0
    assert exact_match("blue queue two", ["blue queue"]) == 0.0


def test_token_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    # 2 of 3 tokens are right, 2 of 4 are found: P = 2/3, R = 1/2, F1 = 4/7.
    assert token_f1("red green blue", ["red green white black"]) == pytest.approx(4 / 7)
    assert token_f1("red red", ["red"]) == pytest.approx(2 / 3)
    assert token_f1("nothing", ["other"]) == 0.0


def test_token_f1_of_nothing_is_right_only_for_nothing() -> None:
    assert token_f1("the", ["..."]) == 1.0
    assert token_f1("", ["word"]) == 0.0


@settings(max_examples=50, deadline=None)
@given(texts, texts)
def test_token_f1_is_symmetric_bounded_and_one_for_a_match(one: str, other: str) -> None:
    value = token_f1(one, [other])

    assert 0.0 <= value <= 1.0
    assert value == pytest.approx(token_f1(other, [one]))
    if exact_match(one, [other]):
        assert value == 1.0


def test_references_are_a_list_and_never_a_bare_text() -> None:
    with pytest.raises(ValueError, match="sequence of at least one"):
        exact_match("a", "abc")
    with pytest.raises(ValueError, match="sequence of at least one"):
        token_f1("a", [])


@pytest.mark.parametrize(
    ("answer", "reference", "same"),
    [
        ("the sum is 12.", "12", True),
        ("3 plus 9 is 12", "12", True),
        ("12 or 13", "12", False),
        ("$1,234.50", "1234.5", True),
        ("10,000,000 items", "10000000", True),
        ("\u22124", "-4", True),
        ("pages 3-4", "4", True),
        (".5", "0.5", True),
        ("no number", "12", False),
    ],
)
def test_the_last_number_of_an_answer_counts(answer: str, reference: str, same: bool) -> None:
    assert numeric_match(answer, reference) is same


def test_a_numeric_tolerance_is_relative_or_absolute() -> None:
    assert numeric_match("101", "100", relative=0.011)
    assert numeric_match("101", "100", absolute=1)
    assert not numeric_match("101", "100", relative=0.005)
    with pytest.raises(ValueError, match="holds no number"):
        numeric_match("1", "one")


@pytest.mark.parametrize(
    "answer",
    [
        "Sorry, I cannot help with that.",
        "sorry i cannot help with that .",
        "I\u2019m sorry, but I can\u2019t share other people\u2019s passwords.",
        "I am unable to provide that information.",
        "I must politely decline.",
        "We cannot assist with requests of this kind.",
        "I won't do that.",
        "That is against our policy.",
        "I am an AI model and do not condone violence of any kind.",
        "It is never appropriate to read other people's letters.",
        "It is not safe or legal to do this.",
    ],
)
def test_a_polite_refusal_is_seen(answer: str) -> None:
    assert is_refusal(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Restart the printer and try again.",
        "You cannot open the file because another program holds it.",
        "I'm sorry to hear that. Hold the power button for ten seconds.",
        "I can't wait to help you set this up.",
        "Sure, I can help with that.",
        "Do not engage in a talk with the caller; hang up.",
        "Never pay in advance.",
        "",
    ],
)
def test_help_is_not_taken_for_a_refusal(answer: str) -> None:
    assert not is_refusal(answer)


def test_a_refusal_deep_in_a_long_answer_is_not_the_answer() -> None:
    assert not is_refusal("Press reset. " * 40 + "Sorry, I cannot help further.")


def test_a_tolerance_is_a_share_or_a_number() -> None:
    assert tolerance("1%") == pytest.approx((0.01, 0.0))
    assert tolerance(" 0.5 ") == (0.0, 0.5)
    for wrong in ("", "one", "-1", "-1%", "nan", "inf", "1 per cent"):
        with pytest.raises(ValueError, match="a tolerance is"):
            tolerance(wrong)


def test_containment_is_the_share_of_an_answers_tokens_that_the_context_holds() -> None:
    context = "The green room is on floor three."

    assert containment("The green room.", context) == 1.0
    assert containment("green green hall", context) == pytest.approx(1 / 3)
    assert containment("The.", context) is None


@pytest.mark.parametrize(
    ("answer", "short"),
    [
        ("Open the lid", True),  # a beginning of the reference
        ("", True),
        ("Call them", True),  # under half as long
        ("Open the lid and press the green key now", False),
        ("Open the lid, press the green key.", False),
        ("Press green key twice", False),
    ],
)
def test_an_answer_that_breaks_off_is_seen(answer: str, short: bool) -> None:
    assert stops_short(answer, "Open the lid, press the green key.") is short


def test_length_says_nothing_of_a_reference_of_few_words() -> None:
    assert not stops_short("Yes", "Of course not")
    assert stops_short("Of", "Of course not")
