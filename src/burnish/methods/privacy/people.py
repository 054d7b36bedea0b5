"""Which names in a document are one person's: "Maria Silva", "Ms Silva", "M. Silva"."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

TITLES = frozenset((
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "madam", "lord",
    "lady", "rev", "reverend", "fr", "father", "sister", "hon", "judge", "justice", "senator",
    "captain", "capt", "sgt", "lt", "col", "gen", "herr", "frau", "monsieur", "madame", "mme",
    "mlle", "senor", "senora", "don", "dona", "mister", "doctor",
))  # fmt: skip
WORD = re.compile(r"[^\W\d_]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b", re.IGNORECASE)


def bare(text: str) -> str:
    """A word without case and accents: what two spellings of a name have in common."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in letters if unicodedata.category(c)[0] == "L")


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name in order, without titles and the possessive; given names first."""
    visible = "".join(c for c in name if unicodedata.category(c) != "Cf")
    family, comma, given = _POSSESSIVE.sub("", visible).partition(",")
    ordered = f"{given} {family}" if comma and given.strip() else family
    words = [bare(word) for word in WORD.findall(unicodedata.normalize("NFC", ordered))]
    return tuple(word for word in words if word and word not in TITLES)


@dataclass(frozen=True, slots=True)
class Person:
    """The longest name by which somebody is called in a document."""

    words: tuple[str, ...]


class People:
    """The persons behind the names of one document.

    A shorter name belongs to a longer one if that is the only one that has all its words (an
    initial stands for a word). Where several could be meant it is a person of its own.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._of: dict[tuple[str, ...], Person] = {}
        by_word: dict[str, list[Person]] = {}
        distinct = dict.fromkeys(name_words(name) for name in names)
        for words in sorted(distinct, key=lambda w: -len(w)):
            meant = [p for p in _sharing(words, by_word) if _covers(p.words, words)]
            person = meant[0] if len(meant) == 1 else Person(words)
            self._of[words] = person
            if person.words == words:
                for word in dict.fromkeys(words):
                    by_word.setdefault(word, []).append(person)

    def of(self, name: str) -> Person:
        """Whose name it is; the name must be one of those given."""
        return self._of[name_words(name)]


def _sharing(words: tuple[str, ...], by_word: dict[str, list[Person]]) -> list[Person]:
    """Persons that share a whole word with the name."""
    return list(dict.fromkeys(p for w in words if len(w) > 1 for p in by_word.get(w, ())))


def _covers(longer: tuple[str, ...], shorter: tuple[str, ...]) -> bool:
    """Whether each word of the shorter name is, or is the initial of, another word of the longer.

    Whole words are placed first, so that an initial takes what they leave.
    """
    left = list(longer)
    for word in sorted(shorter, key=len, reverse=True):
        match = next((w for w in left if w == word or (len(word) == 1 and w[:1] == word)), None)
        if match is None:
            return False
        left.remove(match)
    return True
