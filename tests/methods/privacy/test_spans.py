from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.spans import CATEGORIES, Span, resolve

_SPANS = st.lists(
    st.builds(
        lambda start, length, category, score: Span(start, start + length, category, score),
        st.integers(0, 60),
        st.integers(1, 20),
        st.sampled_from(CATEGORIES),
        st.sampled_from((0.5, 0.8, 0.9)),
    )
)


def test_overlapping_spans_become_their_union_named_by_the_strongest() -> None:
    url_like, secret = Span(0, 30, "IP", 0.6), Span(20, 40, "SECRET", 0.9)

    assert resolve([secret, url_like]) == [Span(0, 40, "SECRET", 0.9)]


def test_a_contained_stronger_span_does_not_shrink_the_mask() -> None:
    assert resolve([Span(0, 30, "ADDRESS", 0.5), Span(5, 9, "CARD", 0.99)]) == [
        Span(0, 30, "CARD", 0.99)
    ]


def test_spans_that_only_touch_stay_two() -> None:
    two = [Span(0, 3, "EMAIL", 0.9), Span(3, 6, "PHONE", 0.9)]

    assert resolve(two) == two


def test_the_strongest_of_a_chain_is_compared_by_its_own_length() -> None:
    chain = [Span(0, 4, "PHONE", 0.8), Span(3, 8, "TFN", 0.8), Span(7, 9, "CARD", 0.7)]

    assert resolve(chain) == [Span(0, 9, "TFN", 0.8)]


@settings(max_examples=50, deadline=None)
@given(_SPANS)
def test_resolved_spans_cover_the_same_characters_sorted_and_disjoint(spans: list[Span]) -> None:
    resolved = resolve(spans)

    covered = {place for span in spans for place in range(span.start, span.end)}
    assert {place for span in resolved for place in range(span.start, span.end)} == covered
    assert all(a.end <= b.start for a, b in pairwise(resolved))


@settings(max_examples=50, deadline=None)
@given(_SPANS, st.randoms())
def test_the_order_of_the_finds_does_not_matter(spans: list[Span], random: object) -> None:
    assert resolve(reversed(spans)) == resolve(spans)
