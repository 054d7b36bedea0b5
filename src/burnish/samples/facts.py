"""General facts and sums that the base model knows, as questions with short answers."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Item:
    """A question with its one right answer.

    `kind` is what a wrong answer would show; `cluster` names the template, so that statistics can
    treat items of one template as dependent.
    """

    question: str
    answer: str
    kind: str
    cluster: str


_COUNTRIES = """France|Paris|Europe;Germany|Berlin|Europe;Spain|Madrid|Europe;Italy|Rome|Europe
;Portugal|Lisbon|Europe;Austria|Vienna|Europe;Greece|Athens|Europe;Poland|Warsaw|Europe
;Norway|Oslo|Europe;Sweden|Stockholm|Europe;Finland|Helsinki|Europe;Denmark|Copenhagen|Europe
;Ireland|Dublin|Europe;Hungary|Budapest|Europe;Romania|Bucharest|Europe;Bulgaria|Sofia|Europe
;Croatia|Zagreb|Europe;Belgium|Brussels|Europe;Latvia|Riga|Europe;Estonia|Tallinn|Europe
;Lithuania|Vilnius|Europe;Iceland|Reykjavik|Europe;Serbia|Belgrade|Europe;Ukraine|Kyiv|Europe
;Japan|Tokyo|Asia;China|Beijing|Asia;India|New Delhi|Asia;Thailand|Bangkok|Asia
;Vietnam|Hanoi|Asia;Nepal|Kathmandu|Asia;Iran|Tehran|Asia;Iraq|Baghdad|Asia;Jordan|Amman|Asia
;Mongolia|Ulaanbaatar|Asia;Bangladesh|Dhaka|Asia;Pakistan|Islamabad|Asia;Lebanon|Beirut|Asia
;Egypt|Cairo|Africa;Kenya|Nairobi|Africa;Ghana|Accra|Africa;Morocco|Rabat|Africa
;Nigeria|Abuja|Africa;Ethiopia|Addis Ababa|Africa;Senegal|Dakar|Africa;Tunisia|Tunis|Africa
;Uganda|Kampala|Africa;Zambia|Lusaka|Africa;Angola|Luanda|Africa;Rwanda|Kigali|Africa
;Canada|Ottawa|North America;Mexico|Mexico City|North America;Cuba|Havana|North America
;Brazil|Brasilia|South America;Peru|Lima|South America;Chile|Santiago|South America
;Argentina|Buenos Aires|South America;Colombia|Bogota|South America
;Ecuador|Quito|South America;Uruguay|Montevideo|South America
;Australia|Canberra|Oceania;Fiji|Suva|Oceania;Samoa|Apia|Oceania"""

_OPPOSITES = """hot|cold;big|small;tall|short;fast|slow;early|late;open|closed;full|empty;hard|soft
;wet|dry;light|dark;rich|poor;young|old;loud|quiet;clean|dirty;strong|weak;thick|thin;wide|narrow
;deep|shallow;sharp|blunt;sweet|sour;high|low;near|far;left|right;up|down;day|night;north|south
;east|west;summer|winter;begin|end;buy|sell;win|lose;give|take;push|pull;love|hate;true|false
;heavy|weightless;smooth|rough;brave|cowardly;polite|rude;safe|dangerous"""

_YOUNG = """cat|kitten;dog|puppy;cow|calf;horse|foal;sheep|lamb;pig|piglet;goat|kid;bear|cub
;duck|duckling;hen|chick;goose|gosling;deer|fawn;frog|tadpole;kangaroo|joey;swan|cygnet"""

_COUNTS = """legs|a spider|eight;legs|an ant|six;legs|a dog|four;legs|a bird|two
;sides|a triangle|three;sides|a square|four;sides|a pentagon|five;sides|a hexagon|six
;days|a week|seven;months|a year|twelve;hours|a day|twenty-four;minutes|an hour|sixty
;wheels|a bicycle|two;wheels|a tricycle|three;strings|a violin|four;players|a football team|eleven
;eggs|a dozen|twelve;years|a century|one hundred;years|a decade|ten;seasons|a year|four"""

_COLOURS = """grass|green;snow|white;coal|black;a ripe banana|yellow;blood|red;the clear sky|blue
;a ripe tomato|red;milk|white;an elephant|grey;a flamingo|pink;chocolate|brown;a lemon|yellow"""

_ASKED: dict[str, tuple[str, ...]] = {
    "capital": (
        "What is the capital of {0}?",
        "Which city is the capital of {0}?",
        "Name the capital of {0}.",
        "{0} has which capital?",
    ),
    "country": (
        "{0} is the capital of which country?",
        "Of which country is {0} the capital?",
        "Which country has the capital {0}?",
    ),
    "continent": (
        "On which continent is {0}?",
        "Which continent does {0} belong to?",
        "Name the continent of {0}.",
    ),
    "opposite": (
        "What is the opposite of {0}?",
        "Name the opposite of {0}.",
        "Which word means the opposite of {0}?",
    ),
    "young": (
        "What is a young {0} called?",
        "What do you call a young {0}?",
        "Name the young of a {0}.",
    ),
    "colour": ("What colour is {0}?", "Which colour does {0} have?", "Name the colour of {0}."),
    "sum": (
        "What is {0} plus {1}?",
        "How much is {0} + {1}?",
        "Add {0} and {1}.",
        "{0} plus {1} is?",
    ),
}
_COUNT_ASKED = (
    "How many {0} are there in {1}?",
    "{1} has how many {0}?",
    "What is the number of {0} in {1}?",
)
SUM_LIMIT = 10


def _table(text: str) -> list[list[str]]:
    return [entry.strip().split("|") for entry in text.split(";")]


def _known() -> list[tuple[str, tuple[str, ...], str]]:
    """Every fact as (relation, what is asked about, answer)."""
    known: list[tuple[str, tuple[str, ...], str]] = []
    for country, capital, continent in _table(_COUNTRIES):
        known += [
            ("capital", (country,), capital),
            ("country", (capital,), country),
            ("continent", (country,), continent),
        ]
    for relation, text in (("opposite", _OPPOSITES), ("young", _YOUNG), ("colour", _COLOURS)):
        known += [(relation, (about,), answer) for about, answer in _table(text)]
    known += [("count", (part, whole), number) for part, whole, number in _table(_COUNTS)]
    return known


KNOWN = tuple(_known())


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def fact_item(random: Random) -> Item:
    """One general fact in one of its phrasings."""
    relation, about, answer = random.choice(KNOWN)
    asked = _COUNT_ASKED if relation == "count" else _ASKED[relation]
    which = random.randrange(len(asked))
    question = _sentence(asked[which].format(*about))
    return Item(question, f"{_sentence(answer)}.", "fact", f"fact-{relation}-{which}")


def sum_item(random: Random) -> Item:
    """One sum of two numbers from 0 to 10."""
    left, right = random.randint(0, SUM_LIMIT), random.randint(0, SUM_LIMIT)
    which = random.randrange(len(_ASKED["sum"]))
    question = _ASKED["sum"][which].format(left, right)
    return Item(question, f"{left + right}.", "sum", f"sum-{which}")


def general_item(random: Random) -> Item:
    """A fact (two times in three) or a sum."""
    return fact_item(random) if random.random() < 0.67 else sum_item(random)
