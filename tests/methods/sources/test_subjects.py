"""One person is one keyed hash, however systems write the key; two people never are."""

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.sources.subjects import plain_form, subject_hash

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("  C-00146 ", "c-00146"),
        ("Ana  María\tGómez", "ana maría gómez"),
        ("Ana Mari\u0301a Go\u0301mez", "ana maría gómez"),
        ("ＡＮＡ", "ana"),
        ("a\u200bna", "ana"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Priya.Rao@Example.ORG", "priya.rao@example.org"),
        ("mailto:priya@example.org", "priya@example.org"),
        ("Priya Rao <Priya@example.org>", "priya@example.org"),
        (" \u00a0", ""),
        ("007", "007"),
        ("priya+desk@example.org", "priya+desk@example.org"),
        ("mailto:7", "mailto:7"),
    ],
)
def test_ways_of_writing_come_to_one_plain_form(written: str, plain: str) -> None:
    assert plain_form(written) == plain


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_the_plain_form_is_plain_already(text: str) -> None:
    once = plain_form(text)
    assert plain_form(once) == once
    assert plain_form(f"  {text}\n") == once


@pytest.mark.parametrize(("one", "other"), [("7", "07"), ("a.b@c.de", "ab@c.de"), ("7-1", "71")])
def test_what_may_be_two_people_stays_two(one: str, other: str) -> None:
    assert subject_hash(KEY, one) != subject_hash(KEY, other)


def test_the_hash_is_an_hmac_under_the_key_for_this_purpose() -> None:
    body = b"burnish data subject 1\0c-7"
    wanted = hmac.new(KEY, body, hashlib.sha256).hexdigest()[:32]
    assert subject_hash(KEY, " C-7") == wanted
    assert subject_hash(b"x" * 32, "C-7") != wanted
    assert subject_hash(KEY, " ") is None
