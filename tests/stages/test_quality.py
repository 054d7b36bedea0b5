"""Rows worth learning from stay with their score; the others go with their reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from burnish.core.artifact import Unique
from burnish.plan import DedupPlan, Fields, QualityPlan
from burnish.samples import write_world
from burnish.stages.collect import collect
from burnish.stages.dedup import dedup
from burnish.stages.quality import quality

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

FINE = "Could you please tell me where the second key of the archive room is kept these days?"
FRENCH = "Pourriez-vous me dire où se trouve la deuxième clé de la salle des archives, merci ?"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hi there", "too_short"),
        (FRENCH, "language"),
        ("go go go go go go go go go go go go go go go go go go go go", "repetition"),
        ("#### $$$$ %%%% &&&& **** #### $$$$ %%%% &&&& **** is it", "symbols"),
        ("12345 67890 12345 67890 55555 44444 is the one", "digits"),
    ],
)
def test_a_poor_question_goes_with_its_reason_and_score(
    bench: Bench, make: Make, text: str, reason: str
) -> None:
    corpus = bench.given(Unique, [make.chat("fine", FINE), make.chat("poor", text)])

    made = bench.run().do(quality, corpus, QualityPlan())

    (gone,) = bench.gone(made)
    assert (gone["id"], gone["dropped_because"]) == ("poor", reason)
    assert gone["dropped_detail"].startswith("score 0.")
    (kept,) = bench.rows(made)
    assert (kept["id"], kept["language"]) == ("fine", "en")
    assert 0.3 < kept["quality"] <= 1


def test_a_good_answer_does_not_hide_a_poor_question(bench: Bench, make: Make) -> None:
    corpus = bench.given(Unique, [make.chat("a", "Hi", FINE), make.chat("b", FINE, "Yes.")])

    assert [row["id"] for row in bench.rows(bench.run().do(quality, corpus, QualityPlan()))] == [
        "b"
    ]


def test_a_plan_without_languages_keeps_every_language(bench: Bench, make: Make) -> None:
    corpus = bench.given(Unique, [make.chat("a", FRENCH)])

    assert bench.run().do(quality, corpus, QualityPlan(languages=())).rows == 1


def test_the_dross_of_the_sample_world_goes_and_its_clean_rows_stay(
    bench: Bench, make: Make
) -> None:
    world = write_world(bench.root, tickets=100)
    fields = Fields(prompt="question", response="answer", keep=("ticket",))
    run = bench.run()
    unique = run.do(dedup, run.do(collect, (make.source(fields=fields),), "support"), DedupPlan())

    made = run.do(quality, unique, QualityPlan())

    truth = json.loads(world.truth.read_text(encoding="utf-8"))["tickets"]
    kinds = {
        word: {truth[json.loads(row["meta"])["ticket"]]["kind"] for row in rows}
        for word, rows in (("kept", bench.rows(made)), ("gone", bench.gone(made)))
    }
    assert kinds["gone"] == {"foreign", "junk", "low_quality"}
    assert kinds["kept"] <= {"clean", "near_duplicate", "exact_duplicate"}
