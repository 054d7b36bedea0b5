from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.errors import InputError, IntegrityBroken
from burnish.evidence.canonical import canonical, parse_canonical, sha256

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abé", max_size=3), inner),
    max_leaves=12,
)


class Colour(StrEnum):
    RED = "red"


def test_keys_are_sorted_and_nothing_is_added() -> None:
    assert canonical({"b": (1, 2.5, True), "a": None}) == b'{"a":null,"b":[1,2.5,true]}'


def test_the_published_number_examples_hold() -> None:
    # RFC 8785 section 3.2.2.3 and appendix B
    assert canonical([333333333.33333329, 1e30, 4.50, 2e-3, 1e-27]) == (
        b"[333333333.3333333,1e+30,4.5,0.002,1e-27]"
    )


def test_an_enum_of_text_is_its_value() -> None:
    assert canonical({Colour.RED: Colour.RED}) == b'{"red":"red"}'


@settings(max_examples=50, deadline=None)
@given(json_values)
def test_reading_back_gives_the_same_bytes(value: object) -> None:
    data = canonical(value)

    assert canonical(parse_canonical(data, "this")) == data


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, b"x", {1: "x"}, {"a": {1, 2}}, "\ud800"]
)
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        canonical({"facts": [value]})


def test_the_refusal_names_the_place_and_not_the_value() -> None:
    with pytest.raises(InputError, match=r"a set at 'a\.b\[1\]'") as caught:
        canonical({"a": {"b": [1, {"secret@corp.example"}]}})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b"[NaN]",
        b"[1.0]",
        b"9" * 400,
        b"x",
        b"[" * 99999,
    ],
)
def test_another_spelling_is_not_canonical(data: bytes) -> None:
    with pytest.raises(IntegrityBroken, match="not canonical"):
        parse_canonical(data, "this")


def test_the_digest_is_sha_256() -> None:
    assert sha256(b"abc").startswith("ba7816bf")
