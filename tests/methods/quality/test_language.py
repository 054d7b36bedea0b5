"""Language identification."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.quality.language import identify


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I cannot log in to my account since this morning.", "en"),
        ("Ich kann mich seit heute Morgen nicht mehr anmelden.", "de"),
        ("Je ne peux plus ouvrir ma session depuis ce matin.", "fr"),
        ("No puedo abrir mi cuenta desde esta mañana, por favor ayuda.", "es"),
        ("С сегодняшнего утра я не могу войти в систему.", "ru"),
        ("今日の朝からシステムにログインできません、助けてください。", "ja"),
    ],
)
def test_sentences_are_told_apart(text: str, language: str) -> None:
    found, probability = identify([text])[0]

    assert found == language
    assert probability > 0.7


def test_a_text_of_under_twenty_letters_is_undetermined() -> None:
    assert identify(["printer kaputt 12345", ""]) == [("und", 0.0), ("und", 0.0)]


def test_only_the_beginning_counts() -> None:
    english = "The printer on the second floor does not print any more. " * 9

    assert identify([english + "Der Drucker druckt nicht. " * 99]) == identify([english])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=15, max_size=60), max_size=5))
def test_any_text_has_one_answer_that_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    together = identify(texts)

    assert together == [identify([text])[0] for text in texts]
    assert all(0.0 <= probability <= 1.0 for _, probability in together)
