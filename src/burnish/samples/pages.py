"""The company's knowledge base: short pages in Markdown and HTML, with the usual boilerplate."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from random import Random

from burnish.samples.lexicon import KINDS, TEAMS, THINGS
from burnish.samples.people import Person

COMPANY = "Larkfield House"
_NOTICE = f"For staff of {COMPANY} only. Ask the service desk when a page is out of date."
_SENTENCES = (
    "Write down the room before you write to the desk.",
    "Do not move anything before the team has seen it.",
    "Label what you leave in the store with the date.",
    "The store is open from eight to four on working days.",
    "A replacement is ordered once the old one is returned.",
    "Guests are told at the front desk and not by mail.",
    "Prices are kept in the office on the second floor.",
    "A second visit is free within thirty days.",
)
_NOTICES: dict[str, tuple[str, ...]] = {
    "Opening hours": (
        "The house opens at seven and closes at ten in the evening.",
        "On public holidays the side entrance stays shut.",
        "The front desk keeps a key for late arrivals.",
    ),
    "Parking": (
        "Visitors leave their cars behind the north wing.",
        "The charging posts are free for four hours.",
        "Bicycles belong in the shed and not in the hall.",
    ),
    "First aid": (
        "A first aid box hangs beside every lift.",
        "The nurse is in room 4 until three in the afternoon.",
        "Every accident is written into the book at the front desk.",
    ),
    "Data protection": (
        "Personal data is kept only as long as the request is open.",
        "Nobody sends a password or a card number by mail.",
        "Ask the privacy officer before you copy a list of guests.",
    ),
}


@dataclass(frozen=True)
class Page:
    """A page of the knowledge base: file name, text and the personal data in it."""

    name: str
    text: str
    planted: dict[str, tuple[str, ...]]


def _contact(person: Person) -> tuple[str, dict[str, tuple[str, ...]]]:
    planted: dict[str, tuple[str, ...]] = {
        name: (person.value(name),) for name in ("PERSON", "PHONE", "EMAIL")
    }
    text = f"Questions go to Ms {person.PERSON}, phone number {person.PHONE}, email {person.EMAIL}."
    return text, planted


def _team_page(random: Random, kind: str, person: Person) -> Page:
    contact, planted = _contact(person)
    things = random.sample(THINGS[kind], 6)
    lines = [
        f"[Home](index.md) | [Teams](teams.md) | [Contact](contact.md)\n\n# Team {TEAMS[kind]}",
        f"Team {TEAMS[kind]} of {COMPANY} looks after {kind}.",
        f"To its daily work belong the {', the '.join(things[:-1])} and the {things[-1]}.",
        " ".join(random.sample(_SENTENCES, 4)),
        f"## Contact\n\n{contact}",
        f"---\n{_NOTICE}",
    ]
    return Page(f"team-{TEAMS[kind].lower()}.md", "\n\n".join(lines) + "\n", planted)


def _notice_page(random: Random, title: str, person: Person) -> Page:
    contact, planted = _contact(person)
    body = [*_NOTICES[title], " ".join(random.sample(_SENTENCES, 3)), contact]
    paragraphs = "\n".join(f"<p>{escape(text)}</p>" for text in body)
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><head><title>{title} - {COMPANY}</title>\n'
        "<style>body { margin: 2em }</style><script>var page = 1;</script></head>\n"
        '<body><nav><a href="/">Home</a> <a href="/teams">Teams</a></nav>\n'
        f"<main><h1>{title}</h1>\n{paragraphs}\n</main>\n"
        f"<footer>{_NOTICE}</footer></body></html>\n"
    )
    return Page(f"{title.lower().replace(' ', '-')}.html", text, planted)


def write_pages(random: Random, staff: list[Person]) -> list[Page]:
    """A Markdown page for each team and an HTML page for each notice, `staff` as contacts."""
    pages = [_team_page(random, kind, random.choice(staff)) for kind in KINDS]
    return pages + [_notice_page(random, title, random.choice(staff)) for title in _NOTICES]
