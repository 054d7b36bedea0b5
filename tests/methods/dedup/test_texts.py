"""Normal forms made in bulk, beside the normal form of one text."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.dedup.keys import keys_of
from burnish.methods.dedup.lsh import band_keys
from burnish.methods.dedup.minhash import scan
from burnish.methods.dedup.normalise import PART, digest, encode, normalise
from burnish.methods.dedup.plain import CODE_POINTS, OTHER, plain
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.texts import Normals, joined, of_messages, of_texts, take

ODD = "aZ \t\n\x1c\x1e\x85\xa0é́e̊ß…İıſΣς½ﬁㅏ가ᅡᆨ日本ｗ\u2028\u3000²™ǰ𝐀"
TEXTS = st.text(st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"])))


def forms(normals: Normals) -> list[bytes]:
    return take(normals, np.arange(len(normals)))


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXTS, max_size=8))
def test_many_texts_get_the_normal_form_of_each(texts: list[str]) -> None:
    made = of_texts(pa.array(texts, pa.string()))

    assert forms(made) == [encode(normalise(text)) for text in texts]
    assert [row.tobytes() for row in made.digests()] == [digest(text) for text in texts]


def test_every_plain_character_is_normalised_beside_any_other_as_alone() -> None:
    points = [p for p in range(0x80, CODE_POINTS) if plain()[0][p] != OTHER]
    assert len(points) > 30_000
    step = np.random.default_rng(3).permutation(len(points))
    others = "eaA가 1x"
    texts = [
        f"{others[n % 7]}{chr(points[n])}{chr(points[step[n]])}{others[n % 5]}"
        for n in range(len(points))
    ]

    assert forms(of_texts(pa.array(texts))) == [encode(normalise(text)) for text in texts]


def test_common_marks_and_letters_are_plain_and_combining_ones_are_not() -> None:
    numbers = plain()[0]

    assert all(numbers[ord(c)] != OTHER for c in "éß…“”–€日가яאש\xa0")
    marks = [p for p in range(0x80, CODE_POINTS) if unicodedata.combining(chr(p))]
    assert (numbers[marks] == OTHER).all()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["user", "system", "assistant"]), TEXTS), max_size=3),
        max_size=5,
    ),
    st.integers(0, 2),
)
def test_messages_of_the_wanted_roles_are_joined_as_parts(
    rows: list[list[tuple[str, str]]], start: int
) -> None:
    kind = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    listed = [[{"role": role, "content": text} for role, text in row] for row in rows]
    column = pa.chunked_array([pa.array(listed, kind), pa.array(listed, kind)]).slice(start)

    made = of_messages(column, ("user", "assistant"))

    wanted = [PART.join(text for role, text in row if role != "system") for row in rows * 2]
    assert forms(made) == [encode(normalise(text)) for text in wanted[start:]]


def test_columns_are_joined_row_by_row() -> None:
    made = joined([pa.array(["A  b", ""]), pa.chunked_array([["c"], ["d "]])])

    assert forms(made) == [b"a b\x1ec", b"\x1ed"]
    assert len(joined([pa.array([], pa.string())])) == 0


def test_a_missing_text_is_told_by_its_row() -> None:
    with pytest.raises(ValueError, match="row 1 has no text"):
        of_texts(pa.array(["a", None]))


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_keys_are_the_bands_of_the_signatures(texts: list[str]) -> None:
    how = NearSettings()
    signatures = scan(texts, how).signatures

    made = keys_of(of_texts(pa.array(texts, pa.string())), how)

    for band in range(how.bands):
        assert np.array_equal(made.values[:, band], band_keys(signatures, band, how.rows))
