"""From any text to its regular form, and the names of what changed it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from burnish.methods.normalise.boilerplate import without_boilerplate_lines
from burnish.methods.normalise.characters import has_control, line_feeds, without_control
from burnish.methods.normalise.closing import without_closing
from burnish.methods.normalise.lines import says_something, without_last_blanks
from burnish.methods.normalise.mojibake import left_readable, repaired
from burnish.methods.normalise.replies import without_replies
from burnish.methods.normalise.settings import ORDER, Settings

Normalised = tuple[str, tuple[str, ...]]

_TURNS = 8


def normalise(text: str, settings: Settings) -> Normalised:
    """The text in its regular form, and what changed it, in the order of `ORDER`.

    Normalising twice changes nothing, and the time is linear in the length of any text. A text
    never grows but by its Unicode form. No step leaves a text empty that was not: what is only a
    quotation or a disclaimer is kept whole.
    """
    names: set[str] = set()
    text = _regular(text, settings, names)
    if settings.quoted_replies or settings.signatures or settings.boilerplate:
        text = _own_words(text, settings, names)
    return text, tuple(name for name in ORDER if name in names) if names else ()


def normalise_all(texts: Iterable[str], settings: Settings) -> list[Normalised]:
    """`normalise` of each text."""
    return [normalise(text, settings) for text in texts]


def _regular(text: str, settings: Settings, names: set[str]) -> str:
    """Characters in their regular form; every step acts within a line.

    One step may make work for another (a control character within mojibake, a letter composed
    into it), so they are taken again until nothing changes. Lines that do not settle are made to
    do so: no text of people comes near it.
    """
    for _ in range(_TURNS):
        before, text = text, _turn(text, settings, names)
        if text == before:
            return text
    lines = text.split("\n")
    return "\n".join(
        line if _turn(line, settings, names) == line else left_readable(line) for line in lines
    )


def _turn(text: str, settings: Settings, names: set[str]) -> str:
    if text.isascii():
        return _controlled(text, names) if settings.control else text
    if settings.control:
        # C1 controls are evidence of mojibake, so they go after its repair.
        text = _controlled(text, names, high=not settings.mojibake)
    if settings.mojibake:
        text = _told(text, repaired(text), "mojibake", names)
        if settings.control:
            text = _controlled(text, names)
    if settings.form != "none":
        formed = unicodedata.normalize(settings.form, text)
        text = _told(text, formed, settings.form.lower(), names)
    return text


def _controlled(text: str, names: set[str], *, high: bool = True) -> str:
    if not has_control(text):
        return text
    text = _told(text, line_feeds(text, high=high), "newlines", names)
    text = _told(text, without_control(text, high=False), "control", names)
    return _told(text, without_control(text, high=True), "control", names) if high else text


def _told(before: str, after: str, name: str, names: set[str]) -> str:
    if after != before:
        names.add(name)
    return after


def _own_words(text: str, settings: Settings, names: set[str]) -> str:
    """The text without what its writer did not write in it; whole lines go, in a fixed order."""
    lines = before = text.split("\n")
    if settings.boilerplate:
        rest = without_boilerplate_lines(lines)
        if len(rest) != len(lines) and says_something(rest):
            lines = rest
            names.add("boilerplate")
    if settings.quoted_replies:
        lines = without_replies(lines, names)
    if settings.signatures or settings.boilerplate:
        lines = without_closing(lines, settings, names)
    return text if lines is before else "\n".join(without_last_blanks(lines))
