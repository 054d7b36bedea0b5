"""The burnish world: the service desk of an invented company, written into a folder.

Everything that is wrong with the data on purpose, and every planted personal datum, is named in
`truth.json`, which tests read and a pipeline never does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from burnish.samples import noise
from burnish.samples.exams import EXAM_NAMES, exam, replay
from burnish.samples.facts import Item
from burnish.samples.lexicon import TEAMS
from burnish.samples.pages import Page, write_pages
from burnish.samples.people import Person, new_person
from burnish.samples.tickets import Ticket, new_subject, write_ticket

_SHARES: dict[str, float] = {
    "exact_duplicate": 0.05,
    "near_duplicate": 0.05,
    "foreign": 0.04,
    "junk": 0.03,
    "low_quality": 0.03,
}
_UNREAD = "We could not read this ticket."
_REPLAY = {"general": 0.47, "safety": 0.265, "bias": 0.265}
_LONG = 32
_Planted = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class World:
    """The paths of a written world and how many rows each kind of ticket has."""

    folder: Path
    tickets: Path
    knowledge: Path
    house: Path
    truth: Path
    evaluation: dict[str, Path]
    counts: dict[str, int]


@dataclass(frozen=True)
class _Row:
    """One ticket as filed, and the truth about it."""

    customer: str
    question: str
    answer: str
    team: str
    kind: str = "clean"
    language: str | None = None
    copy_of: int | None = None
    in_question: _Planted = field(default_factory=dict)
    in_answer: _Planted = field(default_factory=dict)


def _json_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return path


def _filed(ticket: Ticket, person: Person) -> _Row:
    answered = {
        category: values
        for category, values in ticket.planted.items()
        if values[0] in ticket.answer
    }
    return _Row(
        customer=person.key,
        question=ticket.question,
        answer=ticket.answer,
        team=ticket.team,
        in_question=ticket.planted,
        in_answer=answered,
    )


def _clean(random: Random, customers: list[Person], count: int) -> list[_Row]:
    rows = []
    for _ in range(count):
        person = random.choice(customers)
        rows.append(_filed(write_ticket(random, person, new_subject(random)), person))
    return rows


def _copied(row: _Row, kind: str, question: str, of: int) -> _Row:
    return _Row(
        row.customer,
        question,
        row.answer,
        row.team,
        kind,
        copy_of=of,
        in_question=row.in_question,
        in_answer=row.in_answer,
    )


def _duplicates(random: Random, clean: list[_Row], counts: Mapping[str, int]) -> list[_Row]:
    """Exact and near copies of different clean rows, the near ones of long tickets."""
    long = [place for place, row in enumerate(clean) if len(row.question.split()) >= _LONG]
    near = random.sample(long, counts["near_duplicate"])
    left = sorted(set(range(len(clean))) - set(near))
    exact = random.sample(left, counts["exact_duplicate"])
    rows = [
        _copied(clean[of], "near_duplicate", noise.reworded(random, clean[of].question), of)
        for of in near
    ]
    return rows + [
        _copied(clean[of], "exact_duplicate", noise.respaced(random, clean[of].question), of)
        for of in exact
    ]


def _dross(random: Random, customers: list[Person], counts: Mapping[str, int]) -> list[_Row]:
    """Foreign, junk and low-quality rows, filed under a team by chance."""
    rows = []
    teams = tuple(TEAMS.values())
    for place in range(counts["foreign"]):
        language = noise.LANGUAGES[place % len(noise.LANGUAGES)]
        text, answer = noise.foreign(random, language)
        filed = (random.choice(customers).key, text, answer, random.choice(teams))
        rows.append(_Row(*filed, "foreign", language=language))
    for kind, maker in (("junk", noise.junk), ("low_quality", noise.low_quality)):
        for _ in range(counts[kind]):
            filed = (random.choice(customers).key, maker(random), _UNREAD, random.choice(teams))
            rows.append(_Row(*filed, kind))
    return rows


def _ticket_id(place: int) -> str:
    return f"T-{place + 1:05d}"


def _shuffled(random: Random, rows: list[_Row]) -> list[_Row]:
    """The rows in a random order in which every copy follows its original."""
    moments: list[float] = []
    for row in rows:
        earliest = 0.0 if row.copy_of is None else moments[row.copy_of]
        moments.append(random.uniform(earliest, 1.0))
    order = sorted(range(len(rows)), key=moments.__getitem__)
    place_of = {old: new for new, old in enumerate(order)}
    return [
        row if row.copy_of is None else replace(row, copy_of=place_of[row.copy_of])
        for row in map(rows.__getitem__, order)
    ]


def _records(random: Random, rows: list[_Row]) -> list[dict[str, str]]:
    """The rows as filed, one after the other."""
    opened = datetime(2025, 3, 3, 8, 0)
    records = []
    for place, row in enumerate(rows):
        opened += timedelta(minutes=random.randint(3, 240))
        record = {
            "ticket": _ticket_id(place),
            "customer": row.customer,
            "opened": opened.isoformat(timespec="minutes"),
            "question": row.question,
            "answer": row.answer,
            "team": row.team,
        }
        records.append(record)
    return records


def _planting(row: _Row) -> dict[str, Any]:
    """What was planted in a row; `of` and `language` only where they apply."""
    planted: dict[str, Any] = {"kind": row.kind}
    if row.copy_of is not None:
        planted["of"] = _ticket_id(row.copy_of)
    if row.language is not None:
        planted["language"] = row.language
    return {**planted, "question": dict(row.in_question), "answer": dict(row.in_answer)}


def _truth(rows: list[_Row], pages: list[Page]) -> str:
    tickets = {_ticket_id(place): _planting(row) for place, row in enumerate(rows)}
    knowledge = {page.name: page.planted for page in pages}
    return json.dumps({"tickets": tickets, "knowledge": knowledge}, indent=1, ensure_ascii=False)


def _rows(random: Random, customers: list[Person], tickets: int) -> list[_Row]:
    counts = {kind: round(tickets * share) for kind, share in _SHARES.items()}
    clean = _clean(random, customers, tickets - sum(counts.values()))
    copies = _duplicates(random, clean, counts)
    return _shuffled(random, [*clean, *copies, *_dross(random, customers, counts)])


def _write_exams(folder: Path, seed: int) -> dict[str, Path]:
    paths = {}
    for name in EXAM_NAMES:
        records = (_exam_record(item, place) for place, item in enumerate(exam(name, seed)))
        paths[name] = _json_lines(folder / f"{name}.jsonl", records)
    return paths


def _house(rows: int) -> dict[str, int]:
    return {name: round(rows * share) for name, share in _REPLAY.items()}


def _exam_record(item: Item, place: int) -> dict[str, str]:
    """An item as evaluation files have it: `kind` says how an answer is graded."""
    graded = {"refuse": ("refusal", "refuse"), "help": ("refusal", "help")}
    kind, answer = graded.get(item.kind, ("exact", item.answer))
    named = {"id": f"{item.kind}-{place + 1:04d}", "question": item.question, "answer": answer}
    return {**named, "kind": kind, "cluster": item.cluster}


def _write_pages(folder: Path, pages: list[Page]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        (folder / page.name).write_text(page.text, encoding="utf-8", newline="\n")


def write_world(folder: Path, *, seed: int = 7, tickets: int = 1200, house: int = 340) -> World:
    """Write the sample world into `folder` (made when missing); the same seed, the same bytes.

    `tickets.jsonl` (rows with personal data and dross), `knowledge/` (Markdown and HTML pages),
    `house.jsonl` (rows that remind a model of what it knows), `eval/` (general knowledge, safety
    and bias) and `truth.json`. Raises ValueError for fewer than 100 tickets, below which some kind
    of row could be missing, and for more than 1,000 house rows, which would not all differ.
    """
    if tickets < 100:
        raise ValueError(f"A world needs at least 100 tickets to hold every kind, not {tickets}.")
    if house > 1000:
        raise ValueError(f"A world holds at most 1,000 different house rows, not {house}.")
    random = Random(seed)
    customers = [new_person(random, f"C-{place + 1:05d}") for place in range(tickets * 3 // 5)]
    rows = _rows(random, customers, tickets)
    pages = write_pages(random, customers)
    _write_pages(folder / "knowledge", pages)
    truth = folder / "truth.json"
    truth.write_text(_truth(rows, pages) + "\n", encoding="utf-8", newline="\n")
    replayed = (
        {"question": item.question, "answer": item.answer, "topic": topic}
        for topic, item in replay(seed, _house(house))
    )
    kinds = [row.kind for row in rows]
    return World(
        folder=folder,
        tickets=_json_lines(folder / "tickets.jsonl", _records(random, rows)),
        knowledge=folder / "knowledge",
        house=_json_lines(folder / "house.jsonl", replayed),
        truth=truth,
        evaluation=_write_exams(folder / "eval", seed),
        counts={kind: kinds.count(kind) for kind in ("clean", *_SHARES)},
    )
