import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.residual.finding import HIGH
from burnish.methods.residual.scan import scan, scan_document

_FOUND = [
    ("EMAIL", "write to o'neil.p@example.co.uk now"),
    ("PHONE", "ring 0412 345 678"),
    ("PHONE", "+61 2 9374 4000"),
    ("PHONE", "(212) 555-0123"),
    ("PHONE", "phone 98765432"),
    ("TFN", "T.F.N. 123 456 782"),
    ("ABN", "51 824 753 556"),
    ("ACN", "ACN 004 085 616"),
    ("MEDICARE", "medicare card 2123 45670 1"),
    ("CARD", "4012-8888-8888-1881"),
    ("CARD", "378282246310005"),
    ("IBAN", "pay GB29 NWBK 6016 1331 9268 19."),
    ("IBAN", "DE89370400440532013000"),
    ("BANK_ACCOUNT", "BSB 062-000"),
    ("BANK_ACCOUNT", "account 12345678"),
    ("DATE_OF_BIRTH", "DOB: 12/03/1984"),
    ("DATE_OF_BIRTH", "born on 3 March 1984"),
    ("IP", "from 203.0.113.9"),
    ("IP", "from 2001:db8:85a3:0:0:8a2e:370:7334"),
    ("SECRET", "password: hunter22!"),
    ("SECRET", "ghp_" + "a1B2" * 9),
    ("SECRET", "-----BEGIN PRIVATE KEY-----"),
    ("ADDRESS", "at 12 George Street, Sydney"),
    ("ADDRESS", "PO Box 123"),
    ("PERSON", "my name is Aroha Ngata."),
    ("PERSON", "Mr. Petrosyan said"),
    ("PERSON", "Kind regards,\nAroha Ngata\n"),
]
_CLEAN = [
    "My name is [PERSON], call [PHONE_2] or write to [EMAIL].",
    "TFN 123 456 783, ACN 004 085 617, Medicare 2123 45671 1, ABN 51 824 753 557.",
    "Order 4012888888881882 of 2020-11-21, version 1.2.3.4, at 10:20:30.",
    "The lift is stuck between floors 3 and 4. Thanks for the quick help. Regards",
    "Password: please reset. I am from the north. This is how it works.",
    "In 1999-2004 there were 1200 cases; see sections 3.2.1 and 10.1.1.",
    "std::string is no address, nor is 12 o'clock on May 5.",
]


@pytest.mark.parametrize(("category", "text"), _FOUND)
def test_what_was_left_is_found(category: str, text: str) -> None:
    assert category in {finding.category for finding in scan(text)}


@pytest.mark.parametrize("text", _CLEAN)
def test_clean_and_masked_text_has_no_finding(text: str) -> None:
    assert scan(text) == []


def test_one_unmasked_address_among_masked_ones_is_found_where_it_stands() -> None:
    text = "From [EMAIL] to jane@example.org, copy to [EMAIL]."

    (finding,) = scan(text)

    assert text[finding.start : finding.end] == "jane@example.org"
    assert finding.category == "EMAIL"
    assert finding.confidence >= HIGH


@pytest.mark.parametrize(
    ("view", "text"),
    [
        ("nfkc", "ｊａｎｅ＠example.org"),
        ("nfkc", "card 4012\u200b8888\u200b8888\u200b1881"),
        ("html", "jane&#64;example.org"),
        ("url", "to=jane%40example.org"),
        ("base64", f"data={base64.b64encode(b'jane@example.org').decode()}"),
    ],
)
def test_other_readings_of_a_text_are_scanned_as_well(view: str, text: str) -> None:
    (finding,) = scan_document({"body": text})

    assert (finding.field, finding.place, finding.view) == ("body", "value", view)


def test_names_of_fields_and_files_are_scanned() -> None:
    (finding,) = scan_document({"mail-jane@example.org.txt": "nothing here"})

    assert (finding.place, finding.category) == ("name", "EMAIL")


def test_a_finding_shown_by_the_text_is_not_reported_again_by_a_view() -> None:
    found = scan_document({"body": "jane@example.org &amp; é"})

    assert [finding.view for finding in found] == ["text"]


def test_a_lower_bar_shows_more() -> None:
    text = "my name is Aroha Ngata."

    assert scan(text, least=0.99) == []
    assert scan(text, least=0.5) != []


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_can_be_scanned(text: str) -> None:
    for finding in scan(text, least=0.0):
        assert 0 <= finding.start < finding.end <= len(text)
    scan_document({text: text})
