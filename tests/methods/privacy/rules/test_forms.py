"""The forms of each category, by region: what is found whole, and what only looks like it."""

import pytest

from burnish.methods.privacy.detect import RuleDetector

_FOUND = {
    "DRIVER_LICENCE": [
        ("NSW driver licence {}", "12345678"),
        ("driver's licence number: {}", "087654321"),
        ("drivers license no {}", "D400-7836-0001"),
        ("DL# {}", "Y1234567"),
        ("license number {}", "S123-456-78-901-2"),
        ("her {} is a driving licence", "MORGA657054SM9IJ"),
        ("{}", "MORGA657054SM9IJ"),
        ("morgan: {}", "morga657054sm9ij"),
        ("Führerschein Nr. {}", "B072RRE2I55"),
        ("patente di guida {}", "U1A12345B"),
        ('"driver_s_license": "{}"', "Q66527"),
        ("licence: {}", "123 456 789"),
    ],
    "PASSPORT": [
        ("Australian passport {}", "PA1234567"),
        ("passport no. {}", "N1234567"),
        ("US passport: {}", "123456789"),
        ("her passport is {}", "A12345678"),
        ("British passport number {}", "533401372"),
        ("Reisepass {}", "C01X00T47"),
        ("passeport {}", "12AB34567"),
        ("passaporto {}", "YA1234567"),
        ("paspoort {}", "SPECI2014"),
        ("pasaporte {}", "AAA123456"),
        ("{} is my passport number", "PA1234567"),
        ("passport pa {}", "n1234567"),
        (
            "{}",
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ),
    ],
    "SSN": [
        ("{}", "536-90-4399"),
        ("ssn {}", "536904399"),
        ("social security number: {}", "536.90.4399"),
        ("it is {} I think", "536 90 4399"),
        ("SSN is {}", "123-45-6789"),
        ("id,ssn,state\n1207,{},open", "536-90-4399"),
    ],
    "ITIN": [("{}", "912-72-1234"), ("ITIN {}", "912721234"), ("tax id {}", "999-99-1234")],
    "NINO": [
        ("{}", "AB 12 34 56 C"),
        ("NI number {}", "ab123456"),
        ("nino: {}", "PR 123612C"),
        ("National Insurance No. {}", "JG103759A"),
    ],
    "NHS": [("NHS {}", "9434765919"), ("{}", "943 476 5919"), ("nhs number: {}", "943-476-5919")],
    "VAT": [
        ("{}", "DE136695976"),
        ("USt-IdNr. {}", "DE 136 695 976"),
        ("VAT no. {}", "GB980780684"),
        ("VAT registration number {}", "980 7806 84"),
        ("TVA {}", "FR 83 404 833 048"),
        ("btw {}", "NL004495445B01"),
        ("{}", "IE6433435F"),
        ("{}", "ESB58378431"),
        ("partita IVA {}", "IT00743110157"),
        ("VAT ID: {}", "DE123456789"),
        ("{}", "ATU13585627"),
    ],
    "SWIFT": [
        ("SWIFT: {}", "DEUTDEFF"),
        ("bic {}", "NWBKGB2LXXX"),
        ("swift code is {}", "CTBA AU 2S"),
        ("the wire goes to {}", "CHASUS33"),
        ("IBAN and {}", "BNPAFRPPXXX"),
        ("bic: {}", "nwbkgb2l"),
        ("<swift_code>{}</swift_code>", "ANKSNLMM"),
    ],
    "MAC": [
        ("{}", "00:1B:44:11:3a:b7"),
        ("{}", "00-1B-44-11-3A-B7"),
        ("{}", "001b.4411.3ab7"),
        ("mac address {}", "001B44113AB7"),
        ("MAC:{}", "C6:52:93:01:EA:D5"),
        ("{}", "02:42:ac:ff:fe:11:00:02"),
    ],
    "URL": [
        ("see {}", "https://www.linkedin.com/in/jane-doe-123"),
        ("see {}.", "https://example.org/reset?token=abc123"),
        ("see {}", "http://shop.example/orders?email=j%40x.org&n=1"),
        ("({})", "https://example.org/users/1234/orders"),
        ("at {}", "github.com/octodog"),
        ("{}", "https://x.com/jane_doe/status/20"),
        ("{}", "https://jane@intranet.example/home"),
        ("{}", "https://example.org/app;jsessionid=0A1B2C3D"),
        ("{}", "https://example.org/cb#access_token=zz91"),
        ("{}", "www.example.org/profile/jane.doe"),
        ("{}", "https://www.youtube.com/@janedoe"),
    ],
    "HANDLE": [
        ("follow {} now", "@jane_doe"),
        ("thanks {}!", "@maria88"),
        ("RT {}: so true", "@tadhg_m"),
        ("I met {} there", "@SomePerson"),
        ("{} wrote about it", "@uzo.chukwu"),
        ("by {}", "u/some_redditor"),
        ("Telegram: {}", "@jdoe"),
        ("username: {}", "jdoe42"),
        ("my Discord is {}", "wolf.cub#4711"),
        ("instagram={};", "@RawiriLeota"),
    ],
    "LICENCE_PLATE": [
        ("rego {}", "ABC 12D"),
        ("NSW plate {}", "AB 12 CD"),
        ("Victorian number plate {}", "1AB 2CD"),
        ("registration number {}", "AB51 ABC"),
        ("my car, {}, was hit", "LB07 XYZ"),
        ("license plate {}", "7ABC123"),
        ("plate number: {}", "ABC-1234"),
        ("Kennzeichen {}", "B-MW 1234"),
        ("immatriculation {}", "AA-123-AA"),
        ("matrícula {}", "1234 BBC"),
        ("kenteken {}", "16-RSL-9"),
        ("targa {}", "AB 123 CD"),
        ("reg: {}", "ab12 cde"),
    ],
    "COORDINATES": [
        ("{}", "-33.8688, 151.2093"),
        ("{}", "33.8568° S, 151.2153° E"),
        ("{}", "33°51'31.9\"S 151°12'33.5\"E"),
        ("{}", "N 51° 30.123', W 0° 7.456'"),
        ('{{"lat": {}}}', '-33.86, "lon": 151.2'),
        ("{}", "geo:37.786971,-122.399677"),
        ("at {}", "+40.6894-074.0447/"),
        ("gps {}", "51.501 -0.141"),
        ("latitude {} only", "51.50135"),
        ("we met at {}.", "(5.13751, 143.47902)"),
        ("{}", "8FVC9G8F+6XQ"),
    ],
    "IP": [
        ("{}", "::ffff:192.0.2.1"),
        ("{}", "2001:db8::192.168.1.1"),
        ("{}", "fe80::1%eth0/64"),
        ("[{}]:8080", "2001:DB8::1"),
        ("CLIENT IP:{}", "2001:db8:18ca::b906"),
        ("{}", "2001:db8::/32"),
    ],
    "PHONE": [
        ("Berlin {}", "030/1234567"),
        ("{}", "0171 2345678"),
        ("{}", "06 12 34 56 78"),
        ("{}", "347 123 4567"),
        ("{}", "06-12345678"),
        ("{}", "087 123 4567"),
        ("({})", "1-800-555-0199"),
        ("(call {})", "1-800-555-0199"),
        ("from abroad {}", "0011 61 414 989 953"),
        ("ref,mobile,state\n1207,{},open", "(0117) 496 0933"),
        ("{}", "+44 (0)20 7946 0958"),
    ],
    "DATE_OF_BIRTH": [
        ("born {}", "1984-03-12T00:00:00Z"),
        ("my birthday is {}", "March 15"),
        ("birthday: {}", "15/03"),
        ("{} is my birthday", "15 March"),
        ("dob {}", "5-MAY-1961"),
        ("ref,dob,state\n1207,{},open", "1970/04/19"),
        ("born in {}", "May-2021"),
    ],
    "IBAN": [
        ("pay into {} please", "at611904300234573201"),
        ("to {}", "gb29-nwbk-6016-1331-9268-19"),
    ],
    "CARD": [("visa {} 5", "3056 930902 5904"), ("{}", "30569309025904")],
    "SECRET": [
        ("{}", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"),
        ("private key {}", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("pass: {} (change it)", "tulip4359!"),
    ],
}

_CLEAN = {
    "DRIVER_LICENCE": [
        "License: BSD-3-Clause. Copyright 1992-2013",
        "under the Apache License 2.0 of 2004",
        "a driver version 12.4.1 was installed",
        "licence number plates are sold",
        "order H12234567 has shipped",
        "She drives 12345 kilometres a year.",
        "MORGA613054SM9IJ has a thirteenth month",
    ],
    "PASSPORT": [
        "My passport expired in 2024. Order 123456789 came.",
        "passport photos cost 12.50",
        "order 400512773",
        "the passport office is open",
    ],
    "SSN": ["000-12-3456", "666-12-3456", "900-12-3456", "536-00-4399", "ISBN 0-306-40615-2",
            "123-45-6789", "part 12-34-5678", "536904399"],
    "ITIN": ["911-89-1234", "911-49-1234", "911701234"],
    "NINO": ["BG 12 34 56 A", "AA 12 34 56 H", "FQ 00 00 00 C", "QQ123456C", "AB123456CD"],
    "NHS": ["NHS 943 476 5918", "9434765919 items", "111 111 1111"],
    "VAT": ["AT 123456789 items", "more than de 136 695 976 people", "DE 2021 and FR 2022",
            "IT 5, SE 12, BE 2", "the year ES2015678"],
    "SWIFT": ["SWIFT CUSTOMER SERVICE", "the BUSINESS HOSPITAL and a bank", "DEUTDEFF",
              "swift is a language", "a bank of STANDARD quality"],
    "MAC": ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "10:20:30", "aa:bb:cc:dd:ee",
            "sha1 " + ":".join(["ab"] * 20), "1234.5678.9012.3456"],
    "URL": ["https://www.microsoft.com/", "see https://docs.python.org/3/library/re.html#syntax",
            "https://github.com/torvalds/linux", "https://en.wikipedia.org/wiki/Privacy",
            "https://example.org/users/sign_in", "https://www.facebook.com/events/",
            "https://example.org/search?q=cats&page=2", "example.com"],
    "HANDLE": ["import x from '@types/node'", "@property\ndef name(self): ...", "@Override\npublic",
               "@media (max-width: 3px) { }", "npm install left-pad@1.3.0", " * @param name it",
               "// @ts-ignore", "@article{knuth, title=1}", "we meet @ noon, 3 @ $5",
               "SELECT @total = 3 WHERE @x > 1", "username is required", "login: password",
               "@app.route('/x')\ndef f(): pass", "jane@example.org"],
    "LICENCE_PLATE": ["AB12 CDE is a part", "a plate of pasta", "registration closes 12 May",
                      "the number plate is dirty", "registered on 12 May 2020", "IB51 ABC"],
    "COORDINATES": ["0.1234, 0.5678", "[12.3456, 45.6789, 78.9012]", "51.4284 0.0000 -0.3003",
                    "version 1.2345, 2.3456", "95.1234, 200.1234", "it grew 12.5, 13.5 percent",
                    "1.5+2.5/3", "R2D2+C3PO"],
    "IP": ["std::cout", "10:20:30", "::ffff:192.168.1", "1.2.3.4.5",
           "version 1.2.3.4", "a::b", "RFC 5321, § 4.1.1.9"],
    "PHONE": ["0.00701573108771227",
              "$350 000 x 12/100", "RDP97-00505R0070600330001-6", "releases/2009/10/091021100752",
              "1,234,567 people", "600 000 000", "ISBN 978-3-16-148410-0", "$400,000 - $350,000"],
    "DATE_OF_BIRTH": ["The meeting is on March 15.", "born to run 24/7 shops",
                      "Today is 5-20-2021"],
    "IBAN": ["at611904300234573202", "ab12cdef34567890abcdef12"],
    "CARD": ["409500-400000", "20201121093045", "36168002586008"],
    "SECRET": ['"output_token": "NextToken"',
               "pass: 85%", "Pass: with honours", "first pass: 10/20/30"],
}  # fmt: skip

_NBSP, _NB_HYPHEN = "\u00a0", "\u2011"
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def _missing(category: str, frame: str, value: str) -> str:
    before, _, after = frame.replace("{{", "{").replace("}}", "}").partition("{}")
    text = before + value + after
    spans = RuleDetector(categories=(category,), scan=False).detect([text])[0]
    covered = {place for span in spans for place in range(span.start, span.end)}
    return "".join(
        c for place, c in enumerate(value, len(before)) if place not in covered and not c.isspace()
    )


@pytest.mark.parametrize(
    ("category", "frame", "value"),
    [(category, *case) for category, cases in _FOUND.items() for case in cases],
)
def test_a_form_is_found_whole(category: str, frame: str, value: str) -> None:
    assert _missing(category, frame, value) == ""


@pytest.mark.parametrize(
    ("category", "text"), [(category, text) for category, texts in _CLEAN.items() for text in texts]
)
def test_what_looks_like_it_is_left_alone(category: str, text: str) -> None:
    assert RuleDetector(categories=(category,), scan=False).detect([text])[0] == []


@pytest.mark.parametrize("category", ["SSN", "NINO", "NHS", "VAT", "ITIN", "PHONE"])
@pytest.mark.parametrize("disguise", ["wide digits", "hard blanks", "hard hyphens", "zero width"])
def test_a_form_is_found_however_its_signs_are_written(category: str, disguise: str) -> None:
    for frame, value in _FOUND[category]:
        hidden = {
            "wide digits": value.translate(_FULL_WIDTH),
            "hard blanks": value.replace(" ", _NBSP),
            "hard hyphens": value.replace("-", _NB_HYPHEN),
            "zero width": value[:3] + "\u200b" + value[3:],
        }[disguise]

        assert _missing(category, frame, hidden) == "", (frame, hidden)


def test_a_category_bound_to_a_region_is_found_only_there() -> None:
    text = "SSN 536-90-4399, NINO AB 12 34 56 C, NHS 943 476 5919, VAT DE136695976, TFN 123456782"

    found = {
        region: {s.category for s in RuleDetector(regions=(region,), scan=False).detect([text])[0]}
        for region in ("US", "GB", "EU", "AU")
    }

    assert "SSN" in found["US"]
    assert not found["US"] & {"NINO", "NHS", "VAT", "TFN"}
    assert {"NINO", "NHS", "VAT"} <= found["GB"]
    assert not found["GB"] & {"SSN", "TFN"}
    assert "VAT" in found["EU"]
    assert not found["EU"] & {"SSN", "NINO", "NHS", "TFN"}
    assert "TFN" in found["AU"]
    assert not found["AU"] & {"SSN", "NINO", "NHS", "VAT"}


ZONE = "GB19368181AUS6211040M3504129<<<<<<<<<<<<<<00"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SSN 340 - 79 - 2341 on file", "340 - 79 - 2341"),
        ("Payee TFN ____353 263 237____", "353 263 237"),
        ("NHS 768.083.9131 noted", "768.083.9131"),
        ("pay IBAN FI08.9988.4047.7711.17 now", "FI08.9988.4047.7711.17"),
        ("MAC of device: 0b7f36-ccc46b", "0b7f36-ccc46b"),
        ("born 27/XII/1992 in Graz", "27/XII/1992"),
        (f"MRZ {ZONE}", ZONE),
    ],
)  # fmt: skip
def test_wide_dotted_and_filled_in_forms_are_found_whole(text: str, value: str) -> None:
    spans = RuleDetector().detect([text])[0]

    assert [text[span.start : span.end] for span in spans] == [value]
