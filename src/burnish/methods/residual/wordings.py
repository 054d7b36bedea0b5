"""Identifiers made of words: mailboxes, names after their cues, streets, spelt dates of birth."""

from collections.abc import Iterator

from burnish.methods.residual.finding import Finding
from burnish.methods.residual.stream import BLANK, DIGITS, LETTERS, LINE, Stream

_TITLES = {"mr", "mrs", "ms", "dr", "prof", "mx"}
_ROADS = {
    "street", "st", "road", "rd", "avenue", "ave", "lane", "drive", "court", "crescent", "parade",
    "terrace", "highway", "boulevard", "close", "grove", "esplanade", "circuit", "tce", "pde",
    "cres",
    "hwy", "blvd",
}  # fmt: skip
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october",
    "november", "december",
)  # fmt: skip
_BIRTH = {"dob", "birth", "born", "birthday"}
_INTRODUCTIONS = (["this", "is"], ["i", "am"])
_CLOSINGS = {"regards", "sincerely", "cheers", "wishes", "faithfully", "thanks", "yours"}
_NO_NAMES = {
    "the", "team", "all", "this", "that", "sir", "madam", "support", "service", "desk", "help",
    "it",
    "everyone", "customer", "january", "february", "march", "april", "may", "june", "july",
    "august",
    "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday", "sunday", "i", "we", "you", "please", "thank", "thanks", "my", "our", "a",
    "an", "in", "on", "for", "if", "and", "or", "but", "when", "manager", "president", "speaker",
    "regards", "bye", "cheers",
    "chairman", "not", "hello", "hi", "dear", "best", "kind", "is", "are", "to", "from", "at", "no",
    "what", "who", "how", "why", "there", "here", "they", "he", "she", "see", "also", "however",
}  # fmt: skip
_LOCAL_MARKS = frozenset("._+-%'")
_HOST_MARKS = frozenset(".-")


def words_in(stream: Stream) -> Iterator[Finding]:
    """The findings that begin at a mark or a word."""
    for index, token in enumerate(stream.tokens):
        if token.text == "@":
            yield from _mailbox(stream, index)
        elif token.kind == LETTERS:
            yield from _name(stream, index)
            yield from _worded_birth(stream, index)
        elif token.kind == DIGITS and len(token.text) <= 5:
            yield from _street(stream, index)
            yield from _box(stream, index)


def _mailbox(stream: Stream, at: int) -> Iterator[Finding]:
    first, last = at, at
    while _belongs(stream, first - 1, _LOCAL_MARKS):
        first -= 1
    while _belongs(stream, last + 1, _HOST_MARKS):
        last += 1
    while last > at and stream.at(last) in _HOST_MARKS:
        last -= 1
    dotted = any(stream.at(place) == "." for place in range(at + 1, last))
    if first < at and dotted and stream.kind(last) == LETTERS and len(stream.at(last)) >= 2:
        yield Finding(stream.tokens[first].start, stream.tokens[last].end, "EMAIL", 0.97)


def _belongs(stream: Stream, index: int, marks: frozenset[str]) -> bool:
    return stream.kind(index) in (LETTERS, DIGITS) or (index >= 0 and stream.at(index) in marks)


def _capitalised(stream: Stream, index: int) -> bool:
    word = stream.at(index)
    proper = stream.kind(index) == LETTERS and len(word) > 1 and word[0].isupper()
    return proper and word.lower() not in _NO_NAMES


def _name(stream: Stream, index: int) -> Iterator[Finding]:
    low = stream.low[index]
    if low in _TITLES and stream.at(index)[0].isupper():
        dot = 1 if stream.at(index + 1) == "." else 0
        yield from _names_from(stream, index + 1 + dot, 1, 0.85)
    elif low == "is" and stream.words_before(index, 2) == ["name", "my"]:
        yield from _names_from(stream, index + 1, 1, 0.92)
    elif low in _CLOSINGS or [*stream.words_before(index, 1), low] in _INTRODUCTIONS:
        yield from _names_from(stream, index + 1, 2, 0.85, stop=True)
    elif low == "name" and stream.at(index + 1) == ":":
        yield from _names_from(stream, index + 2, 2, 0.85)


def _names_from(
    stream: Stream, index: int, least: int, confidence: float, stop: bool = False
) -> Iterator[Finding]:
    """A run of at least `least` capitalised words; `stop`: an end or a mark must follow it."""
    while stream.kind(index) in (BLANK, LINE) or stream.at(index) == ",":
        index += 1
    last, count = index, 0
    while _capitalised(stream, last):
        count, last = count + 1, last + 2
        if stream.kind(last - 1) != BLANK and stream.at(last - 1) not in ("-", "'"):
            break
    end = last - 2
    closed = stream.kind(end + 1) != BLANK or stream.at(end + 2) in ("from", "and", "here")
    if least <= count <= 4 and (closed or not stop):
        yield Finding(stream.tokens[index].start, stream.tokens[end].end, "PERSON", confidence)


def _street(stream: Stream, index: int) -> Iterator[Finding]:
    """A number (`12` or `12A`), one to three capitalised words and the kind of a street."""
    suffix = 1 if stream.kind(index + 1) == LETTERS and len(stream.at(index + 1)) == 1 else 0
    place, words = index + 2 + suffix, 0
    if stream.kind(index + 1 + suffix) != BLANK or stream.kind(index - 1) == LETTERS:
        return
    while words < 4 and stream.kind(place) == LETTERS and stream.at(place)[0].isupper():
        if words and stream.low[place] in _ROADS:
            yield Finding(stream.tokens[index].start, stream.tokens[place].end, "ADDRESS", 0.86)
            return
        words, place = words + 1, place + 2


def _box(stream: Stream, index: int) -> Iterator[Finding]:
    """A number right after `PO Box` or one of its like."""
    box = index - 2
    if box < 0 or stream.low[box] != "box" or stream.kind(index - 1) != BLANK:
        return
    if stream.words_before(box, 2)[:1] in (["po"], ["gpo"], ["office"]):
        yield Finding(stream.tokens[box].start, stream.tokens[index].end, "ADDRESS", 0.9)


def _worded_birth(stream: Stream, index: int) -> Iterator[Finding]:
    """A month with a day beside it and a year after it, a word of birth before them."""
    low = stream.low[index]
    if len(low) < 3 or not any(month == low or month[:3] == low for month in _MONTHS):
        return
    near = [place for place in range(index - 5, index + 6) if stream.kind(place) == DIGITS]
    days = [place for place in near if len(stream.at(place)) <= 2]
    years = [place for place in near if place > index and len(stream.at(place)) == 4]
    if days and years and _BIRTH & set(stream.words_before(min(days[0], index), 6)):
        start, end = stream.tokens[min(days[0], index)].start, stream.tokens[years[0]].end
        yield Finding(start, end, "DATE_OF_BIRTH", 0.9)
