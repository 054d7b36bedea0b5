"""Dates of birth: any written date that a word of birth stands beside."""

import re

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.rule import PatternRule, Rule

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NUMERIC_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:(?:19|20)\d\d|'?\d\d)"
_SEPARATOR = r"(?:\.|[ ]?[/\-][ ]?)"
_TIME = r"(?:(?:[T]| )\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?Z|[+-]\d{2}:?\d{2})?)?"
_NUMERIC = (
    rf"(?:19|20)\d\d{_SEPARATOR}{_NUMERIC_MONTH}{_SEPARATOR}{_DAY}{_TIME}"
    rf"|{_DAY}{_SEPARATOR}{_NUMERIC_MONTH}{_SEPARATOR}{_YEAR}"
    rf"|{_NUMERIC_MONTH}{_SEPARATOR}{_DAY}{_SEPARATOR}{_YEAR}"
    rf"|{_DAY}\.? {_NUMERIC_MONTH}\.? (?:19|20)\d\d"
    rf"|{_DAY}[/. ](?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[/. ]{_YEAR}"
    rf"|(?:19|20)\d\d[01]\d[0-3]\d|[0-3]\d[01]\d(?:19|20)\d\d"
)
_WORDED = (
    rf"(?:the )?{_DAY}(?:st|nd|rd|th)?(?:[ -]|,|\.| of | day of )?[ ]?{_MONTH}[ ,-]{{0,2}}{_YEAR}"
    rf"|{_MONTH}[ -]?{_DAY}(?:st|nd|rd|th)?[ ,-]{{1,2}}{_YEAR}"
    rf"|(?:19|20)\d\d[ -]{_MONTH}[ -]{_DAY}"
    rf"|{_MONTH}[ ,-]{{1,2}}(?:19|20)\d\d"
)
_DATE = re.compile(
    rf"(?<![\w])(?<!\d[./-])(?:{_NUMERIC}|{_WORDED})(?![\w])(?![./-]\d)(?!, ?(?:19|20)\d\d)",
    re.IGNORECASE,
)
_NO_YEAR = re.compile(
    rf"(?<![\w])(?<!\d[./-])(?:(?:the )?{_DAY}(?:st|nd|rd|th)?(?: of|-the)?[ -]{_MONTH}"
    rf"|{_MONTH}[ -](?:the )?{_DAY}(?:st|nd|rd|th)?|{_DAY}[/-]{_NUMERIC_MONTH}"
    rf"|{_NUMERIC_MONTH}[/-]{_DAY})"
    r"(?![\w])(?![./-]\d)",
    re.IGNORECASE,
)
_NEEDLES = ("dob", "d.o.b", "d-o-b", "born", "birth", "b'day", "bday", "d o b")
_BIRTH = r"(?:d[.\- ]?o[.\- ]?b\.?|birth[ _-]?(?:date|day)?|born|b'?day)"
_BEFORE = re.compile(rf"(?<![a-z]){_BIRTH}(?![a-z])[^\d]{{0,40}}$")
_RIGHT_BEFORE = re.compile(
    rf"(?<![a-z]){_BIRTH}(?![a-z])[\"')]{{0,2}}(?: ?[:=-])?"
    r"(?: ?(?:is|was|on|falls on|will be|the|coming up on|this|\(dd/mm\)))*[ \"']{0,3}$"
)
_LABELLED_BEFORE = re.compile(r"birth[ _-]?date[^\d]{0,40}$")
_HEADED = re.compile(
    rf"(?<![a-z]){_BIRTH}(?![a-z])[^\n]{{0,30}}\n(?:[^\n]{{0,30}}[,;|\t] ?[\"']?)?$"
)
_AFTER = re.compile(
    rf"[^\w\d\n]{{0,4}}(?:(?:is|was|as|being)? ?(?:my|his|her|their|the|your) (?:\w+ )?)?"
    rf"(?:date of )?(?<![a-z]){_BIRTH}(?![a-z])"
)


def _beside_birth(page: Page, start: int, end: int) -> float:
    window = page.low[max(0, start - 60) : start]
    if any(words.search(window) for words in (_BEFORE, _LABELLED_BEFORE, _HEADED)):
        return 0.95
    return 0.85 if _AFTER.match(page.low, end, end + 48) else 0.0


def _right_after_birth(page: Page, start: int, end: int) -> float:
    """A day without its year: the word must stand right before it, or right after."""
    if _RIGHT_BEFORE.search(page.low, max(0, start - 40), start):
        return 0.85
    return 0.75 if _AFTER.match(page.low, end, end + 48) else 0.0


RULES: tuple[Rule, ...] = (
    PatternRule("DATE_OF_BIRTH", _DATE, _beside_birth, _NEEDLES),
    PatternRule("DATE_OF_BIRTH", _NO_YEAR, _right_after_birth, _NEEDLES),
)
