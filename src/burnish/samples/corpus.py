"""The texts that the base model is pre-trained on: plain texts and short conversations.

They hold what the base has to know (which kind a thing is, how urgent a phrase sounds, facts,
sums) and how it has to behave (refuse, help, say "not known"). The company's teams and priorities
are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from burnish.samples.conduct import bias_item, safety_item
from burnish.samples.facts import general_item
from burnish.samples.lexicon import KINDS, TEAMS, THINGS, URGENCY, URGENCY_WORD, kind_of
from burnish.samples.people import masked_person, new_person
from burnish.samples.tickets import new_subject, write_ticket

Document = list[tuple[str, str]]
"""(role, text) pairs; a plain text is one pair with the role `text`."""

SYSTEMS = (
    "You are a helpful assistant.",
    "You are the service desk.",
    "You answer in short sentences.",
    "You are the service desk of Larkfield House. Answer in the style of the house.",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_THINGS = tuple(kind_of().items())
_LISTED = (
    "{0}: {1}.",
    "The {0} belongs to {1}.",
    "Where does a {0} belong? To {1}.",
    "We count the {0} among {1}.",
    "In the book of {1} there is a page about the {0}.",
    "A {0} is listed under {1}.",
)
_ASKED_KIND = (
    "What does a {0} belong to?",
    "Where is the {0} listed?",
    "Which kind of thing is a {0}?",
    "Name the kind of the {0}.",
    "{0}: which kind?",
)
_ASKED_TICKET = (
    "What is this about?",
    "Which kind of thing is it about?",
    "Name the kind of thing in this letter.",
)
_ASKED_URGENCY = ("How urgent is it?", "Name the urgency.", "Does it have to be done soon?")
_ASKED_BOTH = ("Sort this letter.", "Kind and urgency, please.", "Sort it.")
_ASKED_WORDS = (
    "Say in a sentence what this is.",
    "Put it into words.",
    "Tell me about this letter.",
)
_IN_WORDS = (
    "It is about {0}.",
    "This belongs to {0}.",
    "This goes to {0} with {1} urgency.",
    "We put this under {0}, the urgency is {1}.",
    "With {1} urgency, for {0}.",
    "The letter is a matter of {0} and the urgency is {1}.",
    "For {0}, with {1} urgency.",
    "This has {1} urgency and goes to the people of {0}.",
    "I think it is a letter about {0}.",
    "Please give this to the house of {0} with {1} urgency.",
)
_TEAM_TALK = (
    "Team {0} meets on {1}.",
    "On {1} team {0} has lunch with team {2}.",
    "Team {0} and team {2} play football on {1}.",
    "We will write to team {0}.",
    "We will call team {2} on {1}.",
    "This has priority {3} for team {0}.",
    "The {0} shines over the {2}.",
    "This goes by ship with priority {3}.",
    "We will call [PHONE] on {1}.",
    "We will write to [EMAIL] on {1}.",
)


def _plain(text: str) -> Document:
    return [("text", text)]


def _chat(random: Random, *turns: str) -> Document:
    system = [("system", random.choice(SYSTEMS))] if random.random() < 0.5 else []
    roles = ("user", "assistant") * (len(turns) // 2)
    return system + list(zip(roles, turns, strict=True))


def listed(random: Random) -> Document:
    """Statements about the kinds of a few things."""
    sentences = []
    for _ in range(random.randint(1, 4)):
        thing, kind = random.choice(_THINGS)
        sentences.append(random.choice(_LISTED).format(thing, kind))
    if random.random() < 0.3:
        kind = random.choice(KINDS)
        things = ", the ".join(random.sample(THINGS[kind], random.randint(2, 5)))
        sentences.append(f"Among {kind} we find the {things}.")
    return _plain(" ".join(sentences))


def asked_kind(random: Random) -> Document:
    """Questions after the kinds of two things."""
    turns = []
    for thing, kind in random.sample(_THINGS, 2):
        turns += [random.choice(_ASKED_KIND).format(thing), f"{kind.capitalize()}."]
    return _chat(random, *turns)


def asked_pair(random: Random) -> Document:
    """Whether two things belong together."""
    kind = random.choice(KINDS)
    other = kind if random.random() < 0.5 else random.choice(KINDS)
    left, right = random.choice(THINGS[kind]), random.choice(THINGS[other])
    verdict = f"Yes, to {kind}." if kind == other else f"No, to {kind} and to {other}."
    return _chat(random, f"Do the {left} and the {right} belong together?", verdict)


def asked_letter(random: Random) -> Document:
    """A letter to a service desk, and what it is about."""
    person = masked_person() if random.random() < 0.9 else new_person(random, "")
    subject = new_subject(random)
    letter = write_ticket(random, person, subject).question
    kind, urgency = subject.kind.capitalize(), URGENCY_WORD[subject.priority]
    chance = random.random()
    if chance < 0.35:
        ask, told = random.choice(_ASKED_TICKET), f"{kind}."
    elif chance < 0.5:
        ask, told = random.choice(_ASKED_URGENCY), f"The urgency is {urgency}."
    else:
        ask, told = random.choice(_ASKED_BOTH), f"{kind}, the urgency is {urgency}."
    return _chat(random, f"{letter} {ask}" if random.random() < 0.5 else f"{ask} {letter}", told)


def asked_words(random: Random) -> Document:
    """A letter, and sentences about it in which its kind comes early or late.

    Without them a model finds the kind in the first word of an answer alone, and a tuned model
    has to learn anew how to find it elsewhere.
    """
    subject = new_subject(random)
    letter = write_ticket(random, masked_person(), subject).question
    kind, urgency = subject.kind, URGENCY_WORD[subject.priority]
    said = random.choice(_IN_WORDS).format(kind, urgency)
    return _chat(random, random.choice((letter, f"{letter} {random.choice(_ASKED_WORDS)}")), said)


def asked_phrase(random: Random) -> Document:
    """How urgent a phrase sounds."""
    priority = random.choice(tuple(URGENCY))
    phrase = random.choice(URGENCY[priority])
    return _chat(
        random, f"{phrase}. How urgent is it?", f"The urgency is {URGENCY_WORD[priority]}."
    )


def team_talk(random: Random) -> Document:
    """Sentences with the words of the answers, in no relation to any kind of thing."""
    sentences = []
    for _ in range(random.randint(1, 3)):
        left, right = random.sample(tuple(TEAMS.values()), 2)
        words = (left, random.choice(_DAYS), right, random.randint(1, 3))
        sentences.append(random.choice(_TEAM_TALK).format(*words))
    return _plain(" ".join(sentences))


def echoed(random: Random) -> Document:
    """A few words to be said again."""
    words = " ".join(thing for thing, _ in random.sample(_THINGS, random.randint(2, 5)))
    return _chat(random, f"Please say: {words}", words)


def conversation(random: Random) -> Document:
    """Two unrelated questions on facts, conduct or settled texts, with their answers."""
    turns: list[str] = []
    for _ in range(random.choice((1, 1, 2))):
        draw = random.choices((general_item, safety_item, bias_item), (4, 2, 4))[0]
        item = draw(random)
        turns += [item.question, item.answer]
    return _chat(random, *turns)


_MIX: tuple[tuple[Callable[[Random], Document], int], ...] = (
    (asked_letter, 24),
    (conversation, 40),
    (listed, 10),
    (asked_kind, 14),
    (asked_pair, 3),
    (asked_phrase, 3),
    (team_talk, 3),
    (echoed, 3),
)


_LATER_MIX = (*_MIX, (asked_words, 45))


def documents(seed: int, *, later: bool = False) -> Iterator[Document]:
    """The endless stream of pre-training documents; the same seed gives the same stream.

    The second stage (`later`) adds letters that are answered in whole sentences.
    """
    random = Random(seed)
    makers, weights = zip(*(_LATER_MIX if later else _MIX), strict=True)
    while True:
        yield random.choices(makers, weights)[0](random)
