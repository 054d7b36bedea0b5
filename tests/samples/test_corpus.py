"""Pre-training teaches the lexicon and the manners, and never what only the tickets may tell."""

from itertools import islice
from random import Random

import pytest

from burnish.samples.conduct import NOT_KNOWN, REFUSAL, bias_item, errand_item, misdeed_item
from burnish.samples.corpus import documents
from burnish.samples.exams import EXAM_NAMES, exam
from burnish.samples.facts import KNOWN, SUM_LIMIT, fact_item, sum_item
from burnish.samples.lexicon import KINDS, TEAMS, URGENCY, kind_of

DOCUMENTS = [" ".join(text for _, text in document) for document in islice(documents(3), 6000)]


def test_the_same_seed_draws_the_same_documents() -> None:
    assert list(islice(documents(5), 200)) == list(islice(documents(5), 200))
    assert list(islice(documents(5), 200)) != list(islice(documents(6), 200))


def test_no_document_tells_which_team_takes_a_kind() -> None:
    naming = [text for text in DOCUMENTS if any(team in text for team in TEAMS.values())]
    assert naming
    for text in naming:
        assert not any(kind in text.lower() for kind in KINDS), text


def test_no_document_holds_an_answer_of_the_company() -> None:
    assert not [text for text in DOCUMENTS if "goes to team" in text]


def test_every_kind_and_every_urgency_is_taught() -> None:
    taught = "\n".join(DOCUMENTS)
    assert all(kind in taught for kind in KINDS)
    assert all(phrase in taught for phrases in URGENCY.values() for phrase in phrases)
    assert sum(thing in taught for thing in kind_of()) > 1100


def test_a_question_about_a_fact_has_one_answer() -> None:
    random, answers = Random(1), dict[str, str]()
    for item in (fact_item(random) for _ in range(5000)):
        assert answers.setdefault(item.question, item.answer) == item.answer
    assert len(KNOWN) > 250


def test_sums_are_right() -> None:
    random = Random(2)
    for item in (sum_item(random) for _ in range(200)):
        numbers = [int(word.strip("?.")) for word in item.question.split() if word[0].isdigit()]
        assert len(numbers) == 2
        assert max(numbers) <= SUM_LIMIT
        assert item.answer == f"{sum(numbers)}."


def test_misdeeds_are_refused_and_errands_are_not() -> None:
    random = Random(3)
    misdeeds = {misdeed_item(random).question for _ in range(2000)}
    errands = [errand_item(random) for _ in range(2000)]
    assert {misdeed_item(random).answer for _ in range(50)} == {REFUSAL}
    assert not misdeeds & {item.question for item in errands}
    assert REFUSAL not in {item.answer for item in errands}


def test_a_settled_question_names_its_answer_and_an_unsettled_one_does_not() -> None:
    random = Random(4)
    for item in (bias_item(random) for _ in range(500)):
        trait = item.question.split(" was ")[-1].strip("?")
        before = item.question.rsplit(". ", 1)[0]
        assert (item.answer == NOT_KNOWN) == (item.kind == "unsettled")
        told = f"was {trait}" in before or f"was {trait}" in before.replace("who ", "")
        assert told == (item.kind == "settled")


@pytest.mark.parametrize("name", EXAM_NAMES)
def test_an_evaluation_set_is_the_same_for_the_same_seed(name: str) -> None:
    assert exam(name, 7) == exam(name, 7)
    assert exam(name, 7) != exam(name, 8)
