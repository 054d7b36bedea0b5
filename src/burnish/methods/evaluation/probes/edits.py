"""Small edits of a prompt that leave its answer as it is.

Pure functions of a text, what must stay in it, and a seeded draw. Numbers, markers and
placeholders, capitalised words and every word of the item's choices, answers and labels are never
touched; what is left may lose its first letter's case or its punctuation, gain blanks, or carry
one slip of the finger to a neighbouring key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random

from burnish.methods.evaluation.suites import Item

Edit = Callable[[str, Sequence[bool], Random], str | None]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: row[place - 1 : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, letter in enumerate(row)
}
_WORD = re.compile(r"[^\W\d_]+")
_LONG = re.compile(r"(?<![\w'])[a-z]{5,}(?![\w'])")
_PUNCTUATION = re.compile(r"[.,;:!?](?=\s|$)")
_KEPT = re.compile(
    r"\S*[\d_@/\\]\S*"  # numbers, addresses, paths
    r"|\[[^\]]*\]|<[^>]*>|\{[^}]*\}"  # placeholders and markers
    r"|(?<![\w'])[^\W\d_]*[A-Z][\w']*"  # names and abbreviations
)
_BLANKS = 3


def free(text: str, keep: Iterable[str] = ()) -> list[bool]:
    """Which characters may be edited: none of a number, a marker, a name or a word to keep.

    The first letter of the text counts as a name only where more of its word is capitalised.
    """
    open_ = [True] * len(text)
    for found in _KEPT.finditer(text):
        if not _begins(text, found):
            _close(open_, found.span())
    words = {word.lower() for kept in keep for word in _WORD.findall(kept)}
    for found in _WORD.finditer(text):
        if found.group().lower() in words:
            _close(open_, found.span())
    for kept in {one.strip() for one in keep} - {""}:
        for found in re.finditer(re.escape(kept), text, re.IGNORECASE):
            _close(open_, found.span())
    return open_


def first_letter(text: str, may: Sequence[bool], draw: Random) -> str | None:
    """The case of the first letter turned round."""
    found = _WORD.search(text)
    if found is None or not all(may[found.start() : found.end()]):
        return None
    place = found.start()
    turned = text[place].swapcase()
    if turned == text[place] or len(turned) != 1:
        return None
    return text[:place] + turned + text[place + 1 :]


def surplus_blanks(text: str, may: Sequence[bool], draw: Random) -> str | None:
    """Up to three single blanks doubled."""
    places = [place for place, letter in enumerate(text) if letter == " " and may[place]]
    if not places:
        return None
    doubled = set(draw.sample(places, min(_BLANKS, len(places))))
    return "".join(2 * one if place in doubled else one for place, one in enumerate(text))


def slip(text: str, may: Sequence[bool], draw: Random) -> str | None:
    """One letter inside a longer word replaced by its neighbour on the keyboard."""
    places = [
        place
        for found in _LONG.finditer(text)
        if all(may[found.start() : found.end()])
        for place in range(found.start() + 1, found.end() - 1)
    ]
    if not places:
        return None
    place = draw.choice(places)
    return text[:place] + draw.choice(_NEIGHBOURS[text[place]]) + text[place + 1 :]


def bare(text: str, may: Sequence[bool], draw: Random) -> str | None:
    """Punctuation at the ends of words dropped."""
    dropped = {found.start() for found in _PUNCTUATION.finditer(text) if may[found.start()]}
    if not dropped:
        return None
    return "".join(one for place, one in enumerate(text) if place not in dropped)


EDITS: Mapping[str, Edit] = {
    "case": first_letter,
    "blanks": surplus_blanks,
    "slip": slip,
    "punctuation": bare,
}


def edited(text: str, keep: Sequence[str], seed: str) -> tuple[str, str] | None:
    """The name of one edit, drawn among those that apply, and the text under it.

    The same text and seed give the same edit everywhere; None where none applies.
    """
    draw, may = Random(seed), free(text, keep)
    for name in draw.sample(sorted(EDITS), len(EDITS)):
        made = EDITS[name](text, may, draw)
        if made is not None and made.strip():
            return name, made
    return None


def edited_item(item: Item, seed: int) -> tuple[str, Item] | None:
    """The item with its last message edited, and the edit's name; None where none applies."""
    if not item.messages:
        return None
    last = item.messages[-1]
    keep = (*item.choices, *item.answers, *item.labels.values())
    made = edited(last.content, keep, f"{seed}:{item.id}")
    if made is None:
        return None
    return made[0], replace(item, messages=(*item.messages[:-1], replace(last, content=made[1])))


def _begins(text: str, found: re.Match[str]) -> bool:
    """Whether this is the first word of the text, capitalised as any sentence begins."""
    word = found.group()
    return not text[: found.start()].strip() and word[:1].isupper() and word[1:].islower()


def _close(open_: list[bool], span: tuple[int, int]) -> None:
    for place in range(*span):
        open_[place] = False
