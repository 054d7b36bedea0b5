"""Each category: what must be found, and what looks like it and must not be."""

import pytest

from burnish.methods.privacy.detect import RuleDetector

_DETECTOR = RuleDetector()

_FOUND = {
    "PERSON": [
        ("Hello, my name is {}.", "Aroha Ngata"),
        ("my name is {} and it broke", "kwame oduya"),
        ("Dear Mr {},", "Petrosyan"),
        ("I spoke with {} twice", "Julia van den Berg"),
        ("Kind regards,\n{}\n", "Marek"),
        ("Requester: {}\n", "Tran Thi Mai"),
        ("cc: {} <x@example.org>", "Xanthe Blyth"),
        ("The review by {} is late", "Anna-Lena Schröder"),
        ('{{"name": "{}"}}', "Wei Zhang"),
        ("name: {}\n", "王小明"),
        ("Hi, this is {}.", "Bartholomew Quince"),
    ],
    "EMAIL": [
        ("write to {} now", "o'neil.p+desk@mail.example.co.uk"),
        ("<{}>", "JANE_DOE@EXAMPLE.ORG"),
        ("to {} please", "jane.doe (at) example (dot) org"),
        ("to {} please", "jane dot doe at example dot org"),
        ("to {}", "zoë@exämple.de"),
        ("mailto:{}?subject=x", "a@b.example.org"),
    ],
    "PHONE": [
        ("call {}", "0412 345 678"),
        ("{}", "+61 2 9374 4000"),
        ("{} is ours", "(02) 9374 4000"),
        ("{}", "1300 975 707"),
        ("{}", "(212) 555-0123"),
        ("{}", "+44 20 7946 0123"),
        ("ring {}", "020 7946 0123"),
        ("phone: {}", "0298765432"),
        ("{}", "+33 1 99 00 12 34"),
        ("tel {}", "02 9374 4000 ext 12"),
        ("id {} ok", "0412345678"),
    ],
    "TFN": [
        ("TFN {}", "123456782"),
        ("{} on the form", "123 456 782"),
        ("t.f.n. {}", "123-456-782"),
    ],
    "ABN": [("ABN {}", "51824753556"), ("we are {}", "51 824 753 556")],
    "ACN": [("ACN {}", "004085616"), ("A.C.N. {}", "004 085 616")],
    "MEDICARE": [
        ("Medicare {}", "2123456701"),
        ("{} is on the card", "2123 45670 1"),
        ("medicare no. {}", "2123 45670 1/2"),
    ],
    "CARD": [
        ("{}", "4012-8888-8888-1881"),
        ("paid by {}", "4111111111111111"),
        ("amex {}", "3782 822463 10005"),
    ],
    "IBAN": [("{}", "GB29 NWBK 6016 1331 9268 19"), ("iban {}", "de89370400440532013000")],
    "BANK_ACCOUNT": [
        ("BSB {}", "062-000"),
        ("account number {}", "12345678"),
        ("bsb {}", "062000 1234 5678"),
        ("sort code {}", "20-00-00"),
        ("routing number {}", "021000021"),
    ],
    "DATE_OF_BIRTH": [
        ("DOB {}", "12/03/1984"),
        ("born on {}", "3rd of March, 1984"),
        ("date of birth: {}", "1984-03-12"),
        ("{} is my date of birth", "12 Mar 84"),
        ("type 1. {} is my birthday", "15.11.1960"),
        ('"birth_date": "{}"', "19840312"),
    ],
    "ADDRESS": [
        ("I live at {}.", "12/34 George Street, Sydney NSW 2000"),
        ("{}", "PO Box 123, Richmond VIC 3121"),
        ("at {}", "123 Main St Apt 4B, Springfield, IL 62704"),
        ("{} is the place", "221B Baker Street"),
        ("{}", "10 Downing Street, London SW1A 2AA"),
        ("in {}", "Hauptstraße 12, 10115 Berlin"),
        ("i live at {}", "12 smith street richmond vic 3121"),
        ("Address: {}\n", "Unit 3, The Old Mill, Kew"),
        ("to {}", "45 rue de la Paix, 75002 Paris"),
    ],
    "IP": [("from {}", "203.0.113.9"), ("[{}]", "2001:db8:85a3::8a2e:370:7334"), ("{}", "fe80::1")],
    "SECRET": [
        ("{}", "AKIA" + "ABCDEFGH23456723"),
        ("use {}", "ghp_" + "a1B2" * 9),
        ("password: {}", "hunter22!"),
        ("my password is {}", "Tulip&77"),
        ('"api_key": "{}"', "abcd1234efgh"),
        ("TOKEN={}", "Zk83hsd7Qa"),
        ("Authorization: Bearer {}", "mF9aB3kLq8Xw2Zt7Rv5Yc1"),
        ("://{}@db.example", "root:s3cret"),
        ("SESSION_KEY={}", "wJalrXUtnFEMIK7MDENGbPxRfiCY"),
    ],
}

