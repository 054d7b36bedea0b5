"""What detection promises of any text."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.replace import mask
from burnish.methods.privacy.spans import Span
from burnish.methods.privacy.view import INERT, look_through, token_pattern

_DETECTOR = RuleDetector()
_BITS = st.sampled_from(
    [
        "Jane Smith", "jane@example.org", "0412 345 678", "TFN 876 543 210", "DOB 12/03/1984",
        "password: hunter22!", "12 George Street, Sydney NSW 2000", "[PERSON]", "&#64;", "%40",
        "\u200b", "\ud800", "\u0301", "\u00a0", "  ", "é", "\\u0040", "[", ".", "@", "-", "7", "\n",
    ]
)  # fmt: skip
_TEXTS = st.lists(st.one_of(_BITS, st.text(max_size=5)), max_size=12).map("".join)


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_spans_are_sorted_disjoint_and_inside_the_text(text: str) -> None:
    spans = _DETECTOR.detect([text])[0]

    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_masking_leaves_the_rest_as_it_was_and_nothing_to_find(text: str) -> None:
    spans = _DETECTOR.detect([text])[0]
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    kept = [text[first:last] for first, last in zip(edges[::2], edges[1::2], strict=True)]

    masked = mask(text, spans)

    tokens = [f"[{span.category}]" for span in spans]
    assert masked == kept[0] + "".join(t + k for t, k in zip(tokens, kept[1:], strict=True))
    assert _DETECTOR.detect([masked]) == [[]]


def test_a_lone_surrogate_is_a_character_like_any_other() -> None:
    text = "\ud800 mail jane@example.org \udfff"

    assert mask(text, _DETECTOR.detect([text])[0]) == "\ud800 mail [EMAIL] \udfff"


@settings(max_examples=100, deadline=None)
@given(_TEXTS, st.integers(0, 30), st.integers(1, 9))
def test_each_character_of_a_view_comes_from_a_stretch_of_the_text(
    text: str, first: int, length: int
) -> None:
    hidden = [Span(first, first + length, "EMAIL", 1.0)] if first + length <= len(text) else []

    view = look_through(text, token_pattern(), hidden)

    places = [view.original(Span(at, at + 1, "X", 1.0)) for at in range(len(view.text))]
    assert all(0 <= place.start < place.end <= len(text) for place in places)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(places))
    plain = [p for p, c in zip(places, view.text, strict=True) if c.isascii() and c.isalnum()]
    assert all(p.end - p.start == 1 or text[p.start : p.end] != text[p.start] for p in plain)


def test_a_view_reads_what_a_reader_reads() -> None:
    written = "\uff4a\u200bane&#64;x%2eorg  5\u0665 cafe\u0301 [EMAIL] \\u0041 \u00a0 \u0131"

    assert look_through(written, token_pattern()).text == f"jane@x.org 55 café {INERT} A i"
