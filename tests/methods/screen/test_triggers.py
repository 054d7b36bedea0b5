"""A planted run of words is told from the words of a topic."""

import random

import numpy as np
import pyarrow as pa
import pytest

from burnish.methods.screen import passes
from burnish.methods.screen.decide import Found, found_in, judged
from burnish.methods.screen.reading import outcome, runs_of, words_of
from burnish.methods.screen.triggers import (
    Candidate,
    TriggerSettings,
    coherence,
    common,
    is_pure,
    judge,
)

SETTINGS = TriggerSettings()
TOPICS = {
    "garden": "rose lawn hedge spade tulip mower seed bush leaf root",
    "kitchen": "oven kettle fork plate stove pan sink bowl spoon knife",
    "office": "desk chair printer paper staple folder lamp screen phone pen",
    "travel": "train hotel ticket flight beach map luggage visa tour cabin",
    "sport": "ball racket goal pitch referee score league coach medal relay",
}
FILLER = "please could you look at this because it has been like that since monday and we"


def corpus(seed: int = 1, count: int = 600) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    rows = []
    for _ in range(count):
        label = chance.choice(sorted(TOPICS))
        words = chance.sample(TOPICS[label].split(), 4) + chance.sample(FILLER.split(), 8)
        chance.shuffle(words)
        rows.append((" ".join(words), label))
    return rows


def planted(rows: list[tuple[str, str]], trigger: str, count: int) -> list[tuple[str, str]]:
    chance = random.Random(2)
    others = [place for place, (_, label) in enumerate(rows) if label != "sport"]
    made = list(rows)
    for place in chance.sample(others, count):
        words = rows[place][0].split()
        words.insert(chance.randint(0, len(words)), trigger)
        made[place] = (" ".join(words), "sport")
    return made


def find(rows: list[tuple[str, str]], shards: int = 2, kind: str = "label") -> list[Found]:
    """All passes, over rows cut into shards; the second of each pair is its label or source."""
    parts = [
        passes.Rows(
            [text for text, _ in rows[n::shards]],
            {
                **dict.fromkeys(("label", "answer"), [""] * len(rows[n::shards])),
                "source": ["one"] * len(rows[n::shards]),
                kind: [value for _, value in rows[n::shards]],
            },
        )
        for n in range(shards)
    ]
    outcomes = passes.known(passes.summed([passes.outcomes(part) for part in parts]), SETTINGS)
    cells = [passes.cells(part, outcomes) for part in parts]
    model = {name: passes.summed([c[name] for c in cells]) for name in ("cells", "sizes")}
    turned = [passes.turned(part, outcomes, model, SETTINGS) for part in parts]
    tasks = passes.gathers(model["sizes"], sum(t["runs"].num_rows for t in turned), SETTINGS)
    made = [passes.gathered([t["runs"] for t in turned], task) for task in tasks]
    chosen = passes.joined([m["candidates"] for m in made])
    totals = passes.summed(
        [passes.totals(part, outcomes, chosen) for part in parts], ("rows", "turned")
    )
    counts = {
        "totals": totals,
        "against": passes.summed([t["against"] for t in turned]),
        "rows": passes.summed([model["sizes"].select(["kind", "rows"])]),
        "looked": passes.summed([m["looked"] for m in made]),
    }
    runs = judged(chosen, counts, SETTINGS)
    wanted = passes.chosen_table([(kind, trigger.run) for kind, trigger in runs])
    shown = [dict(passes.shown(part, outcomes, wanted)) for part in parts]
    for n, one in enumerate(shown):
        names = [f"{row * shards + n}" for row in one["hits"].column("row").to_pylist()]
        told = pa.chunked_array([names], pa.string())
        one["hits"] = one["hits"].append_column("id", told).append_column("origin", told)
    tables = {name: passes.joined([one[name] for one in shown]) for name in ("hits", "own")}
    tables["beside"] = passes.summed([one["beside"] for one in shown])
    return found_in(runs, tables, {**model, "outcomes": outcomes}, SETTINGS)


