import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.replace import mask, mask_json
from burnish.methods.privacy.spans import Span

_DETECTOR = RuleDetector()
_FRAGMENTS = (
    "jane@example.org", "0412 345 678", "my name is Jane Smith", "Regards, Aroha",
    "TFN 123 456 782", "\u200b", "[PERSON]",
    "[", "]", "password=hunter22", "12 George Street, Sydney NSW 2000", "4012-8888-8888-1881",
    "&#64;", "DOB 12/03/1984",
    "203.0.113.9", " ", "\n", "9", "A", "[PHONE_2]", "Mr ", "account 123456", "%40", "é", "٣",
    "BSB 062-000", "Hi ", ", ",
)  # fmt: skip
_TEXTS = st.lists(st.sampled_from(_FRAGMENTS) | st.text(max_size=6), max_size=12).map("".join)


def test_each_span_becomes_its_token_and_the_rest_stays() -> None:
    text = "Ask Jane Smith (jane@example.org) or Jane Smith."

    assert mask(text, _DETECTOR.detect([text])[0]) == "Ask [PERSON] ([EMAIL]) or [PERSON]."


def test_numbered_tokens_tell_values_apart_and_go_on_from_those_there() -> None:
    text = "[EMAIL_3] a@x.org, b@x.org, A@X.org"

    masked = mask(text, _DETECTOR.detect([text])[0], "numbered")

    assert masked == "[EMAIL_3] [EMAIL_4], [EMAIL_5], [EMAIL_4]"
    assert _DETECTOR.detect([masked]) == [[]]


def test_a_span_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the text of 3 characters"):
        mask("abc", [Span(2, 5, "EMAIL", 1.0)])


def test_a_key_in_brackets_is_no_mask_token() -> None:
    text = "[AKIA" + "ABCDEFGH23456723]"

    assert mask(text, _DETECTOR.detect([text])[0]) == "[[SECRET]]"


@settings(max_examples=150, deadline=None)
@given(_TEXTS, st.sampled_from(("token", "numbered")))
def test_masking_masked_text_changes_nothing(text: str, style: str) -> None:
    assert style in ("token", "numbered")
    chosen = "token" if style == "token" else "numbered"

    masked = mask(text, _DETECTOR.detect([text])[0], chosen)  # type: ignore[arg-type]

    assert _DETECTOR.detect([masked]) == [[]]


@settings(max_examples=100, deadline=None)
@given(_TEXTS)
def test_text_outside_the_spans_is_untouched(text: str) -> None:
    spans = _DETECTOR.detect([text])[0]

    rest = mask(text, spans)
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
    done = 0
    for span in spans:
        kept, token = text[done : span.start], f"[{span.category}]"
        assert rest.startswith(kept + token)
        rest, done = rest[len(kept + token) :], span.end
    assert rest == text[done:]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_can_be_masked(text: str) -> None:
    masked = mask(text, _DETECTOR.detect([text])[0])

    assert masked.encode() is not None


def test_json_is_masked_in_values_keys_and_numbers_and_keeps_its_shape() -> None:
    value = {
        "name": "Aroha Ngata",
        "tfn": 123456782,
        "jane@example.org": [1, True, None, "call 0412 345 678"],
        "joe@example.org": {"deep": "DOB 12/03/1984"},
        "count": 7,
        "share": 0.5,
    }

    masked = mask_json(value, _DETECTOR)

    assert masked == {
        "name": "[PERSON]",
        "tfn": "[TFN]",
        "[EMAIL]": [1, True, None, "call [PHONE]"],
        "[EMAIL]#2": {"deep": "DOB [DATE_OF_BIRTH]"},
        "count": 7,
        "share": 0.5,
    }
    assert mask_json(masked, _DETECTOR) == masked
    assert json.loads(json.dumps(masked)) == masked
