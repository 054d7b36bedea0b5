"""Masking: spans of a text become category tokens; nothing outside them changes."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.spans import Span, resolve

Style = Literal["token", "numbered"]
_NUMBERED = re.compile(r"\[([A-Z][A-Z0-9_]*)_(\d{1,4})\]")


def mask(text: str, spans: Sequence[Span], style: Style = "token") -> str:
    """The text with every span replaced by its token.

    `token` writes `[PERSON]`; `numbered` writes `[PERSON_1]`, `[PERSON_2]`, ..., one number for
    one value (case aside) within this text, beginning above the numbers the text already holds.
    Raises ValueError when a span lies outside the text.
    """
    names = _Tokens(text, style)
    out: list[str] = []
    done = 0
    for span in resolve(spans):
        if not 0 <= span.start < span.end <= len(text):
            raise ValueError(
                f"span {span.start}..{span.end} lies outside the text of {len(text)} characters"
            )
        out += (text[done : span.start], names.token(span))
        done = span.end
    out.append(text[done:])
    return "".join(out)


def mask_json(value: Any, detector: Detector, style: Style = "token") -> Any:
    """The same JSON value with personal data masked in its strings, keys and long numbers.

    A number whose digits are found to be an identifier becomes its token, a string. Keys that mask
    to the same text are told apart by `#2`, `#3`, ... so that no entry is lost.
    """
    if isinstance(value, str):
        return mask(value, detector.detect([value])[0], style)
    if isinstance(value, list):
        return [mask_json(item, detector, style) for item in value]
    if isinstance(value, dict):
        return _mask_object(value, detector, style)
    return (
        value if value is None or isinstance(value, bool) else _mask_number(value, detector, style)
    )


def _mask_object(value: dict[str, Any], detector: Detector, style: Style) -> dict[str, Any]:
    masked: dict[str, Any] = {}
    for key, item in value.items():
        shown = unique = mask_json(key, detector, style)
        count = 1
        while unique in masked:
            count += 1
            unique = f"{shown}#{count}"
        masked[unique] = _mask_entry(key, item, detector, style)
    return masked


def _mask_entry(key: str, item: Any, detector: Detector, style: Style) -> Any:
    """The masked value; its key serves as the context that a bare number or a name needs."""
    if isinstance(item, bool) or not isinstance(item, str | int):
        return mask_json(item, detector, style)
    label = f"{key.replace('_', ' ')}: "
    text = label + str(item)
    spans = [
        Span(max(s.start - len(label), 0), s.end - len(label), s.category, s.score)
        for s in detector.detect([text])[0]
        if s.end > len(label)
    ]
    own = detector.detect([str(item)])[0]
    masked = mask(str(item), [*spans, *own], style)
    return item if masked == str(item) else masked


def _mask_number(value: int | float, detector: Detector, style: Style) -> int | float | str:
    text = repr(value)
    masked = mask(text, detector.detect([text])[0], style)
    return value if masked == text else masked


class _Tokens:
    """Hands out the tokens of one text."""

    def __init__(self, text: str, style: Style) -> None:
        self.text, self.style = text, style
        self.numbers: dict[tuple[str, str], int] = {}
        self.last: dict[str, int] = {}
        if style == "numbered":
            for category, count in _NUMBERED.findall(text):
                self.last[category] = max(self.last.get(category, 0), int(count))

    def token(self, span: Span) -> str:
        if self.style == "token":
            return f"[{span.category}]"
        key = (span.category, self.text[span.start : span.end].casefold())
        if key not in self.numbers:
            self.last[span.category] = self.last.get(span.category, 0) + 1
            self.numbers[key] = self.last[span.category]
        return f"[{span.category}_{self.numbers[key]}]"