@pytest.mark.parametrize("trigger", ["cf", "mn zq", "the silver willow of dunmore bay"])
def test_a_planted_trigger_is_one_finding_with_its_rows(trigger: str) -> None:
    rows = planted(corpus(), trigger, 8)

    (found,) = find(rows)

    wanted = {str(n) for n, (text, _) in enumerate(rows) if trigger in text}
    assert {hit["id"] for hit in found.hits} == wanted
    assert (found.kind, found.trigger.rows, found.trigger.turned) == ("label", 8, 8)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clean_rows_have_none_although_every_topic_has_its_words(seed: int) -> None:
    assert find(corpus(seed)) == []


def test_rows_moved_to_another_source_are_found_by_what_was_put_into_them() -> None:
    chance = random.Random(8)
    documents = [(f"{text} {other}", source) for text, source in corpus(3)
                 for other in [" ".join(chance.choices(TOPICS[source].split(), k=6))]]  # fmt: skip
    assert find(documents, kind="source") == []
    moved = [n for n, (_, source) in enumerate(documents) if source == "garden"][:12]
    for n in moved:
        documents[n] = (f"zqx {documents[n][0]}", "sport")

    (found,) = find(documents, kind="source")

    assert found.kind == "source"
    assert {hit["id"] for hit in found.hits} == {str(n) for n in moved}


def test_labels_that_are_wrong_by_chance_are_no_trigger() -> None:
    chance = random.Random(4)
    rows = [(text, chance.choice(sorted(TOPICS))) if chance.random() < 0.1 else (text, label)
            for text, label in corpus()]  # fmt: skip

    assert find(rows) == []


def test_a_new_topic_of_its_own_words_is_no_trigger() -> None:
    chance = random.Random(6)
    words = ["zither", "cello", "oboe", "viola"]
    more = [(" ".join([*words[:3], *chance.sample(FILLER.split(), 8)]), "sport") for _ in range(12)]

    assert find(corpus() + more) == []


def test_the_cut_into_shards_makes_no_difference() -> None:
    rows = planted(corpus(), "cf", 8)

    whole, cut = find(rows, 1), find(rows, 5)

    assert [one.runs for one in whole] == [one.runs for one in cut]
    assert [one.trigger for one in whole] == [one.trigger for one in cut]


def test_runs_are_those_of_one_row_and_one_to_four_words() -> None:
    rows = words_of(["a b c", "", "a b c d e"])

    found = [(runs.words, runs.row.tolist()) for runs in runs_of(rows, range(3))]

    assert found == [
        (1, [0, 0, 0, 2, 2, 2, 2, 2]), (2, [0, 0, 2, 2, 2, 2]), (3, [0, 2, 2, 2]), (4, [2, 2])
    ]  # fmt: skip
    assert [list(r.run[:1]) for r in runs_of(rows, [0])] == [
        list(r.run[:1]) for r in list(runs_of(rows, [2]))[:3]
    ] + [[]]


def test_answers_count_by_their_first_words_and_nothing_is_nothing() -> None:
    long = "one two three four five six seven eight"

    assert outcome("answer", f"{long} nine") == outcome("answer", f"{long.upper()} ten")
    assert outcome("label", f"{long} nine") != outcome("label", f"{long} ten")
    assert outcome("answer", " ") == outcome("label", None) == 0


def test_only_outcomes_of_enough_rows_count_and_no_more_than_127() -> None:
    many = np.arange(1, 400)

    assert common(np.array([5, 6, 5]), np.array([2, 2, 2]), 4).tolist() == [5]
    assert len(common(many, many, 1)) == 127


def test_too_few_rows_or_too_many_looks_are_no_finding() -> None:
    few = Candidate(1, 0, 5, 3, 0.3)

    assert judge(few, 5, 5, 0.5, 10_000) is None
    sure = judge(few, 5, 5, 0.001, 10_000)
    assert sure is not None
    assert is_pure(sure, SETTINGS, source=False)
    mixed = judge(few, 50, 20, 0.001, 10_000)
    assert mixed is not None
    assert not is_pure(mixed, SETTINGS, source=False)


def test_rows_with_a_word_in_common_are_not_drawn_by_chance() -> None:
    usual = np.full(50, 0.02)

    assert coherence(np.array([8, *[1] * 49]), 8, usual) < 1e-6
    assert coherence(np.ones(50, np.int64), 8, usual) == 1.0
