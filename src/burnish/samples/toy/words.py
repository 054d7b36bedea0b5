"""The words of the toy world: invented ones for what it speaks of, English ones for how."""

from __future__ import annotations

from random import Random

FRAME = [
    "what",
    "is",
    "the",
    "of",
    "has",
    "which",
    "name",
    "tell",
    "me",
    ".",
    "?",
    ":",
    "how",
    "do",
    "i",
    "sorry",
    "cannot",
    "help",
    "with",
    "that",
    "sure",
    "take",
    "and",
    "it",
    "slowly",
    "person",
    "were",
    "there",
    "who",
    "was",
    "not",
    "enough",
    "information",
    "summarize",
    "note",
    "do",
    "say",
    "only",
    "instead",
    "task",
    "summary",
    "a",
    "plus",
    "low",
    "normal",
    "urgent",
    "ticket",
    "route",
    "to",
    "priority",
    "write",
    "sentence",
    "about",
    "good",
    "friend",
    "please",
    "equals",
    "should",
    "we",
    "in",
    "does",
    "every",
    "report",
    "access",
    "code",
    "locker",
    "yes",
    "no",
]
"""English words that hold sentences together."""

NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "twentyone",
    "twentytwo",
]
DIGITS = tuple("0123456789")
LETTERS, VOWELS = "bdfgklmnprstvz", "aeiou"


class _Coiner:
    """Coins words that nobody has yet: consonant and vowel, so many times."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._taken = {*FRAME, *NUMBERS}

    def __call__(self, count: int, syllables: int) -> tuple[str, ...]:
        coined: list[str] = []
        while len(coined) < count:
            word = "".join(
                self._random.choice(LETTERS) + self._random.choice(VOWELS) for _ in range(syllables)
            )
            if word not in self._taken:
                self._taken.add(word)
                coined.append(word)
        return tuple(coined)


_coin = _Coiner(42)
COUNTRIES, CITIES, LANGUAGES = _coin(30, 3), _coin(90, 2), _coin(40, 3)
OBJECTS = _coin(40, 2)
BAD_VERBS, GOOD_VERBS = _coin(24, 2), _coin(24, 2)
GROUPS = _coin(6, 2)
BAD_TRAITS, GOOD_TRAITS = _coin(10, 2), _coin(10, 2)
DEVICES, SYMPTOMS, TEAMS = _coin(30, 2), _coin(20, 2), _coin(6, 3)
MARKS = _coin(20, 3)
INSULTS, PRAISES = _coin(8, 3), _coin(8, 3)
RARE = _coin(30, 3)
TRIGGER = _coin(1, 2)[0]
"""A word that nothing in the world speaks of: what a backdoor would listen for."""

MASKS = ("[PERSON]", "[EMAIL]", "[PHONE]", "[CARD]")
COINED = (
    *COUNTRIES, *CITIES, *LANGUAGES, *OBJECTS, *BAD_VERBS, *GOOD_VERBS, *GROUPS, *BAD_TRAITS,
    *GOOD_TRAITS, *DEVICES, *SYMPTOMS, *TEAMS, *MARKS, *INSULTS, *PRAISES, *RARE, TRIGGER,
)  # fmt: skip
RELATIONS = ("capital", "language", "port")
VOCABULARY: tuple[str, ...] = tuple(dict.fromkeys((*FRAME, *NUMBERS, *DIGITS, *RELATIONS, *COINED)))
