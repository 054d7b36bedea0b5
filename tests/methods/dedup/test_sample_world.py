"""Duplicates of the sample world, beside what was planted in it."""

import json
from pathlib import Path

import pytest

from burnish.methods.dedup.find import KEPT, find_duplicates
from burnish.methods.dedup.minhash import scan
from burnish.methods.dedup.normalise import PART
from burnish.methods.dedup.settings import NearSettings
from burnish.samples.desk import write_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, str]], list[str]]:
    """Return the tickets and the kind of each."""
    made = write_world(Path(tmp_path_factory.mktemp("world")), seed=11, tickets=1000)
    tickets = [json.loads(line) for line in made.tickets.read_text("utf-8").splitlines()]
    truth = json.loads(made.truth.read_text("utf-8"))["tickets"]
    return tickets, [truth[ticket["ticket"]]["kind"] for ticket in tickets]


@pytest.mark.parametrize("fields", [["question"], ["question", "answer"]])
def test_planted_copies_go_and_clean_tickets_stay(
    world: tuple[list[dict[str, str]], list[str]], fields: list[str]
) -> None:
    tickets, kinds = world
    texts = [PART.join(ticket[field] for field in fields) for ticket in tickets]

    found = find_duplicates([scan(texts, NearSettings())])

    gone = [kind for kind, verdict in zip(kinds, found.kind, strict=True) if verdict != KEPT]
    near, exact = gone.count("near_duplicate"), gone.count("exact_duplicate")
    assert exact == kinds.count("exact_duplicate") > 0
    assert near >= 0.95 * kinds.count("near_duplicate") > 0
    assert gone.count("clean") == 0
