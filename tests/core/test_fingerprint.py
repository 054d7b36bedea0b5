"""The same parts give the same name, and other parts another."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.artifact import Kept, Masked
from burnish.core.fingerprint import RUNS, fingerprint
from burnish.core.verdict import Cleared
from burnish.plan import MaskPlan, Source

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | FINITE
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Setting:
    """A setting that names a result, and where it happens to lie."""

    value: int
    file: str = field(metadata={RUNS: True})


def reversed_everywhere(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_everywhere(value[key]) for key in reversed(value)}
    return [reversed_everywhere(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_the_order_of_a_dictionary_does_not_matter(value: object) -> None:
    assert fingerprint(reversed_everywhere(value)) == fingerprint(value)


@settings(max_examples=50, deadline=None)
@given(VALUES, VALUES)
def test_two_values_share_a_name_only_if_they_read_the_same(one: object, two: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)

    assert (fingerprint(one) == fingerprint(two)) == same


def test_a_field_that_only_runs_a_result_does_not_name_it() -> None:
    assert fingerprint(Setting(1, "here")) == fingerprint(Setting(1, "there"))
    assert fingerprint(Setting(1, "here")) != fingerprint(Setting(2, "here"))


def test_an_artefact_is_named_by_its_digest_also_when_cleared() -> None:
    assert fingerprint(Cleared(Masked("d", 3), "entry")) == fingerprint(Masked("d", 3))
    assert fingerprint(Kept("d", 3)) != fingerprint(Kept("e", 3))


def test_every_setting_of_a_plan_names_its_result() -> None:
    assert fingerprint(MaskPlan()) == fingerprint(MaskPlan())
    assert fingerprint(MaskPlan(seed=12)) != fingerprint(MaskPlan())


@pytest.mark.parametrize("odd", [{1, 2}, b"bytes", date(2026, 1, 1), object(), Source, print])
def test_what_has_no_plain_form_is_refused(odd: object) -> None:
    with pytest.raises(TypeError, match="a stage takes artefacts and settings"):
        fingerprint("stage", [odd])


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_number_that_equals_nothing_is_refused(odd: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        fingerprint(odd)
