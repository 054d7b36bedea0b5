"""Several detectors as one: rules, a model, engines of others, and names spread by document."""

import functools
import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from burnish.methods.privacy.detect import Detector, RuleDetector
from burnish.methods.privacy.names import TITLES, spread
from burnish.methods.privacy.ner.detect import NerDetector, mask_tokens
from burnish.methods.privacy.spans import Span, resolve

_LOOKS = 6
_BATCH = 1_000_000


@dataclass(frozen=True, slots=True)
class JoinedDetector:
    """What any of its detectors finds, and every further occurrence of the persons they found.

    A masked neighbour can bare what it hid, so the detectors read the masked text again until
    they find nothing more. Our own model does so only where another one did find more: a text
    with nothing but weak finds beside mask tokens counts as masked (`ner.detect.NEAR_MASK`), so
    that its second look is as good as empty; with `thorough` it looks each time, for certainty at
    twice the cost. `allow` are literals that are never found, whole or in part, whoever finds them
    (neither case nor a title before a name counts); `own` are the categories that only these
    detectors know. The order of the detectors decides how a find within another is called.
    """

    detectors: tuple[Detector, ...]
    allow: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    spreads: bool = True
    thorough: bool = False

    @property
    def version(self) -> str:
        """The versions of its detectors, joined by '+'."""
        return "+".join(detector.version for detector in self.detectors)

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of its detectors, its settings and the code that joins them."""
        settings = [self.allow, self.own, self.spreads, self.thorough]
        each = [detector.digest for detector in self.detectors]
        said = json.dumps([each, settings, _source_digest()], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        """For each text its spans, sorted and disjoint; a text's do not depend on the others."""
        return list(chain.from_iterable(map(self._detect, _batches(texts))))

    def _detect(self, texts: Sequence[str]) -> list[list[Span]]:
        each = [detector.detect(texts) for detector in self.detectors]
        united = [
            _united([self._wanted(text, one) for one in spans])
            for text, *spans in zip(texts, *each, strict=True)
        ]
        found = self._spread(texts, united)
        again = [
            [index for index, spans in enumerate(found) if spans and spans != own[index]]
            for own in each
        ]
        return self._settled(texts, found, again)

    def _settled(
        self, texts: Sequence[str], found: list[list[Span]], again: list[list[int]]
    ) -> list[list[Span]]:
        """The spans with what comes to light when they are masked.

        `again` names for each detector the texts in which others found something.
        """
        if not self.thorough:
            models = [isinstance(detector, NerDetector) for detector in self.detectors]
            again = [[] if model else which for model, which in zip(models, again, strict=True)]
        for _ in range(_LOOKS):
            more = self._look(texts, found, again)
            if not more:
                break
            which = sorted(more)
            wider = [resolve([*found[index], *more[index]]) for index in which]
            for index, spans in zip(
                which, self._spread([texts[i] for i in which], wider), strict=True
            ):
                found[index] = spans
            again = [which for _ in self.detectors]
        return found

    def _look(
        self, texts: Sequence[str], found: Sequence[Sequence[Span]], again: Sequence[Sequence[int]]
    ) -> dict[int, list[Span]]:
        """By text, what the detectors find in it once the spans are masked."""
        more: dict[int, list[Span]] = {}
        for detector, which in zip(self.detectors, again, strict=True):
            bared = _bared(detector, [texts[i] for i in which], [found[i] for i in which])
            for index, spans in zip(which, bared, strict=True):
                if wanted := [*self._wanted(texts[index], spans)]:
                    more.setdefault(index, []).extend(wanted)
        return more

    def _spread(self, texts: Sequence[str], found: Sequence[Sequence[Span]]) -> list[list[Span]]:
        if not self.spreads:
            return [list(spans) for spans in found]
        inert = mask_tokens(self.own)
        wider = spread(texts, found, inert, frozenset(map(str.casefold, self.allow)))
        return [[*self._wanted(text, spans)] for text, spans in zip(texts, wider, strict=True)]

    def _wanted(self, text: str, spans: Iterable[Span]) -> Iterable[Span]:
        """The spans that are not, and do not lie in, what is allowed."""
        if not self.allow:
            return spans
        allowed = frozenset(map(str.casefold, self.allow))
        places = [match.span() for match in _literals(self.allow).finditer(text)]
        return [span for span in spans if not _is_allowed(text, span, allowed, places)]


