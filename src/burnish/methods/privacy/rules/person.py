"""Names of people in the forms that rules can reach.

A title, an introduction, a greeting, a sign-off, a label or a mail header before the name; or a
frequent given name, alone or before a surname, or a frequent surname after a capitalised word. A
name found once is found everywhere else on the page, in parts, in capitals and in user names. A
rare name that stands in running text with nothing beside it is out of reach: that is for a
named-entity model. (On the names of web English, single sentences, this finds about half.)
"""

import functools
import re
from collections.abc import Iterator

from burnish.methods.privacy.anchor import Anchor, sought_as
from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.cues import CALLED_AFTER, CUES, HERE, MENTIONED
from burnish.methods.privacy.rules.names import (
    COMMON_SURNAMES,
    GIVEN,
    NOT_NAMES,
    PARTICLES,
    SHARED_GIVEN,
    SURNAMES,
)
from burnish.methods.privacy.rules.rule import FinderRule, Rule
from burnish.methods.privacy.spans import Span

_CAP = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĪĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŪŬŮŰŲŴŶŸŹŻŽƠƯȘȚḤẒẠ-ỸΑ-ΩЀ-Я"
_LETTER = r"[^\W\d_]"
_WORD_REST = rf"(?:{_LETTER}|['-](?={_LETTER})){{1,30}}"
_WORD = rf"[{_CAP}]{_WORD_REST}"
_JOIN = r"[ \t]{1,2}"
_PARTICLE = rf"(?:(?:{'|'.join(sorted(PARTICLES))}){_JOIN}){{1,2}}"
_OTHER_SCRIPT = r"[぀-ヿ㐀-鿿가-힯֐-ۿऀ-๿]{2,20}(?: [֐-ۿऀ-๿]{2,20}){0,2}"
_MORE = rf"(?:{_JOIN}(?:{_PARTICLE})?(?:{_WORD}|[{_CAP}](?:\.|(?= [{_CAP}]))))"
NAME = rf"(?:(?:{_WORD}|(?:[{_CAP}]\.[ ]?){{1,3}}){_MORE}{{0,3}}|{_OTHER_SCRIPT})"
_REVERSED = rf"{_WORD}, ?{_WORD}(?:{_JOIN}(?:{_WORD}|[{_CAP}]\.))?"
_LOWER = rf"{_LETTER}(?:{_LETTER}|['-](?={_LETTER})){{1,20}}"


_LOWER_NAME = re.compile(
    rf"\bmy (?:full )?name(?:'s| is|:) (?P<name>{_LOWER}(?: {_LOWER}){{0,2}})", re.IGNORECASE
)
_LABELLED = re.compile(
    r"(?:^|(?<=[\n|;,{>(\t]))[ \t*\"'-]{0,6}(?:(?:full|first|last|given|family|middle|legal"
    r"|preferred|contact|customer|client|patient|employee"
    r"|account|user|card|policy|display|staff|tenant|student|member|caller|cardholder|account"
    r" holder|emergency contact|account ?holder)[ _-]?)?"
    r"(?:name|surname|customer|client|patient|employee|contact|caller|requester|requestor"
    r"|requested by|reported by|raised by|assigned to|assignee"
    r"|agent|technician|manager|attn|attention|author|signed|from|to|cc|bcc|sent by|reporter"
    r"|holder|cardholder|user|owner|member|staff|supervisor"
    r"|next of kin|submitted by|approved by|prepared by|applicant|tenant|recipient|sender|person"
    r"|spouse|employer contact|payee|beneficiary|witness|doctor|creator|analyst|operator)"
    rf"[\"']?[ \t]{{0,3}}(?:[:=|]| - )[ \t]{{0,3}}\n?[\"']?(?-i:(?P<name>{_REVERSED}|{NAME}))",
    re.IGNORECASE,
)
_NAME = re.compile(NAME)
_MAILBOX = re.compile(r"[<(\[](?:mailto:)?[\w.+'-]{1,64}@")
_NAME_BEFORE = re.compile(rf"(?<![\w'])(?:{_REVERSED}|{NAME})\"?[ \t]{{0,2}}$")
_CAPITALISED = re.compile(rf"[{_CAP}](?<![\w'].){_WORD_REST}")
_CAPITALS = re.compile(
    rf"{_WORD}(?:{_JOIN}(?:{_PARTICLE})?(?:{_WORD}|[{_CAP}]\.?(?=[ ]))){{1,4}}(?![\w])"
)
_CAPITALISED_BEFORE = re.compile(rf"[{_CAP}](?<![\w'].){_WORD_REST}[ \t]{{1,2}}$")
_ALONE = re.compile(rf"[{_CAP}](?<![\w'.@-].){_WORD_REST}(?![\w@-])(?!\.\w)(?! [{_CAP}])")
_WORD_BEFORE = re.compile(rf"(?P<word>{_LETTER}+)\.?[ ]$")
_PLACE_WORDS = {"st", "saint", "san", "santa", "hurricane", "fort", "port", "lake", "mount", "mt"}
_LISTED = re.compile(rf"{_WORD}, (?P<first>{_WORD})(?![\w])")


