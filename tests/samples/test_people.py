"""Planted identifiers are valid by rules that share no code with the generator."""

from random import Random

from stdnum import iban, luhn
from stdnum.au import abn, acn, tfn

from burnish.samples.people import CATEGORIES, masked_person, new_person

WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9)
PEOPLE = [new_person(Random(seed), f"C-{seed}") for seed in range(60)]


def medicare_check(digits: list[int]) -> int:
    return sum(w * d for w, d in zip(WEIGHTS, digits[:8], strict=True)) % 10


def test_check_digits_of_every_identifier_are_valid() -> None:
    for person in PEOPLE:
        assert tfn.is_valid(person.TFN)
        assert abn.is_valid(person.ABN)
        assert acn.is_valid(person.ACN)
        assert luhn.is_valid(person.CARD.replace(" ", ""))
        assert iban.is_valid(person.IBAN)


def test_the_ninth_digit_of_a_medicare_number_is_its_check_digit() -> None:
    for person in PEOPLE:
        digits = [int(sign) for sign in person.MEDICARE if sign != " "]
        assert len(digits) == 10
        assert 2 <= digits[0] <= 6
        assert medicare_check(digits) == digits[8]


def test_a_changed_digit_is_noticed() -> None:
    number = PEOPLE[0].TFN
    changed = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not tfn.is_valid(changed)


def test_a_masked_person_holds_nothing_but_mask_tokens() -> None:
    person = masked_person()
    assert [person.value(name) for name in CATEGORIES] == [f"[{name}]" for name in CATEGORIES]


def test_mail_and_network_addresses_come_from_the_ranges_kept_for_examples() -> None:
    for person in PEOPLE:
        assert person.EMAIL.rsplit("@")[1].split(".")[-2] == "example"
        assert person.IP.rsplit(".", 1)[0] in {"192.0.2", "198.51.100", "203.0.113"}
