"""Which names are one person's."""

import pytest

from burnish.methods.privacy.people import People, name_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ms Maria Silva", ("maria", "silva")),
        ("SILVA, Maria", ("maria", "silva")),
        ("Maria Silva's", ("maria", "silva")),
        ("Jos\u00e9\u200b N\u00fa\u00f1ez", ("jose", "nunez")),
        ("Dr. O'Brien", ("o", "brien")),
        ("42", ()),
    ],
)
def test_titles_accents_order_and_possessives_do_not_count(
    name: str, words: tuple[str, ...]
) -> None:
    assert name_words(name) == words


@pytest.mark.parametrize(
    "short", ["Silva", "maria", "M. Silva", "Silva, M.", "MARIA SILVA", "Ms Silva"]
)
def test_a_part_of_a_name_is_the_person_it_belongs_to(short: str) -> None:
    people = People(["Maria Silva", "Tom Keller", short])

    assert people.of(short) == people.of("Maria Silva") != people.of("Tom Keller")


def test_a_part_that_two_could_be_meant_by_is_a_person_of_its_own() -> None:
    people = People(["Maria Silva", "Joao Silva", "Silva", "Maria"])

    assert people.of("Silva") not in (people.of("Maria Silva"), people.of("Joao Silva"))
    assert people.of("Maria") == people.of("Maria Silva")


def test_names_are_not_joined_by_a_letter_alone() -> None:
    people = People(["Maria Silva", "M"])

    assert people.of("M") != people.of("Maria Silva")


def test_the_order_of_names_does_not_matter() -> None:
    names = ["Silva", "Maria Lopes Silva", "Maria Silva", "Keller"]
    forth, back = People(names), People(reversed(names))

    assert [forth.of(name) for name in names] == [back.of(name) for name in names]
