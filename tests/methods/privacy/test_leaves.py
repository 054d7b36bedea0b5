"""A JSON value as its texts, and back."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.leaves import leaves, rebuilt

_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def test_keys_values_numbers_and_json_in_strings_are_leaves_in_order() -> None:
    value = {"by": ["a", 7], "raw": '{"x_y": "b", "n": [1.5]}', "on": True, "none": None}

    found = [(leaf.text, leaf.label) for leaf in leaves(value)]

    assert found == [
        ("by", ""), ("a", "by"), ("7", "by"), ("raw", ""), ("x_y", ""), ("b", "x y"), ("n", ""),
        ("1.5", "n"), ("on", ""), ("none", ""),
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(_VALUES)
def test_unchanged_leaves_give_the_same_value(value: Any) -> None:
    same = rebuilt(value, [leaf.text for leaf in leaves(value)])

    assert json.dumps(same) == json.dumps(value)


@settings(max_examples=100, deadline=None)
@given(_VALUES)
def test_every_leaf_can_be_replaced_and_no_entry_is_lost(value: Any) -> None:
    wrapped = {"outer": json.dumps({"inner": value}), "value": value}
    count = len(leaves(wrapped))

    masked = rebuilt(wrapped, ["[X]"] * count)

    assert len(leaves(masked)) == count
    told = {leaf.text.partition("#")[0] for leaf in leaves(masked)}
    assert told == {"[X]"}


def test_a_string_that_only_looks_like_json_is_one_text() -> None:
    for text in ("[EMAIL]", "{not json}", "{}", "[]", "{", "[" * 3000 + "]" * 3000):
        assert [leaf.text for leaf in leaves(text)] == [text]
