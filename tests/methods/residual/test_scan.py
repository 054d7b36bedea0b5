import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.residual.finding import HIGH
from burnish.methods.residual.scan import scan, scan_document, scan_documents

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
    ("PERSON", "Then Susan Whitfield's lawyer called."),
    ("PERSON", "i saw priya patel there"),
    ("PERSON", "we told [PERSON] Okonkwo to wait"),
    ("DRIVER_LICENCE", "driver licence no. 12345678"),
    ("DRIVER_LICENCE", "driver's license: D1234567"),
    ("PASSPORT", "passport number N1234567"),
    ("PASSPORT", "passport 123456789"),
    ("SSN", "219-09-9999"),
    ("SSN", "social security number 219 09 9999"),
    ("ITIN", "ITIN 912-70-1234"),
    ("NINO", "AB 12 34 56 C"),
    ("NHS", "NHS number 943 476 5919"),
    ("VAT", "VAT ID DE136695976"),
    ("VAT", "vat_id,GB980780684"),
    ("SWIFT", "BIC DEUTDEFF500"),
    ("CRYPTO", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ("CRYPTO", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    ("CRYPTO", "0x52908400098527886E0F7030069857D2E4169EE7"),
    ("MAC", "00:1b:44:11:3a:b7"),
    ("MAC", "00-1B-44-11-3A-B7"),
    ("MAC", "001b.4411.3ab7"),
    ("URL", "https://shop.example/users/aroha.ngata/orders"),
    ("URL", "https://shop.example/reset?token=Zx81bbQ2"),
    ("URL", "https://aroha:hidden@shop.example/"),
    ("HANDLE", "follow me on twitter: @aroha_n"),
    ("HANDLE", "thanks @jessica_w88"),
    ("LICENCE_PLATE", "the rego is ABC 12D"),
    ("LICENCE_PLATE", "number plate AB12 CDE"),
    ("COORDINATES", "-33.86881, 151.20929"),
    ("COORDINATES", "33°52'07.7\"S 151°12'33.5\"E"),
    ("COORDINATES", '{"lat": -33.86881}'),
    ("ADDRESS", "Lindenweg 12, 10115 Berlin"),
    ("ADDRESS", "12 rue des Martyrs, 75009 Paris"),
    ("ADDRESS", "4/12 boronia st marrickville nsw 2204"),
    ("BANK_ACCOUNT", "sort code 20-12-34"),
    ("BANK_ACCOUNT", "routing number 021000021"),
    ("DATE_OF_BIRTH", "dob 19840312"),
]
_CLEAN = [
    "My name is [PERSON], call [PHONE_2] or write to [EMAIL].",
    "TFN 123 456 783, ACN 004 085 617, Medicare 2123 45671 1, ABN 51 824 753 557.",
    "Order 4012888888881882 of 2020-11-21, version 1.2.3.4, at 10:20:30.",
    "The lift is stuck between floors 3 and 4. Thanks for the quick help. Regards",
    "Password: please reset. I am from the north. This is how it works.",
    "In 1999-2004 there were 1200 cases; see sections 3.2.1 and 10.1.1.",
    "std::string is no address, nor is 12 o'clock on May 5.",
    "0.5372849659117716 and (16+77/3)/(24+110/3) are figures.",
    "Sally Two is three years older than Grace Period, and Madison Avenue is long.",
    "@property and @media are no handles; https://docs.example/guide?page=2 is a page.",
    "The passport office is closed. The plate was hot. The licence is MIT.",
    "The vector is 1 2 3 4 5 6 7 8 9 10 11 12 and the date 2024-05-06 12:30.",
    "ratio 3.1415, 2.7182 of a pair; at 10:20:30:40 of the tape; a::b::c",
    "[PERSON] Street and [PERSON] went on [DATE_OF_BIRTH].",
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
        ("json", r"jane\u0040example.org"),
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


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([text for _, text in _FOUND] + _CLEAN), min_size=1, max_size=8))
def test_a_document_is_read_the_same_alone_and_among_others(texts: list[str]) -> None:
    documents = [{"messages[0]": text, "origin": f"file {n}"} for n, text in enumerate(texts)]

    assert scan_documents(documents) == [scan_document(one) for one in documents]


@pytest.mark.parametrize(
    "piece",
    ["A", ":", "a:", "@", "eyJ", "12-", "1 ", "://", "Aa ", "[A", "\\", "&amp;", "a=", "[", "é"],
)
def test_no_long_text_holds_the_scan_up(piece: str) -> None:
    """Fifty thousand signs of what each expression begins with; a square would take minutes."""
    assert len(scan_documents([{"body": piece * (50_000 // len(piece))}])) == 1
