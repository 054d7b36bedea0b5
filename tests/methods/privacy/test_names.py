import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.names import LONE, SURE, spread
from burnish.methods.privacy.spans import Span

INERT = re.compile(r"\[PERSON\]")


def told(text: str, *names: str, score: float = 0.95, allow: tuple[str, ...] = ()) -> str:
    """The text with what is masked in angle brackets, once `names` were found where first seen."""
    spans = [
        Span(text.index(name), text.index(name) + len(name), "PERSON", score) for name in names
    ]
    out, done = [], 0
    for span in spread([text], [spans], INERT, allow)[0]:
        out += [text[done : span.start], "<", text[span.start : span.end], ">"]
        done = span.end
    return "".join([*out, text[done:]])


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Priya Nair. Nair left.", "Priya Nair", "<Priya Nair>. <Nair> left."),
        ("Priya Nair. PRIYA NAIR", "Priya Nair", "<Priya Nair>. <PRIYA NAIR>"),
        ("Priya Nair. nair left", "Priya Nair", "<Priya Nair>. <nair> left"),
        ("Priya Nair: Nair's, Nair\u2019s", "Priya Nair", "<Priya Nair>: <Nair>'s, <Nair>\u2019s"),
        ("Priya Nair, the Nairs, Nairs'", "Priya Nair", "<Priya Nair>, the <Nairs>, <Nairs>'"),
        ("Priya Nair; Anna-Priya Nair-Bly", "Priya Nair", "<Priya Nair>; <Anna-Priya Nair>-Bly"),
        ("Priya Nair; P. Nair, P.K. Nair", "Priya Nair", "<Priya Nair>; <P. Nair>, <P.K. Nair>"),
        ("Nair said. Mr Nair", "Nair", "<Nair> said. Mr <Nair>"),
        ("\u00c9mile Zola; EMILE; emile", "\u00c9mile Zola", "<\u00c9mile Zola>; <EMILE>; <emile>"),
        ("Se\u00e1n O'Hara; then O'Hara", "Hara", "Se\u00e1n O'<Hara>; then <O'Hara>"),
        ("hi zofia. zofia, Zofia!", "zofia", "hi <zofia>. <zofia>, <Zofia>!"),
    ],
)
def test_a_name_is_found_again_in_its_forms(text: str, name: str, expected: str) -> None:
    assert told(text, name) == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Mark Brown. Mark it, mark it.", "Mark Brown", "<Mark Brown>. Mark it, mark it."),
        (
            "Will Nair. Will you? I told Will.",
            "Will Nair",
            "<Will Nair>. <Will> you? I told <Will>.",
        ),
        ("Will Nair. Will you? he will", "Will Nair", "<Will Nair>. Will you? he will"),
        ("Grace Hope. I hope grace comes", "Grace Hope", "<Grace Hope>. I hope grace comes"),
        ("Dear Customer, our Customer", "Customer", "Dear <Customer>, our Customer"),
        ("Rose Table. Table 4, Rose Table", "Rose Table", "<Rose Table>. Table 4, <Rose Table>"),
        ("Ann Table. Mr Table, Dr. Table", "Ann Table", "<Ann Table>. Mr <Table>, Dr. <Table>"),
        ("Li Wu. Li, Wu and Li Wu", "Li Wu", "<Li Wu>. Li, Wu and <Li Wu>"),
        ("Mr van Dyke. Mr Nair, van", "Mr van Dyke", "<Mr van Dyke>. Mr Nair, van"),
    ],
)
def test_words_that_are_ordinary_need_company_or_a_capital(
    text: str, name: str, expected: str
) -> None:
    assert told(text, name) == expected


def test_a_word_written_small_more_often_than_not_does_not_spread_in_small_letters() -> None:
    text = "Ask Widget. The widget, a widget, two widget parts. Widget"

    assert told(text, "Widget") == "Ask <Widget>. The widget, a widget, two widget parts. Widget"


def test_what_is_not_certain_does_not_spread() -> None:
    assert told("Priya Nair. Nair", "Priya Nair", score=SURE - 0.01) == "<Priya Nair>. Nair"
    assert told("Priya. Priya", "Priya", score=LONE - 0.01) == "<Priya>. Priya"
    assert told("Priya Nair. Nair", "Priya Nair", score=LONE - 0.01) == "<Priya Nair>. <Nair>"


def test_the_allow_list_and_mask_tokens_hold() -> None:
    assert told("Priya Nair. Nair, Priya", "Priya Nair", allow=("nair",)) == (
        "<Priya Nair>. Nair, <Priya>"
    )
    assert told("Person Nair. [PERSON] Nair", "Person Nair").endswith("[PERSON] <Nair>")


def test_a_name_stays_in_its_text_and_other_categories_do_not_spread() -> None:
    texts = ["Priya Nair", "Priya Nair", "Ferntree Gully, Ferntree"]
    found = [[Span(0, 10, "PERSON", 0.9)], [], [Span(0, 14, "ADDRESS", 0.9)]]

    assert spread(texts, found) == found


def test_a_find_of_another_kind_is_left_as_it_is() -> None:
    text = "Priya Nair, Nair Street 4"
    found = [Span(0, 10, "PERSON", 0.9), Span(12, 25, "ADDRESS", 0.9)]

    assert spread([text], [found]) == [found]


WORDS = st.sampled_from(
    ["Priya", "priya", "Nair", "NAIR", "Nairs", "Will", "will", "Li", ".", "-", "J", "'s", "\n",
     "Mr", "O'", "[PERSON]", "the", "\ud800", "\u4eba", ",", "Kov\u00e1cs"]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=20).map(" ".join) | st.lists(WORDS, max_size=20).map("".join)


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXTS, max_size=3), st.data())
def test_spreading_keeps_what_was_found_and_adds_sorted_disjoint_spans(
    texts: list[str], data: st.DataObject
) -> None:
    found = []
    for text in texts:
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        found.append([Span(start, end, "PERSON", 0.9)] if end > start else [])

    wider = spread(texts, found, INERT)

    for text, before, after in zip(texts, found, wider, strict=True):
        done = 0
        for span in after:
            assert done <= span.start < span.end <= len(text)
            done = span.end
        covered = {at for span in after for at in range(span.start, span.end)}
        assert covered >= {at for span in before for at in range(span.start, span.end)}
        assert spread([text], [before], INERT) == [after]
