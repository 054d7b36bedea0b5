"""Surrogates: the same value the same, keyed, in the value's form, and nobody's own."""

from __future__ import annotations

import datetime
import importlib
import ipaddress
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.people import People
from burnish.methods.privacy.replace import Naming, mask_together
from burnish.methods.privacy.spans import CATEGORIES, Span
from burnish.methods.privacy.surrogate_forms import shifted
from burnish.methods.privacy.surrogates import Scope, Surrogates

KEY = b"0123456789abcdef"
VALUES = {
    "EMAIL": "maria.silva@mail.com",
    "PHONE": "0412 345 678",
    "TFN": "876 543 210",
    "ABN": "51 824 753 556",
    "ACN": "004 085 616",
    "MEDICARE": "2123 45670 1",
    "CARD": "4012-8888-8888-1881",
    "IBAN": "DE89 3704 0044 0532 0130 00",
    "BANK_ACCOUNT": "062-000 1234 5678",
    "DATE_OF_BIRTH": "12/03/1984",
    "ADDRESS": "12 George Street, Sydney NSW 2000",
    "IP": "10.22.33.44",
    "DRIVER_LICENCE": "SMITH 805127 JM9AB",
    "PASSPORT": "PA1234567",
    "SSN": "536-90-4399",
    "ITIN": "912-70-1234",
    "NINO": "AB 12 34 56 C",
    "NHS": "943 476 5919",
    "VAT": "DE136695976",
    "SWIFT": "COBADEFF370",
    "CRYPTO": "0x52908400098527886E0F7030069857D2E4169EE7",
    "MAC": "3C-52-82-1A-2B-3C",
    "URL": "https://x.com/maria?email=m@x.com",
    "HANDLE": "@maria_s",
    "LICENCE_PLATE": "ABC-12D",
    "COORDINATES": "-33.86882, 151.20929",
    "ORGANISATION": "Wuth Works",
    "LOCATION": "Sydney",
}  # fmt: skip
INVALID = {
    "TFN": "au.tfn", "ABN": "au.abn", "ACN": "au.acn", "CARD": "luhn", "IBAN": "iban",
    "NHS": "gb.nhs", "VAT": "eu.vat", "SSN": "us.ssn", "ITIN": "us.itin",
}  # fmt: skip


def named(
    values: Sequence[tuple[str, str]],
    *,
    key: bytes = KEY,
    salt: str = "",
    scope: Scope = "document",
    document: str = "1",
) -> list[str]:
    """The surrogates of (category, value) pairs of one document."""
    people = People(value for category, value in values if category == "PERSON")
    name = Surrogates(key, salt, scope).of_document(document, people, [v for _, v in values])
    return [name(category, value) for category, value in values]


@pytest.mark.parametrize("category", VALUES)
def test_a_surrogate_is_another_value_and_holds_nothing_of_the_old_one(category: str) -> None:
    value = VALUES[category]

    (made,) = named([(category, value)])

    assert made != value
    runs = [
        run for run in re.findall(r"[A-Za-z0-9]{3,}", value) if run not in ("DE", "https", "com")
    ]
    assert [run for run in runs if run in made] == []


@pytest.mark.parametrize(
    "category",
    ["PHONE", "TFN", "ABN", "ACN", "MEDICARE", "CARD", "IBAN", "BANK_ACCOUNT", "DATE_OF_BIRTH",
     "PASSPORT", "SSN", "ITIN", "NINO", "NHS", "MAC", "LICENCE_PLATE"],
)  # fmt: skip
def test_digits_letters_and_separators_keep_their_places(category: str) -> None:
    def form(text: str) -> str:
        return re.sub(r"[A-Z]", "A", re.sub(r"\d", "0", text))

    value = VALUES[category]
    hexadecimal = category == "MAC"
    made = named([(category, value)])[0]

    shown = form(re.sub("[0-9A-F]", "0", made)) if hexadecimal else form(made)
    assert shown == (form(re.sub("[0-9A-F]", "0", value)) if hexadecimal else form(value))


@pytest.mark.parametrize("category", INVALID)
def test_check_digits_and_areas_refuse_a_surrogate(category: str) -> None:
    check = importlib.import_module(f"stdnum.{INVALID[category]}")
    assert check.is_valid(re.sub(r"\W", "", VALUES[category]))

    for number in range(40):
        (made,) = named([(category, VALUES[category])], document=str(number))
        assert not check.is_valid(re.sub(r"\W", "", made)), made


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("0412 345 678", r"0491 57\d \d{3}"),
        ("+61 412 345 678", r"\+61 491 57\d \d{3}"),
        ("+61 (0)2 9374 4000", r"\+61 \(0\)2 (5550|7010) \d{4}"),
        ("(03) 9374 4000", r"\(03\) (5550|7010) \d{4}"),
        ("1300 123 456", r"1300 975 7\d\d"),
        ("020 7123 4567", r"020 7946 0\d{3}"),
        ("07700 123456", r"07700 900\d{3}"),
        ("+44 20 7123 4567", r"\+44 20 7946 0\d{3}"),
        ("0161 496 1234", r"0163 296 0\d{3}"),
        ("(415) 867-5309", r"\(415\) 555-01\d\d"),
        ("+1 415 867 5309", r"\+1 415 555 01\d\d"),
        ("+49 30 901820", r"\d{3}-555-01\d\d"),
    ],
)
def test_telephone_numbers_are_those_reserved_for_fiction(value: str, form: str) -> None:
    for number in range(20):
        (made,) = named([("PHONE", value)], document=str(number))
        assert re.fullmatch(form, made), made


