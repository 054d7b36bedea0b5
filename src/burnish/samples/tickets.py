"""How people write to the service desk: the question of a ticket, sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from burnish.samples.lexicon import KINDS, TEAMS, THINGS, URGENCY
from burnish.samples.people import Person

_INTROS = (
    "Hi, this is {0}.",
    "Hello, my name is {0}.",
    "Good morning, this is {0} from the third floor.",
    "Dear team, my name is {0} and I work in the east wing.",
    "Hello all, I am {0} from the front office.",
)
_BARE_INTROS = ("Hello.", "Good morning.", "Dear service desk.", "Hi there.", "A short note.", "")
_CLOSINGS = ("Kind regards, {0}", "Thanks, {0}", "Best wishes, {0}", "Yours, {0}")
_BARE_CLOSINGS = ("Thank you.", "Many thanks.", "Thanks for your help.", "", "", "")

_PROBLEMS = (
    "The {0} in room {1} is not as it should be.",
    "Something is wrong with the {0} on level {1}.",
    "Our {0} has to be looked at.",
    "I would like somebody to come about the {0}.",
    "The {0} gives us trouble again.",
    "Since Monday the {0} has been a worry.",
    "We asked for a new {0} and nobody replied.",
    "Someone left a {0} in room {1}.",
    "Yesterday I noticed the {0} near gate {1}.",
    "There is a question about the {0} in the hall.",
    "You promised to check the {0} in house {1}.",
    "My colleague is unhappy with the {0}.",
    "Please have a look at the {0} beside room {1}.",
    "The {0} from last week is gone.",
    "We need another {0} for room {1}.",
    "What shall we do with the old {0}?",
    "The visitors in house {1} complained about the {0}.",
    "I cannot find the {0} that was in room {1}.",
    "The {0} does not please the guests.",
    "Could you take away the {0} near room {1}?",
)
_FILLERS = (
    "I was here all morning.",
    "I wrote about this before.",
    "The weather has been odd as well.",
    "My desk is by the stairs.",
    "I asked around but nobody knew.",
    "The key is with the front desk.",
    "Last year it was the same.",
    "I am in the house until five.",
    "We had guests over the weekend.",
    "Nobody told me whom to ask.",
    "You can come in by the side entrance.",
    "It happened after lunch.",
    "I took a picture of it.",
    "Please do not ring before nine.",
)
_SAID: dict[str, tuple[str, ...]] = {
    "EMAIL": ("My email is {0}.", "You can write to {0}.", "Mail reaches me at {0}."),
    "PHONE": ("My mobile is {0}.", "My phone number is {0}.", "Ring me on {0}."),
    "TFN": ("My tax file number is {0}.", "For the form, my TFN is {0}."),
    "ABN": ("The supplier has the ABN {0}.", "Our firm trades under ABN {0}."),
    "ACN": ("The company is registered as ACN {0}.", "The invoice shows ACN {0}."),
    "MEDICARE": ("My Medicare number is {0}.", "The nurse noted Medicare card {0}."),
    "CARD": ("I paid with card {0}.", "Please charge my credit card {0}."),
    "IBAN": ("Send the refund to IBAN {0}.", "My IBAN is {0}."),
    "BANK_ACCOUNT": ("My bank account is BSB {0}.", "Pay it back to BSB and account {0}."),
    "DATE_OF_BIRTH": ("I was born on {0}.", "My date of birth is {0}."),
    "ADDRESS": ("I live at {0}.", "Please send it to {0}."),
    "IP": ("The log shows IP address {0}.", "It came from IP {0}."),
    "SECRET": ("I used the API key {0} for it.", "The access token is {0}."),
}
_ASKS_CALL = ("Please call me back on {0}.", "Please confirm by phone on {0}.")
_ASKS_MAIL = ("Please confirm by mail to {0}.", "Please send me a reply to {0}.")


@dataclass(frozen=True)
class Subject:
    """What a ticket is about: the thing, its kind and the priority its wording asks for."""

    thing: str
    kind: str
    priority: int


@dataclass(frozen=True)
class Ticket:
    """A ticket with the company's answer and the personal data written into it."""

    subject: Subject
    question: str
    answer: str
    planted: dict[str, tuple[str, ...]]

    @property
    def team(self) -> str:
        """The team that takes the ticket."""
        return TEAMS[self.subject.kind]


def new_subject(random: Random) -> Subject:
    """A thing of an evenly drawn kind, and a priority."""
    kind = random.choice(KINDS)
    return Subject(random.choice(THINGS[kind]), kind, random.choice(tuple(URGENCY)))


class _Letter:
    """A ticket being written: takes sentences and notes the personal data in them."""

    def __init__(self, random: Random, person: Person) -> None:
        self.random, self.person = random, person
        self.planted: dict[str, tuple[str, ...]] = {}

    def says(self, category: str, frames: tuple[str, ...]) -> str:
        value = self.person.value(category)
        self.planted[category] = (value,)
        return self.random.choice(frames).format(value)

    def body(self, subject: Subject, categories: list[str]) -> list[str]:
        place = self.random.randint(1, 40)
        problem = self.random.choice(_PROBLEMS).format(subject.thing, place)
        sentences = [problem, self.random.choice(URGENCY[subject.priority]) + "."]
        sentences += self.random.sample(_FILLERS, self.random.randint(0, 3))
        sentences += [self.says(category, _SAID[category]) for category in categories]
        self.random.shuffle(sentences)
        return sentences

    def opening(self) -> str:
        named = self.random.random() < 0.6
        return self.says("PERSON", _INTROS) if named else self.random.choice(_BARE_INTROS)

    def closing(self) -> str:
        named = self.random.random() < 0.3
        return self.says("PERSON", _CLOSINGS) if named else self.random.choice(_BARE_CLOSINGS)

    def wish(self) -> tuple[str, str]:
        """The wish for a reply (or none) and what the answer says about it."""
        chance = self.random.random()
        if chance < 0.08:
            return self.says("PHONE", _ASKS_CALL), f" We will call {self.person.PHONE}."
        if chance < 0.16:
            return self.says("EMAIL", _ASKS_MAIL), f" We will write to {self.person.EMAIL}."
        return "", ""


def _mentioned(random: Random, only: Callable[[str], bool]) -> list[str]:
    categories = [category for category in _SAID if only(category)]
    return random.sample(categories, min(random.choice((0, 0, 1, 1, 2)), len(categories)))


def write_ticket(random: Random, person: Person, subject: Subject) -> Ticket:
    """A ticket of some 15 to 60 words by `person` about `subject`."""
    letter = _Letter(random, person)
    wish, promise = letter.wish()
    body = letter.body(subject, _mentioned(random, lambda one: one not in letter.planted))
    parts = [letter.opening(), *body, wish, letter.closing()]
    answer = f"This goes to team {TEAMS[subject.kind]} with priority {subject.priority}.{promise}"
    return Ticket(subject, " ".join(part for part in parts if part), answer, letter.planted)