_CLEAN = [
    "TFN 123 456 783 has a wrong check digit.",
    "Order 123456782 was shipped; reference 51824753556.",
    "ABN 51 824 753 557 is wrong.",
    "ACN 004 085 617 is wrong.",
    "Medicare 2123 45671 1 is wrong.",
    "The part number 4012888888881882 is no card.",
    "GB29 NWBK 6016 1331 9268 18 is no account.",
    "Version 1.2.3.4 of 2020-11-21 10:20 fixes 15 faults.",
    "The meeting on 12/03/1984 was long.",
    "Use std::string and a::b, or 10:20:30.",
    "Password: please reset it. The token is required.",
    "Hello team, thanks for the quick reply. Kind regards",
    "The Quick Brown Fox jumps in May. Will it rain in June?",
    "In 2019-2020 there were 1200 - 1300 cases on 3 main lines.",
    "Files: tests/x509cert-dntypes.c, sha256: " + "0123456789abcdef" * 4,
    "We meet @ noon. The ratio 3/4 is at 12.5 %.",
    "Dear Customer, this is Windows. I am German.",
]


@pytest.mark.parametrize(
    ("category", "frame", "value"),
    [(category, *case) for category, cases in _FOUND.items() for case in cases],
)
def test_an_identifier_is_found_whole(category: str, frame: str, value: str) -> None:
    before, _, after = frame.replace("{{", "{").replace("}}", "}").partition("{}")
    text = before + value + after

    spans = _DETECTOR.detect([text])[0]

    covered = {place for span in spans for place in range(span.start, span.end)}
    assert covered.issuperset(range(len(before), len(before) + len(value))), spans
    assert category in {span.category for span in spans}


@pytest.mark.parametrize("text", _CLEAN)
def test_what_only_looks_like_an_identifier_is_left_alone(text: str) -> None:
    assert _DETECTOR.detect([text])[0] == []


def test_a_private_key_is_masked_from_its_first_to_its_last_line() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"

    spans = _DETECTOR.detect([f"see\n{key}\nthere"])[0]

    assert [(s.start, s.end, s.category) for s in spans] == [(4, 4 + len(key), "SECRET")]


def test_a_name_found_once_is_found_everywhere_in_the_document() -> None:
    text = "My name is Aroha Ngata. Please tell Aroha, or NGATA, or log in as aroha.ngata."

    spans = _DETECTOR.detect([text])[0]

    assert [text[s.start : s.end] for s in spans] == [
        "Aroha Ngata",
        "Aroha",
        "NGATA",
        "aroha.ngata",
    ]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("to jane&#64;example.org now", "jane&#64;example.org"),
        ("to jane%40example.org now", "jane%40example.org"),
        ("to jane\\u0040example.org now", "jane\\u0040example.org"),
        ("card ４０１２ ８８８８ ８８８８ １８８１.", "４０１２ ８８８８ ８８８８ １８８１"),
        ("card 4012\u200b8888\u200b8888\u200b1881.", "4012\u200b8888\u200b8888\u200b1881"),
        ("TFN 123\u2011456\u2011782.", "123\u2011456\u2011782"),
        ("TFN  123  456  782.", "123  456  782"),
        ("see amFuZUBleGFtcGxlLm9yZyBpcyBoZXI= there", "amFuZUBleGFtcGxlLm9yZyBpcyBoZXI="),
    ],
)
def test_a_disguised_identifier_is_found_in_the_characters_of_the_input(
    text: str, hidden: str
) -> None:
    spans = _DETECTOR.detect([text])[0]

    assert [text[span.start : span.end] for span in spans] == [hidden]


def test_a_given_name_alone_is_found_but_not_in_the_name_of_a_place() -> None:
    text = "Then Leila asked in San Francisco about St. Thomas."

    assert [text[s.start : s.end] for s in _DETECTOR.detect([text])[0]] == ["Leila"]