def test_addresses_and_names_of_networks_are_those_for_documentation() -> None:
    four, six, mail, mac = named(
        [
            ("IP", "10.1.2.3"),
            ("IP", "2a01:4f8::1"),
            ("EMAIL", "a@b.org"),
            ("MAC", "3c:52:82:1a:2b:3c"),
        ]
    )

    nets = [ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    assert any(ipaddress.ip_address(four) in net for net in nets)
    assert ipaddress.ip_address(six) in ipaddress.ip_network("2001:db8::/32")
    assert mail.endswith("@example.org")
    assert mac.startswith("00:00:5e:00:53:")


@pytest.mark.parametrize(
    ("date", "later"),
    [
        ("12/03/1984", "22/03/1984"),
        ("1984-03-25", "1984-04-04"),
        ("3/25/1984", "4/4/1984"),
        ("25.12.84", "04.01.85"),
        ("3rd March 1984", "13th March 1984"),
        ("21st of Dec, 1984", "31st of Dec, 1984"),
        ("MARCH 3, 1984", "MARCH 13, 1984"),
        ("born 3 may 1984", "born 13 may 1984"),
        ("2000", None),
        ("soon", None),
        ("12/03/1984 or 5", None),
    ],
)
def test_dates_move_in_their_own_notation(date: str, later: str | None) -> None:
    assert shifted(date, 10) == later


@settings(max_examples=50, deadline=None)
@given(st.dates(datetime.date(1930, 1, 1), datetime.date(2020, 1, 1)), st.integers(-700, 700))
def test_a_moved_date_is_as_many_days_away(date: datetime.date, days: int) -> None:
    moved = shifted(date.isoformat(), days)

    assert moved == (date + datetime.timedelta(days=days)).isoformat()


def test_dates_of_a_document_keep_the_time_between_them() -> None:
    first, second = named([("DATE_OF_BIRTH", "1984-03-01"), ("DATE_OF_BIRTH", "1984-03-31")])

    apart = datetime.date.fromisoformat(second) - datetime.date.fromisoformat(first)
    assert apart.days == 30


def test_the_same_value_has_one_surrogate_in_a_document_and_another_in_the_next() -> None:
    pairs = [("EMAIL", "Ada@mail.com"), ("EMAIL", "ada@mail.com"), ("PHONE", "+61 412 345 678"),
             ("PHONE", "0412345678")]  # fmt: skip
    first, again, abroad, home = named(pairs)

    assert first == again
    assert abroad.replace(" ", "").removeprefix("+61") == home[1:]
    assert named(pairs, document="2")[0] != first
    assert named(pairs) == [first, again, abroad, home]


def test_the_scope_of_a_dataset_ends_at_its_salt_and_key() -> None:
    value = [("EMAIL", "ada@mail.com")]
    one = named(value, scope="dataset", document="1")

    assert named(value, scope="dataset", document="2") == one
    assert named(value, scope="dataset", salt="other") != one
    assert named(value, scope="dataset", key=b"fedcba9876543210") != one


def test_names_of_one_person_stay_one_persons_names() -> None:
    names = ["Ms Maria Silva", "MARIA", "silva's", "M. Silva", "Silva, Maria", "Tom Keller"]

    made = named([("PERSON", name) for name in names])

    full = made[0].removeprefix("Ms ").split()
    assert len(full) == 2
    assert made[1:5] == [
        full[0].upper(),
        f"{full[1].lower()}'s",
        f"{full[0][0]}. {full[1]}",
        f"{full[1]}, {full[0]}",
    ]  # fmt: skip
    assert set(made[5].split()).isdisjoint(full)


@pytest.mark.parametrize("value", ["TWFyaWEgU2lsdmE=", "Mar&iacute;a%20Silva", "M4r1a <S!lva>"])
def test_of_a_name_that_is_written_strangely_nothing_is_left(value: str) -> None:
    (made,) = named([("PERSON", value)])

    assert not set(re.findall(r"[A-Za-z]{3,}|\d", value)) & set(
        re.findall(r"[A-Za-z]{3,}|\d", made)
    )


def test_different_values_never_share_a_surrogate_and_what_runs_out_is_a_token() -> None:
    macs = [("MAC", f"3c:52:82:1a:{n // 256:02x}:{n % 256:02x}") for n in range(300)]

    made = named(macs)

    kept = [one for one in made if one != "[MAC]"]
    assert len(set(kept)) == len(kept) > 100
    assert "[MAC]" in made


def test_a_secret_gets_no_surrogate() -> None:
    assert named([("SECRET", "hunter22")]) == ["[SECRET]"]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CATEGORIES), st.text(min_size=1, max_size=20), st.text(max_size=5))
def test_any_value_at_all_is_replaced_and_the_rest_stays(
    category: str, value: str, around: str
) -> None:
    text = f"{around}|{value}|{around}"
    span = Span(len(around) + 1, len(around) + 1 + len(value), category, 0.9)

    (one,) = mask_together([text], [[span]], Naming("surrogate", Surrogates(KEY)), "d")

    (start, end) = one.places[0]
    assert (one.text[:start], one.text[end:]) == (f"{around}|", f"|{around}")
    assert one.text[start:end]


def test_surrogates_without_a_key_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Naming("surrogate")


def test_the_key_is_not_shown() -> None:
    assert "0123456789" not in repr(Surrogates(KEY))
