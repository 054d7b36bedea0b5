"""The texts of a row, read as one document: what is found in one of them is looked for in all."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.spans import Span

_BREAK = "\n\n"
_AFTER_LABEL = ": "

_CODE = re.compile(r"[A-Za-z]{0,5}[-_.:/#]?\d[\w.:/#-]*")
_NAMES = ("PERSON", "ORGANISATION", "LOCATION")

Labelled = tuple[Sequence[str], Sequence[str]]
"""The texts of one document, and for each the words that name it (a key, say), or nothing."""


def read_together(detector: Detector, documents: Sequence[Labelled]) -> list[list[list[Span]]]:
    """For each document the spans of each of its texts; all documents go in one call.

    A labelled text is read twice, alone and behind its label: a bare number needs the word beside
    it, and the word can also hide what the text says by itself. A text that is nothing but a code
    ("T-00017") holds no name, whatever a model says.
    """
    views = [_views(texts, labels) for texts, labels in documents]
    joined = [_BREAK.join(text for text, _, _ in view) for view in views]
    found = detector.detect(joined)
    return [
        _parted(spans, view, len(texts))
        for spans, view, (texts, _) in zip(found, views, documents, strict=True)
    ]


_View = list[tuple[str, int, int]]
"""What is read, whose text it is, and how many characters of it are label."""


def _views(texts: Sequence[str], labels: Sequence[str]) -> _View:
    views = [(text, index, 0) for index, text in enumerate(texts)]
    views += [
        (f"{label}{_AFTER_LABEL}{text}", index, len(label) + len(_AFTER_LABEL))
        for index, (text, label) in enumerate(zip(texts, labels, strict=True))
        if label
    ]
    return views


def _parted(spans: Iterable[Span], view: _View, count: int) -> list[list[Span]]:
    """The spans of the joined text, cut to the texts that they touch."""
    starts, position = [], 0
    for text, _, _ in view:
        starts.append(position)
        position += len(text) + len(_BREAK)
    codes = {owner for text, owner, label in view if not label and _CODE.fullmatch(text)}
    parts: list[list[Span]] = [[] for _ in range(count)]
    for span in spans:
        for place in range(bisect_right(starts, span.start) - 1, len(view)):
            if span.end <= starts[place]:
                break
            text, owner, label = view[place]
            first = max(span.start - starts[place], label)
            last = min(span.end - starts[place], len(text))
            if first < last and not (owner in codes and span.category in _NAMES):
                parts[owner].append(Span(first - label, last - label, span.category, span.score))
    return parts
