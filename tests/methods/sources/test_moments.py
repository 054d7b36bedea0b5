"""Times of records: many forms in, one form out, and texts that sort as the times do."""

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.sources.moments import iso, moment

EAST = timezone(timedelta(hours=10))
SECOND = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T13:04:05+10:00",
        "2026-01-02 03:04:05",
        "20260102T030405Z",
        "Fri, 02 Jan 2026 13:04:05 +1000",
        "Fri, 02 Jan 2026 03:04:05 -0000",
        " 1767323045 ",
        "1767323045.0",
        1767323045,
        1767323045.0,
        1767323045000,
        1767323045000000,
        1767323045000000000,
        "1767323045000",
        datetime(2026, 1, 2, 3, 4, 5),
        datetime(2026, 1, 2, 13, 4, 5, tzinfo=EAST),
    ],
)
def test_every_usual_form_is_read_as_the_same_time(value: object) -> None:
    assert moment(value) == SECOND


def test_a_day_is_its_first_moment() -> None:
    assert iso(moment(date(2026, 1, 2))) == "2026-01-02T00:00:00+00:00"
    assert iso(moment("2026-01-02")) == iso(moment("20260102")) == "2026-01-02T00:00:00+00:00"


@pytest.mark.parametrize("value", [None, ""])
def test_no_value_is_no_time(value: object) -> None:
    assert moment(value) is None
    assert iso(None) is None


@pytest.mark.parametrize(
    "value",
    ["yesterday", "ada@example.org", True, [], {}, b"2026", float("nan"), float("inf"), 10**30,
     "2026-13-01", "12", "2026", "12345678901234567890", "0001-01-01T00:00:00+14:00", "٢٠٢٦"],
)  # fmt: skip
def test_what_is_no_time_is_refused_without_being_quoted(value: object) -> None:
    with pytest.raises(ValueError, match=r"^no time that can be read$") as refused:
        moment(value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@settings(max_examples=100, deadline=None)
@given(st.datetimes(min_value=datetime(1000, 1, 2), timezones=st.just(UTC)))
def test_a_time_survives_writing_and_reading(at: datetime) -> None:
    assert moment(iso(at)) == at
    assert moment(format_datetime(at)) == at.replace(microsecond=0)


@settings(max_examples=100, deadline=None)
@given(*[st.datetimes(min_value=datetime(1000, 1, 2), timezones=st.just(UTC))] * 2)
def test_texts_sort_as_the_times_do(one: datetime, two: datetime) -> None:
    assert (str(iso(one)) < str(iso(two))) == (one < two)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.binary()))
def test_anything_is_read_or_refused_and_nothing_else_happens(value: object) -> None:
    try:
        found = moment(value)
    except ValueError:
        return
    assert found is None or found.tzinfo is UTC
