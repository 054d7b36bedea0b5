"""Names of people: where they are introduced, and known names side by side in running text."""

import itertools
import re
from collections.abc import Iterator

from burnish.methods.residual.finding import Finding
from burnish.methods.residual.names import DOUBTFUL, FAMILY, GIVEN, PLAIN
from burnish.methods.residual.sheet import MASKED, PERSON, Sheet

_UP = "A-ZÀ-ÖØ-ÞĀ-Ž"
_NAME = rf"[{_UP}][\w'’\-]{{1,30}}"
_PAIR = re.compile(rf"({_NAME})((?: [{_UP}]\.?)? {{1,2}})({_NAME})")
_TITLED = re.compile(rf"[MDP](?:rs?|s|x|rof)\.? ((?:[{_UP}]\. )?{_NAME}(?: {_NAME})?)")
_NAMES = rf"({_NAME}(?: {{1,2}}{_NAME}){{1,3}})"
_TOLD = re.compile(rf" {{1,2}}({_NAME}(?: {{1,2}}{_NAME}){{0,3}})")
_SELF = re.compile(rf" {{1,2}}{_NAMES}(?=[.,!\n]|\Z| +(?:from|and|here|writing|calling)\b)")
_BELOW = re.compile(rf",?\s{{1,3}}{_NAMES}(?=\s*(?:[.\n\0]|\Z))")
_SIGNED = re.compile(rf"\n[ \t]*({_NAME}(?: {_NAME}){{1,3}})[ \t]*(?=\n|\Z|\0)")
_CLOSED = re.compile(r"(?:regards|sincerely|cheers|wishes|faithfully|thanks|yours),?\s*\Z")
_INSIDE = tuple("@/.-_")
_LEFT = re.compile(rf"{PERSON}+ ({_NAME})|(?<![\w@/.\-])({_NAME}) {PERSON}")


def people_in(sheet: Sheet) -> Iterator[Finding]:
    """The findings of every cue, and of known pairs."""
    yield from _pairs(sheet)
    yield from _cued(sheet)
    yield from _small_pairs(sheet)
    if PERSON in sheet.text:
        yield from _left_over(sheet)


def _pairs(sheet: Sheet) -> Iterator[Finding]:
    text, place = sheet.text, 0
    while match := _PAIR.search(text, place):
        first, last = _plain(match[1]), _plain(match[3])
        confidence = _confidence(first, last)
        if confidence and sheet.text[match.start() - 1 : match.start()] not in _INSIDE:
            end = match.end() - _tail(match[3])
            yield Finding(match.start(), end, "PERSON", confidence)
            place = match.end()
        else:
            place = match.start(3)


def _confidence(first: str, last: str) -> float:
    """How sure two capitalised words are a name; 0 where they are none."""
    if first in PLAIN or last in PLAIN:
        return 0.0
    given = first in GIVEN and first not in DOUBTFUL
    family = last in FAMILY
    if given and family:
        return 0.95
    if given and last not in GIVEN and len(last) > 2:
        return 0.84
    return 0.84 if first in GIVEN and family else 0.0


def _plain(word: str) -> str:
    """A word in lower case without its possessive."""
    return word.lower().replace("’", "'").removesuffix("'s").strip("'-")


def _tail(word: str) -> int:
    return 2 if word.lower().endswith(("'s", "’s")) else 0


_CUES = (
    (("my name is", "full name:"), _TOLD, True),
    (("name is", "name:", "this is"), _TOLD, False),
    (("i am", "i'm"), _SELF, True),
    (("regards", "wishes", "sincerely", "cheers", "faithfully"), _BELOW, True),
)


def _cued(sheet: Sheet) -> Iterator[Finding]:
    for match in _TITLED.finditer(sheet.text):
        if not sheet.text[match.start() - 1 : match.start()].isalnum():
            yield from _introduced(match, known=True)
    for match in _SIGNED.finditer(sheet.text):
        named = [_plain(word) not in PLAIN for word in match[1].split()]
        if all(named) and _CLOSED.search(sheet.before(match.start(), 16)):
            yield from _introduced(match, known=True)
    for cues, form, known in _CUES:
        for told in (form.match(sheet.text, place) for cue in cues for place in sheet.places(cue)):
            yield from _introduced(told, known) if told else ()


def _introduced(match: re.Match[str], known: bool) -> Iterator[Finding]:
    """The capitalised words after a cue, up to the first that no name has."""
    words = _WORDS.finditer(match.string, *match.span(1))
    kept = list(itertools.takewhile(lambda word: _plain(word[0]) not in PLAIN, words))
    if kept and (known or any(_plain(word[0]) in _KNOWN for word in kept)):
        yield Finding(match.start(1), kept[-1].end() - _tail(kept[-1][0]), "PERSON", 0.85)


_WORDS = re.compile(r"[^ ]+")
_KNOWN = GIVEN | FAMILY


def _small_pairs(sheet: Sheet) -> Iterator[Finding]:
    """A given and a family name side by side in lower case, as in chat."""
    words, place = sheet.words, 0
    for index in [i for i, word in enumerate(words[:-1]) if word in _SURE_GIVEN]:
        first, second = words[index], words[index + 1]
        last = _plain(second.rstrip(".,;:!?)\"'"))
        if last in _SURE and second[0].islower():
            pair = re.compile(rf"\b{re.escape(first)}\s+{re.escape(last)}\b")
            match = pair.search(sheet.text, place)
            if match:
                place = match.end()
                yield Finding(*match.span(), "PERSON", 0.84)


_SURE_GIVEN = GIVEN - DOUBTFUL - PLAIN
_WORDS_TOO = frozenset(
    [
        "abbott",
        "bell",
        "black",
        "brooks",
        "brown",
        "burns",
        "butler",
        "carpenter",
        "carr",
        "chapman",
        "clark",
        "cook",
        "cooper",
        "cox",
        "cross",
        "day",
        "field",
        "fisher",
        "fletcher",
        "foster",
        "freeman",
        "gardner",
        "grant",
        "gray",
        "green",
        "greene",
        "hall",
        "hart",
        "hayes",
        "holmes",
        "hunt",
        "hunter",
        "king",
        "knight",
        "lane",
        "law",
        "lawson",
        "li",
        "lim",
        "lin",
        "long",
        "lowe",
        "mann",
        "marsh",
        "mason",
        "miller",
        "moore",
        "morales",
        "page",
        "palmer",
        "park",
        "parker",
        "perry",
        "porter",
        "powell",
        "price",
        "reed",
        "reid",
        "rice",
        "rich",
        "roy",
        "sanders",
        "shaw",
        "silva",
        "spencer",
        "stone",
        "tan",
        "taylor",
        "tucker",
        "turner",
        "walker",
        "wall",
        "ward",
        "warren",
        "watts",
        "way",
        "weaver",
        "webb",
        "weber",
        "wells",
        "west",
        "wheeler",
        "white",
        "wolf",
        "wood",
        "woods",
        "wright",
        "young",
        "das",
        "costa",
        "obi",
        "sato",
        "saito",
    ]
)
_SURE = FAMILY - _WORDS_TOO - PLAIN


def _left_over(sheet: Sheet) -> Iterator[Finding]:
    """A family name beside a mask token: half a name was left."""
    for match in _LEFT.finditer(sheet.text):
        group = 1 if match[1] else 2
        word = _plain(match[group])
        known = word in _SURE or (group == 2 and word in GIVEN and word not in DOUBTFUL)
        if known and MASKED not in match[0]:
            yield Finding(*match.span(group), "PERSON", 0.84)
