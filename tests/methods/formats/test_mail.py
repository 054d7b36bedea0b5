"""Mail: single messages and mailboxes."""

from __future__ import annotations

import tempfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.formats.charsets import decode, decode_header
from burnish.methods.formats.read import BadRecord, Record, read_records

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)
SAMPLE = b"""\
From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r
To: help@example.com\r
Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r
Message-ID: <2@example.org>\r
In-Reply-To: <1@example.org>\r
Date: Tue, 3 Feb 2026 10:11:12 +0100\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b1"\r
\r
--b1\r
Content-Type: multipart/alternative; boundary=b2\r
\r
--b2\r
Content-Type: text/html; charset=utf-8\r
\r
<p>The <b>marked</b> text</p>\r
--b2\r
Content-Type: text/plain; charset=utf-8; format=flowed\r
Content-Transfer-Encoding: quoted-printable\r
\r
Hello w=C3=B6rld,=20\r
and more\r
--b2--\r
--b1\r
Content-Type: application/pdf; name*0*=utf-8''a%20; name*1*=b.pdf\r
Content-Disposition: attachment\r
Content-Transfer-Encoding: base64\r
\r
c2VjcmV0\r
--b1\r
Content-Type: image/png\r
\r
x\r
--b1--\r
"""


def read(data: bytes, format: str, limit: int = 1 << 20) -> list[Record | BadRecord]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"mail.{format}"
        path.write_bytes(data)
        return list(read_records(path, limit=limit))


def fields(data: bytes) -> dict[str, object]:
    (record,) = read(data, "eml")
    assert isinstance(record, Record), record
    return record.fields


def text(data: bytes) -> object:
    return fields(b"Subject: x\n" + data)["text"]


def test_a_message_gives_its_headers_its_plain_text_and_the_names_of_attachments() -> None:
    assert fields(SAMPLE) == {
        "subject": "Grüße",
        "from": "Jürgen <j@example.org>",
        "to": "help@example.com",
        "date": "2026-02-03T10:11:12+01:00",
        "message_id": "<2@example.org>",
        "in_reply_to": "<1@example.org>",
        "text": "Hello wörld, and more",
        "attachments": ["a b.pdf", "(unnamed, image/png)"],
    }


def test_html_is_read_where_there_is_no_plain_text() -> None:
    page = b"Content-Type: text/html\n\n<title>t</title><p>One<p>two<script>bad()</script>"

    assert text(page) == "One\n\ntwo"
    alternatives = b"""Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

--b
Content-Type: text/html

<p>said</p>
--b--
"""
    assert text(alternatives) == "said"


@pytest.mark.parametrize(
    ("charset", "body", "told"),
    [
        ("utf-8", "größe".encode(), "größe"),
        ("utf-8", "größe".encode("latin-1"), "größe"),
        ("us-ascii", "größe".encode(), "größe"),
        ("iso-8859-1", "größe".encode(), "größe"),
        ("iso-8859-1", b"\x93quoted\x94", "“quoted”"),
        ("unknown-8bit", "größe".encode(), "größe"),
        ("rot13", b"abc", "abc"),
        ("windows-1251", "привет".encode("cp1251"), "привет"),
        ("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本"),
        ("shift_jis", "日本".encode("shift_jis"), "日本"),
    ],
)
def test_wrong_and_missing_charsets_are_mended(charset: str, body: bytes, told: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\n\n".encode()

    assert text(head + body) == told


def test_raw_bytes_in_a_header_are_read() -> None:
    assert fields("Subject: Grüße\n\nx".encode())["subject"] == "Grüße"
    assert fields("Subject: Grüße\n\nx".encode("latin-1"))["subject"] == "Grüße"


def test_a_character_split_over_encoded_words_is_whole() -> None:
    assert decode_header("=?utf-8?Q?Gr=C3?=\n =?utf-8?Q?=BC=C3=9Fe?= an =?utf-8?B?w7w=?=") == (
        "Grüße an ü"
    )
    assert decode_header("=?utf-8?Q?a?= =?iso-8859-1?Q?=E4?= b =?utf-8?Q?c?=") == "aä b c"


@settings(max_examples=50, deadline=None)
@given(subject=st.lists(WORDS, min_size=1, max_size=12), body=st.lists(WORDS, min_size=1))
def test_what_the_standard_library_writes_comes_back(subject: list[str], body: list[str]) -> None:
    message = EmailMessage()
    message["Subject"] = " ".join(subject)
    message.set_content("\n".join(body))
    message.add_attachment(b"x", maintype="a", subtype="b", filename="größe.bin")

    read_back = fields(message.as_bytes())

    assert str(read_back["subject"]).replace(" ", "") == "".join(subject)
    assert read_back["text"] == "\n".join(body)
    assert read_back["attachments"] == ["größe.bin"]


def test_a_date_that_is_none_is_null_and_one_without_zone_is_utc() -> None:
    assert fields(b"Subject: x\nDate: tomorrow\n\ny")["date"] is None
    dated = fields(b"Subject: x\nDate: 1 Jan 2020 00:00 -0000\n\ny")
    assert dated["date"] == "2020-01-01T00:00:00+00:00"


def test_a_mailbox_gives_one_record_for_each_message_at_its_line() -> None:
    box = (
        b"From a@b Mon Jan  1 00:00:00 2024\nSubject: one\n\nFirst\n>From here\n>>From there\n\n"
        b"From now on it is prose\nFrom a@b 10:00\n\n"
        b"From c@d Mon Jan  1 00:00:00 2024\nSubject: two\n\nSecond\n"
    )

    first, second = read(box, "mbox")

    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.position, second.position) == (1, 11)
    assert (
        first.fields["text"]
        == "First\nFrom here\n>From there\n\nFrom now on it is prose\nFrom a@b 10:00"
    )
    assert second.fields["subject"] == "two"


