"""Rows worth learning from stay with their score; the others go with their reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from burnish.core.artifact import Unique
from burnish.core.errors import InputError
from burnish.core.rows import CORPUS, table_of
from burnish.methods.quality.classifier import Classifier
from burnish.methods.quality.measure import FIELDS
from burnish.methods.quality.rules import FAMILIES, RULES, expand
from burnish.plan import DedupPlan, Fields, QualityPlan
from burnish.plan_data import QUALITY_RULES
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


def measured(row: dict[str, Any], language: str = "en", **values: float) -> pa.Table:
    """A row with the columns that deduplication gives it; what is not said is good."""
    good = {"words": 20.0, "mean_word": 5.0, "vocabulary": 0.9, "plausible": 1.0, "stop_words": 0.4}
    told = {**dict.fromkeys(FIELDS, 0.0), **good, **values}
    table = table_of([row], CORPUS)
    fields = [pa.field(name, pa.float32()) for name in told]
    parts = [pa.array([value], pa.float32()) for value in told.values()]
    table = table.append_column("measures", pa.StructArray.from_arrays(parts, fields=fields))
    table = table.append_column("language", pa.array([language]))
    return table.append_column("language_confidence", pa.array([0.9], pa.float32()))


def test_rows_are_judged_by_what_was_measured_of_them(bench: Bench, make: Make) -> None:
    tables = [
        measured(make.chat("a", "x")),
        measured(make.chat("b", FINE), top_bigram=0.5),
        measured(make.chat("c", FINE), language="und-Cyrl"),
    ]
    corpus = bench.of_tables(Unique, {"": tables})

    made = bench.run().do(quality, corpus, QualityPlan())

    (kept,) = bench.rows(made)
    assert (kept["id"], kept["language"]) == ("a", "en")
    assert not {"measures", "language_confidence"} & set(kept)
    gone = {row["id"]: row["dropped_because"] for row in bench.gone(made)}
    assert gone == {"b": "repetition", "c": "language"}


def test_a_share_at_its_threshold_stays_though_kept_in_single_precision(
    bench: Bench, make: Make
) -> None:
    corpus = bench.of_tables(Unique, {"": [measured(make.chat("a", "x"), duplicate_runs=0.4)]})

    assert bench.run().do(quality, corpus, QualityPlan(max_repetition=0.4)).rows == 1
    assert bench.run().do(quality, corpus, QualityPlan(max_repetition=0.39)).rows == 0


def test_rules_of_the_field_drop_only_when_they_are_asked_for(bench: Bench, make: Make) -> None:
    corpus = bench.given(Unique, [make.chat("a", FINE), make.chat("b", f"{FINE} {{}}")])

    run = bench.run()

    assert run.do(quality, corpus, QualityPlan()).rows == 2
    made = run.do(quality, corpus, QualityPlan(rules=("c4.curly_bracket",)))
    assert [row["dropped_because"] for row in bench.gone(made)] == ["c4.curly_bracket"]
    gone = bench.gone(run.do(quality, corpus, QualityPlan(rules=("gopher",))))
    assert {row["dropped_because"] for row in gone} == {"gopher.words"}


def test_a_list_of_bad_words_drops_what_says_one_of_them(bench: Bench, make: Make) -> None:
    (bench.root / "bad.txt").write_text("darn\nsecond  KEY\n", encoding="utf-8")
    other = FINE.replace("second key", "second keyboard")
    rows = [make.chat("a", FINE), make.chat("b", other), make.chat("c", f"{other} Darn!")]
    plan = QualityPlan(rules=("c4.bad_words",), bad_words="bad.txt")

    made = bench.run().do(quality, bench.given(Unique, rows), plan)

    assert [row["id"] for row in bench.rows(made)] == ["b"]
    assert {row["dropped_because"] for row in bench.gone(made)} == {"c4.bad_words"}


def test_a_classifier_scores_rows_and_another_threshold_does_not_score_again(
    bench: Bench, make: Make
) -> None:
    weights = np.zeros(2, np.float32)
    weights[0], weights[1] = 1.0, -1.0
    model = Classifier(weights, bias=0.0, slope=1.0, offset=0.5)
    (bench.root / "model.bqc").write_bytes(model.to_bytes())
    corpus = bench.given(Unique, [make.chat("a", FINE), make.chat("b", f"{FINE} And another?")])
    said = model.probabilities([FINE, f"{FINE} And another?"])
    least = float(said.mean())

    made = bench.run().do(
        quality, corpus, QualityPlan(classifier="model.bqc", min_probability=least)
    )

    (kept,), (gone,) = bench.rows(made), bench.gone(made)
    assert kept["probability"] == pytest.approx(said.max())
    assert gone["dropped_because"] == "classifier"
    assert (
        bench.run().do(quality, corpus, QualityPlan(classifier="model.bqc", min_probability=0)).rows
        == 2
    )


@pytest.mark.parametrize("name", ["none.bqc", "../outside.bqc", "text.bqc"])
def test_a_file_that_is_no_classifier_is_refused(bench: Bench, make: Make, name: str) -> None:
    (bench.root / "text.bqc").write_text("not one")
    (bench.root.parent / "outside.bqc").write_bytes(
        Classifier(np.zeros(2, np.float32), 0.0, 1.0, 0.0).to_bytes()
    )

    with pytest.raises(InputError, match="bqc"):
        bench.run().do(
            quality, bench.given(Unique, [make.chat("a", FINE)]), QualityPlan(classifier=name)
        )


def test_the_rules_of_the_plan_are_those_of_the_method() -> None:
    assert set(QUALITY_RULES) == {*FAMILIES, *RULES}
    for rule in QUALITY_RULES:
        assert expand([rule])


@pytest.mark.parametrize(
    "wrong",
    [{"rules": ("c4.bad_words",)}, {"bad_words": "a.txt"}, {"min_words": 9, "max_words": 8}],
)
def test_a_plan_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"bad_words|min_words"):
        QualityPlan(**wrong)


def test_an_unknown_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"did you mean 'gopher.stop_words'"):
        QualityPlan(rules=("gopher.stopwords",))
    with pytest.raises(ValueError, match=r"did you mean 'fineweb'"):
        expand(["fineweeb"])