def _bared(
    detector: Detector, texts: Sequence[str], found: Sequence[Sequence[Span]]
) -> list[list[Span]]:
    """What a detector that has read the texts finds in them once the spans are masked."""
    if not texts:
        return []
    if isinstance(detector, RuleDetector):
        return detector.detect_beside(texts, found)
    masked = [_Masked(text, spans) for text, spans in zip(texts, found, strict=True)]
    finds = detector.detect([one.text for one in masked])
    return [
        [*chain.from_iterable(map(one.original, spans))]
        for one, spans in zip(masked, finds, strict=True)
    ]


def _united(each: Sequence[Iterable[Span]]) -> list[Span]:
    """What any detector found; what lies within a find of an earlier one takes its category."""
    found: list[Span] = []
    for spans in each:
        starts = [span.start for span in found]
        found = resolve([*found, *(span for span in spans if not _within(span, found, starts))])
    return found


def _within(span: Span, found: Sequence[Span], starts: Sequence[int]) -> bool:
    """Whether a span of another category covers this one."""
    place = bisect_right(starts, span.start) - 1
    if place < 0:
        return False
    return span.end <= found[place].end and span.category != found[place].category


def _is_allowed(
    text: str, span: Span, allowed: Collection[str], places: Sequence[tuple[int, int]]
) -> bool:
    written = text[span.start : span.end]
    first, _, rest = written.partition(" ")
    title = len(first) + 1 if first.rstrip(".").lower() in TITLES else 0
    if written.casefold() in allowed or (title and rest.casefold() in allowed):
        return True
    return any(start <= span.start + title and span.end <= end for start, end in places)


@functools.lru_cache(maxsize=32)
def _literals(allow: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the allowed literals where they are words of their own."""
    longest = sorted(map(re.escape, allow), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?!\w)", re.IGNORECASE)


class _Masked:
    """A text with its spans as mask tokens, and the way back for what is found between them."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        pieces: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.origins: list[int] = []
        length = done = 0
        for span in (*spans, Span(len(text), len(text), "", 0.0)):
            self.starts.append(length)
            self.ends.append(length + span.start - done)
            self.origins.append(done)
            token = f"[{span.category}]" if span.category else ""
            pieces += (text[done : span.start], token)
            length = self.ends[-1] + len(token)
            done = span.end
        self.text = "".join(pieces)

    def original(self, span: Span) -> Iterator[Span]:
        """The parts of a find that lie outside the mask tokens, in characters of the text."""
        first = bisect_right(self.ends, span.start)
        last = bisect_left(self.starts, span.end)
        for piece in range(first, last):
            start, end = max(span.start, self.starts[piece]), min(span.end, self.ends[piece])
            shift = self.origins[piece] - self.starts[piece]
            if self.text[start:end].strip():
                yield Span(start + shift, end + shift, span.category, span.score)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in stretches of about a million characters, so that memory stays flat."""
    first = size = 0
    for index, text in enumerate(texts):
        size += len(text)
        if size >= _BATCH:
            yield texts[first : index + 1]
            first, size = index + 1, 0
    if first < len(texts):
        yield texts[first:]


@functools.lru_cache(maxsize=1)
def _source_digest() -> str:
    """SHA-256 over the sources that join and spread (line ends aside)."""
    folder = Path(__file__).parent
    total = hashlib.sha256()
    for name in ("joined.py", "names.py", "ordinary.py", "spans.py"):
        total.update((folder / name).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()
