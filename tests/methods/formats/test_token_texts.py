"""Tokens as people read them."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from burnish.methods.formats.token_texts import token_texts
from burnish.methods.models.where import base_folder

TOKENIZER = Tokenizer.from_file(str(base_folder("builtin", Path()) / "tokenizer.json"))


def test_a_character_of_several_tokens_is_told_with_all_of_them() -> None:
    ids = TOKENIZER.encode("a\U0001f9ff", add_special_tokens=False).ids
    assert len(ids) > 2

    told = token_texts(TOKENIZER, ids, [True] * len(ids))

    assert [one.text for one in told] == ["a", "\U0001f9ff"]
    assert [i for one in told for i in one.ids] == ids


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.data())
def test_every_token_is_told_once_and_never_across_the_mask(text: str, data: st.DataObject) -> None:
    ids = TOKENIZER.encode(text, add_special_tokens=False).ids
    marks = data.draw(st.lists(st.booleans(), min_size=len(ids), max_size=len(ids)))

    told = token_texts(TOKENIZER, ids, marks)

    assert [i for one in told for i in one.ids] == ids
    assert [one.trained for one in told for _ in one.ids] == marks