_IDENTIFIER = re.compile(
    r"(?!(?:Mc|Mac|De|Di|Du|La|Le|Van|Von|Fitz|St|O|D)[A-Z][a-z]+$)(?:[A-Z][a-z0-9]+){2,}"
)
"""A name of a program's parts, written as one word: PhoneRecognizer."""


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[ \t,\n]+", name) if part]


@functools.lru_cache(maxsize=65536)
def _plain(part: str) -> str:
    return part.strip(".'-").lower().removesuffix("'s")


def _known(part: str) -> bool:
    low = _plain(part).split("-")[0]
    return low in GIVEN or low in SHARED_GIVEN


@functools.lru_cache(maxsize=65536)
def _listed(word: str) -> bool:
    return _known(word) or _plain(word) in SURNAMES or word.lower() in GIVEN


def _is_word(part: str) -> bool:
    low = _plain(part)
    return low in NOT_NAMES and not _known(part)


def _goes_on(part: str) -> bool:
    return len(part.strip(".")) == 1 or not _is_word(part)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The extent without words at either end that are no part of a name."""
    pieces = [
        (m.start() + start, m.end() + start) for m in re.finditer(r"[^\s,]+", text[start:end])
    ]
    while pieces and _is_word(text[slice(*pieces[0])]):
        pieces.pop(0)
    for index, piece in enumerate(pieces):
        if not _goes_on(text[slice(*piece)]):
            pieces = pieces[:index]
            break
    while pieces and _plain(text[slice(*pieces[-1])]) in PARTICLES:
        pieces.pop()
    return (pieces[0][0], pieces[-1][1]) if pieces else (start, start)


def _after_cues(page: Page) -> Iterator[Span]:
    for cue, after, score in CUES:
        for match in page.matches(cue, low=True):
            name = _NAME.match(page.text, match.end())
            if name is None:
                continue
            start, end = _trim(page.text, *name.span())
            whole = after is None or after.match(page.text, end) is not None
            if start == name.start() < end and _convincing(
                cue, _parts(page.text[start:end]), whole
            ):
                yield Span(start, end, "PERSON", score)


def _convincing(cue: re.Pattern[str], parts: list[str], whole: bool) -> bool:
    """Whether a name after this cue is one; `whole`: what follows is what follows a name."""
    if cue is MENTIONED:
        return _known(parts[0]) or (len(parts) > 1 and _plain(parts[-1]) in SURNAMES)
    if cue is HERE:
        # 'I am German' and 'This is Windows' read the same: two words or a given name.
        return _known(parts[0]) or (len(parts) > 1 and whole)
    return whole or _known(parts[0])


def _after_marks(page: Page) -> Iterator[Span]:
    """Names after a label and before a mailbox."""
    labels = any(sign in page.text for sign in (":", "=", "|", " - "))
    for match in page.matches(_LABELLED) if labels else ():
        label = page.low[match.start() : match.start("name")].rstrip(":=|-\"' \t\n")
        parts = _parts(match["name"])
        if label.endswith("name") or any(map(_known, parts)) or 2 <= len(parts) <= 4:
            yield from _trimmed(page, *match.span("name"), 0.8)
    for match in page.matches(_MAILBOX) if "@" in page.text else ():
        name = _NAME_BEFORE.search(page.text, max(0, match.start() - 60), match.start())
        if name:
            yield from _trimmed(page, name.start(), name.end(), 0.9)


def _trimmed(page: Page, start: int, end: int, score: float) -> Iterator[Span]:
    first, last = _trim(page.text, start, end)
    if first == start < last and not _IDENTIFIER.fullmatch(page.text, first, last):
        yield Span(first, last, "PERSON", score)


def _lower_case(page: Page) -> Iterator[Span]:
    for match in page.matches(_LOWER_NAME) if "name" in page.low else ():
        start, end = match.span("name")
        kept = []
        for piece in re.finditer(r"\S+", page.text[start:end]):
            if _plain(piece[0]) in NOT_NAMES:
                break
            kept.append(piece.end() + start)
        if kept:
            yield Span(start, kept[-1], "PERSON", 0.75)


def _by_list(page: Page) -> Iterator[Span]:
    """Names with a listed given name or surname, around each listed word."""
    done = 0
    for match in page.matches(_CAPITALISED):
        # Read again: a word that no list holds may be cut short where the scan saw another.
        word = _CAPITALISED.match(page.text, match.start()) if match.start() >= done else None
        listed = word is not None and _listed(word[0])
        span = (_around(page.text, word) or _single(page.text, word)) if word and listed else None
        if span:
            yield span
            done = span.end


def _around(text: str, word: re.Match[str]) -> Span | None:
    low, start = _plain(word[0]), word.start()
    if _known(word[0]):
        end = _name_end(text, start)
        if end:
            return Span(start, end, "PERSON", 0.75)
    if low not in SURNAMES:
        return None
    before = _CAPITALISED_BEFORE.search(text, max(0, start - 36), start)
    end = _name_end(text, before.start()) if before else 0
    if before and end:
        return Span(before.start(), end, "PERSON", 0.75)
    listed = _LISTED.match(text, start)
    if listed and _known(listed["first"]):
        return Span(start, listed.end(), "PERSON", 0.7)
    return None


def _single(text: str, word: re.Match[str]) -> Span | None:
    """A given name on its own, unless the word before makes it a place or a part of a title."""
    start = word.start()
    if word[0].lower() not in GIVEN or word[0].isupper() or not _ALONE.match(text, start):
        return None
    before = _WORD_BEFORE.search(text, max(0, start - 24), start)
    low = _plain(before["word"]) if before else ""
    titled = before is not None and before["word"][0].isupper() and low not in NOT_NAMES
    return None if titled or low in _PLACE_WORDS else Span(start, word.end(), "PERSON", 0.55)


def _name_end(text: str, start: int) -> int:
    """The end of the name that begins the run of capitalised words at a place, or 0."""
    run = _CAPITALS.match(text, start)
    if run is None:
        return 0
    pieces = [(m.start() + start, m.end() + start) for m in re.finditer(r"\S+", run[0])]
    stop = _name_stop(text, pieces, 0)
    return pieces[stop - 1][1] if stop else 0


def _name_stop(text: str, pieces: list[tuple[int, int]], index: int) -> int:
    """One past the last piece of the name that begins at `index`, or 0 when none does."""
    first = _plain(text[slice(*pieces[index])])
    stop = index + 1
    while stop < len(pieces) and _goes_on(text[slice(*pieces[stop])]):
        stop += 1
    rest = [_plain(text[slice(*piece)]) for piece in pieces[index + 1 : stop]]
    if not rest or rest[-1] in PARTICLES:
        return 0
    # Three capitals are rather an abbreviation than a surname (LAM, DAS).
    surnamed = any(
        part in SURNAMES and not (len(part) < 4 and text[slice(*piece)].isupper())
        for part, piece in zip(rest, pieces[index + 1 : stop], strict=True)
    )
    if first.split("-")[0] in GIVEN or (surnamed and first in SHARED_GIVEN):
        return stop
    unlisted = first not in NOT_NAMES and first not in SURNAMES and len(first) > 2
    return (
        stop if surnamed and unlisted and len(rest) == 1 and rest[0] not in COMMON_SURNAMES else 0
    )


def _people(page: Page) -> Iterator[Span]:
    found = [
        *_not_called_after(page, _after_cues(page)),
        *_after_marks(page),
        *_lower_case(page),
        *_not_called_after(page, _by_list(page)),
    ]
    yield from found
    known = {page.text[span.start : span.end] for span in found}
    for span in (span for name in sorted(known) for span in _elsewhere(page, name)):
        if not CALLED_AFTER.match(page.text, span.end):
            yield span


def _not_called_after(page: Page, finds: Iterator[Span]) -> Iterator[Span]:
    for span in finds:
        called = CALLED_AFTER.match(page.text, span.end)
        if not called and not _IDENTIFIER.fullmatch(page.text, span.start, span.end):
            yield span


def _elsewhere(page: Page, name: str) -> Iterator[Span]:
    """Every other mention of a name: whole in any case and joint, each part as it is written."""
    parts = [part for part in _parts(name) if len(part.strip(".")) > 1]
    if len(parts) > 1:
        yield from _joined(page.low, [part.lower() for part in parts])
    for part in parts:
        low = _plain(part)
        if len(part) >= 3 and part[0].isupper() and low not in NOT_NAMES and low not in PARTICLES:
            for form in sorted({part, part.upper()}):
                yield from _mentions(page.text, form)


def _joined(low: str, parts: list[str]) -> Iterator[Span]:
    for first in _mentions(low, parts[0], closed=False):
        end = first.end
        for part in parts[1:]:
            place = low.find(part, end, end + len(part) + 2)
            if place < 0 or low[end:place].strip(" \t\n._-"):
                break
            end = place + len(part)
        else:
            if not low[end : end + 1].isalnum():
                yield Span(first.start, end, "PERSON", 0.7)


def _mentions(text: str, word: str, closed: bool = True) -> Iterator[Span]:
    """Where a word stands on its own; `closed` asks for a boundary at its end as well."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        begins = start == 0 or not text[start - 1].isalnum()
        if begins and not (closed and text[end : end + 1].isalnum()):
            yield Span(start, end, "PERSON", 0.65)
        start = text.find(word, end)


def _listed_words() -> Anchor:
    """Where a listed name stands with a capital first: an expression for each initial."""
    initials: dict[str, list[str]] = {}
    for name in sorted(GIVEN | SHARED_GIVEN | SURNAMES):
        rest = re.sub(r"[^\x00-\x7f]", r"\\xff", re.escape(name[1:]))
        initials.setdefault(name[0].upper(), []).append(rest + r"\b" * name[-1].isascii())
    sought = [rf"\b{initial}(?i:{'|'.join(rests)})" for initial, rests in initials.items()]
    return Anchor(sought[0], 64, 64, tuple(sought[1:]))


RULES: tuple[Rule, ...] = (
    FinderRule(
        "PERSON",
        _people,
        patterns=(
            sought_as(_CAPITALISED, _listed_words()),
            _LABELLED,
            sought_as(_MAILBOX, Anchor("@", 80, 2)),
            _LOWER_NAME,
        ),
        low=tuple(cue for cue, _, _ in CUES),
    ),
)
