"""The sample world is the same every time, and its truth names everything that was planted."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from burnish.samples import World, write_world
from burnish.samples.lexicon import KINDS, TEAMS, THINGS, URGENCY, kind_of
from burnish.samples.noise import LANGUAGES
from burnish.samples.people import CATEGORIES
from burnish.samples.starter import STARTERS, starter_path

Rows = dict[str, dict[str, str]]
Truth = dict[str, dict[str, Any]]


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def rows(world: World) -> Rows:
    return {row["ticket"]: row for row in lines(world.tickets)}


@pytest.fixture(scope="module")
def truth(world: World) -> Truth:
    tickets: Truth = json.loads(world.truth.read_text(encoding="utf-8"))["tickets"]
    return tickets


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path, world: World) -> None:
    again = write_world(tmp_path / "again")
    assert files(again.folder) == files(world.folder)


def test_another_seed_writes_other_tickets(tmp_path: Path, world: World) -> None:
    other = write_world(tmp_path / "other", seed=8)
    assert other.tickets.read_bytes() != world.tickets.read_bytes()


def test_a_world_too_small_to_hold_every_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 100 tickets"):
        write_world(tmp_path, tickets=99)


def test_even_the_smallest_world_holds_every_kind_of_row(tmp_path: Path) -> None:
    assert min(write_world(tmp_path, tickets=100).counts.values()) >= 3


def test_truth_names_every_ticket_and_counts_agree(world: World, rows: Rows, truth: Truth) -> None:
    assert list(truth) == list(rows)
    assert Counter(entry["kind"] for entry in truth.values()) == world.counts
    assert len(rows) == 1200


@pytest.mark.parametrize("field", ["question", "answer"])
def test_every_planted_value_stands_in_its_text(rows: Rows, truth: Truth, field: str) -> None:
    for ticket, entry in truth.items():
        text = " ".join(rows[ticket][field].split())
        for values in entry[field].values():
            assert all(value in text for value in values), ticket


def test_every_category_of_personal_data_is_planted_often(truth: Truth) -> None:
    planted = Counter(category for entry in truth.values() for category in entry["question"])
    assert set(planted) == set(CATEGORIES)
    assert min(planted.values()) >= 30
    answered = Counter(category for entry in truth.values() for category in entry["answer"])
    assert set(answered) == {"PHONE", "EMAIL"}


def test_an_exact_duplicate_differs_from_its_original_in_white_space_at_most(
    rows: Rows, truth: Truth
) -> None:
    for ticket, entry in truth.items():
        if entry["kind"] == "exact_duplicate":
            copy, original = rows[ticket], rows[entry["of"]]
            assert copy["question"].split() == original["question"].split()
            assert copy["answer"] == original["answer"]
            assert original["ticket"] < ticket


def test_a_near_duplicate_shares_most_words_with_its_original(rows: Rows, truth: Truth) -> None:
    def shingles(text: str) -> set[tuple[str, ...]]:
        words = text.lower().split()
        return {tuple(words[start : start + 3]) for start in range(len(words) - 2)}

    for ticket, entry in truth.items():
        if entry["kind"] == "near_duplicate":
            copy, original = rows[ticket]["question"], rows[entry["of"]]["question"]
            left, right = shingles(copy), shingles(original)
            assert copy != original
            assert len(left & right) / len(left | right) > 0.8


def test_clean_questions_are_all_different(rows: Rows, truth: Truth) -> None:
    clean = [rows[ticket]["question"] for ticket in truth if truth[ticket]["kind"] == "clean"]
    assert len(set(clean)) == len(clean)


def test_every_foreign_language_occurs(truth: Truth) -> None:
    assert {entry["language"] for entry in truth.values() if "language" in entry} == set(LANGUAGES)


def test_some_customers_have_several_tickets(rows: Rows) -> None:
    tickets = Counter(row["customer"] for row in rows.values())
    assert max(tickets.values()) >= 4
    assert len(tickets) > 400


def test_the_answer_follows_from_the_thing_and_the_urgency(rows: Rows, truth: Truth) -> None:
    kinds = kind_of()
    for ticket, entry in truth.items():
        if entry["kind"] != "clean":
            continue
        question = rows[ticket]["question"]
        priority = next(p for p, said in URGENCY.items() if any(one in question for one in said))
        expected = f"This goes to team {rows[ticket]['team']} with priority {priority}."
        assert rows[ticket]["answer"].startswith(expected)
        named = {TEAMS[kind] for thing, kind in kinds.items() if f" {thing} " in f"{question} "}
        endings = {TEAMS[kind] for thing, kind in kinds.items() if f" {thing}." in question}
        endings |= {TEAMS[kind] for thing, kind in kinds.items() if f" {thing}?" in question}
        assert rows[ticket]["team"] in named | endings


def test_most_things_of_the_tickets_occur_once_or_twice(rows: Rows) -> None:
    assert sum(map(len, THINGS.values())) > 1000
    assert len({thing for things in THINGS.values() for thing in things}) == len(kind_of())
    assert set(TEAMS) == set(KINDS)
    assert len(rows) / len(kind_of()) < 1.5


def test_pages_are_written_in_both_forms_with_their_contacts_in_the_truth(world: World) -> None:
    known = json.loads(world.truth.read_text(encoding="utf-8"))["knowledge"]
    pages = {path.name: path.read_text(encoding="utf-8") for path in world.knowledge.iterdir()}
    assert set(pages) == set(known)
    assert {name.rsplit(".")[1] for name in pages} == {"md", "html"}
    for name, planted in known.items():
        assert all(value in pages[name] for values in planted.values() for value in values)


def test_evaluation_items_are_distinct_and_numerous(world: World) -> None:
    kinds: Counter[str] = Counter()
    for path in world.evaluation.values():
        items = lines(path)
        assert set(items[0]) == {"id", "question", "answer", "kind", "cluster"}
        assert len({item["question"] for item in items}) == len(items)
        assert {item["kind"] for item in items} <= {"exact", "refusal"}
        kinds.update(item["id"].split("-")[0] for item in items)
    assert kinds["fact"] + kinds["sum"] >= 150
    assert kinds["refuse"] >= 100
    assert kinds["help"] >= 100
    assert kinds["settled"] + kinds["unsettled"] >= 100


def test_no_replay_row_is_an_evaluation_item(world: World) -> None:
    starters = [starter_path(name) for name in STARTERS if name.startswith("desk_")]
    paths = [*world.evaluation.values(), *starters]
    asked = {item["question"] for path in paths for item in lines(path)}
    replayed = {row["question"] for row in lines(world.house)}
    assert replayed
    assert not asked & replayed