def test_a_message_over_the_limit_is_bad_and_the_next_is_read() -> None:
    start = b"From a@b 10:00\nSubject: secret\n\n"
    large = start + b"secret\n" * 180 + b"\n"
    wordy = start + b"secret\n" * 60 + b"\n"
    wide = start + b"x" * 400 + b"\n\n"

    one, two, three, four = read(large + wordy + wide + start + b"z", "mbox", limit=300)

    assert one == BadRecord(1, "line 1: the message is longer than 1200 bytes")
    assert isinstance(two, BadRecord)
    assert "the text is longer than the limit of 300 bytes" in two.reason
    assert isinstance(three, BadRecord)
    assert "a line is longer than the limit of 300 bytes" in three.reason
    assert isinstance(four, Record)


def test_attachments_do_not_count_against_the_limit_on_text() -> None:
    attached = SAMPLE.replace(b"c2VjcmV0", b"c2VjcmV0" * 100)

    (record,) = read(attached, "eml", limit=600)

    assert isinstance(record, Record)
    assert record.fields["text"] == "Hello wörld, and more"


def test_text_before_the_first_message_is_a_bad_record() -> None:
    bad, good = read(b"\nsecret\n\nFrom a@b 10:00\nSubject: y\n\nz", "mbox")

    assert bad == BadRecord(2, "line 2: text stands before the first line `From `")
    assert isinstance(good, Record)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no header at all",
        b"Subject: \n\n \n",
        b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 2000,
        b"Subject: x\nContent-Type: message/rfc822\n\n" * 2000,
    ],
)
def test_what_is_no_message_is_one_bad_record_or_has_no_text(data: bytes) -> None:
    (item,) = read(data, "eml")

    assert isinstance(item, BadRecord) or item.fields["text"] == ""


def test_a_message_of_very_many_parts_is_refused() -> None:
    (bad,) = read(b"Subject: x\n\n" + b"Boundary = a\n" * 501, "eml")

    assert isinstance(bad, BadRecord)
    assert "over 500 nested parts" in bad.reason
    assert text(b"\n" + b"the boundary\n" * 501) == "\n".join(["the boundary"] * 501)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_to_a_message_raises(data: st.DataObject) -> None:
    damaged = bytearray(SAMPLE)
    pieces = [
        b"\xff",
        b"\0",
        b'"',
        b"*0*=",
        b"'",
        b"charset=",
        b"=?utf-7?b?",
        b"\n\n",
        b"2147483648",
    ]
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged)))
        damaged[place : place + data.draw(st.integers(0, 30))] = data.draw(st.sampled_from(pieces))

    for format in ("eml", "mbox"):
        for item in read(bytes(damaged), format):
            assert isinstance(item, BadRecord) or str(item.fields).encode()


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60), charset=st.sampled_from(["", "utf-7", "utf-16", "hz", "big5"]))
def test_any_bytes_decode_to_text_that_utf8_can_hold(data: bytes, charset: str) -> None:
    assert decode(data, charset).encode() is not None
