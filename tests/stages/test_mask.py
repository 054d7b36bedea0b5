"""Personal data goes from every field, a blind detector reads nothing, a leak is held back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from burnish.core.artifact import Screened
from burnish.core.errors import GateClosed, InputError
from burnish.core.verdict import Outcome
from burnish.intake.masking import detector_for
from burnish.plan import CustomPattern, Fields, MaskPlan
from burnish.plan_data import RecallBar
from burnish.plan_mask import MaskEngine, SurrogatePlan
from burnish.samples import write_world
from burnish.stages.collect import collect
from burnish.stages.mask import mask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Bench, Make

PLAN = MaskPlan(canaries_per_category=5, min_recall=0.0, bars=())
EMAIL, PHONE = "ada@example.org", "0412 345 678"


class Idle:
    """An engine that may not be used: whoever masks a shard, or scans one, gets an error."""

    def map(self, fn: Any, items: Any) -> Any:
        raise AssertionError(f"{fn.__name__} was put to work")


def small(bench: Bench, make: Make) -> Screened:
    return bench.given(Screened, [make.chat("1", "Where is my key?")])


def test_personal_data_goes_from_every_field(bench: Bench, make: Make) -> None:
    row = make.chat(
        "1",
        f"Please write to {EMAIL} today",
        f"We called {PHONE} first",
        origin=f"mail of {EMAIL}:1",
        label=f"for {EMAIL}",
        meta=json.dumps({"note": {"by": [f"call {PHONE}"]}, EMAIL: 1}),
    )

    (masked,) = bench.rows(bench.run().do(mask, bench.given(Screened, [row]), PLAN))

    assert masked["messages"] == [
        {"role": "user", "content": "Please write to [EMAIL] today"},
        {"role": "assistant", "content": "We called [PHONE] first"},
    ]
    assert (masked["origin"], masked["label"]) == ("mail of [EMAIL]:1", "for [EMAIL]")
    assert json.loads(masked["meta"]) == {"note": {"by": ["call [PHONE]"]}, "[EMAIL]": 1}


def test_spans_keep_places_and_categories_and_no_value(bench: Bench, make: Make) -> None:
    row = make.chat("1", f"Please write to {EMAIL} today", f"We called {PHONE}", label=EMAIL)

    (masked,) = bench.rows(bench.run().do(mask, bench.given(Screened, [row]), PLAN))

    keys = ("field", "index", "start", "end", "category", "masked_start", "masked_end")
    assert [tuple(span[key] for key in keys) for span in masked["spans"]] == [
        ("messages", 0, 16, 31, "EMAIL", 16, 23),
        ("messages", 1, 10, 22, "PHONE", 10, 17),
        ("label", 0, 0, 15, "EMAIL", 0, 7),
    ]


def test_nothing_planted_in_the_sample_world_is_left(bench: Bench, make: Make) -> None:
    world = write_world(bench.root, tickets=100)
    fields = Fields(prompt="question", response="answer", subject="customer", keep=("ticket",))
    run = bench.run()
    collected = run.do(collect, (make.source(fields=fields),), "support")

    masked = run.do(mask, Screened(collected.digest, collected.rows), PLAN)

    truth = json.loads(world.truth.read_text(encoding="utf-8"))["tickets"]
    rows = bench.rows(masked)
    assert len(rows) > 90
    for row in rows:
        planted = truth[json.loads(row["meta"])["ticket"]]
        for message, part in zip(row["messages"], ("question", "answer"), strict=True):
            values = [value for found in planted[part].values() for value in found]
            assert not [value for value in values if value in message["content"]], row["origin"]


def test_the_reports_say_how_well_the_detector_did(bench: Bench, make: Make) -> None:
    row = make.chat("1", f"Please write to {EMAIL} today")

    masked = bench.run().do(mask, bench.given(Screened, [row]), PLAN)

    canary, residual = (bench.report(masked, f"{n}.json") for n in ("canary", "residual"))
    assert [c["category"] for c in canary["categories"]] == list(PLAN.categories)
    assert [c["planted"] for c in canary["categories"]] == [15] + [5] * (len(PLAN.categories) - 1)
    assert [kind["kind"] for kind in canary["categories"][0]["kinds"]] == [
        "introduced",
        "running",
        "lower-case",
    ]
    assert (canary["bound"], canary["not_measured"]) == ("point estimate", [])
    assert set(canary["detector"]) == {"version", "digest"}
    assert (residual["documents"], residual["documents_with_findings"]) == (1, 0)
    assert bench.manifest(masked).facts["masked"] == {"EMAIL": 1}


def test_a_blind_detector_stops_before_a_row_is_masked_or_written(bench: Bench, make: Make) -> None:
    rules = (MaskEngine(kind="rules"),)
    plan = MaskPlan(categories=("PERSON",), min_recall=1.0, bars=(), engines=rules)

    with pytest.raises(GateClosed, match=r"canary recall of PERSON is \d+ of 300") as stop:
        bench.run(engine=Idle()).do(mask, small(bench, make), plan)

    assert (stop.value.gate, stop.value.verdict.outcome) == ("canary", Outcome.FAILED)
    assert bench.events() == []


@pytest.mark.parametrize("others", [(), ("HANDLE",)])
def test_rules_alone_are_told_to_take_the_model_or_a_lower_bar_for_names(
    bench: Bench, make: Make, others: tuple[str, ...]
) -> None:
    bars = tuple(RecallBar(category=c, least=1.0) for c in ("PERSON", *others))
    plan = MaskPlan(engines=(MaskEngine(kind="rules"),), min_recall=0.0, bars=bars)

    with pytest.raises(GateClosed, match="canary recall of PERSON") as stop:
        bench.run(engine=Idle()).do(mask, small(bench, make), plan)

    assert "add the engine ner (mask.engines: [rules, ner])" in stop.value.remedy
    assert "lower the bar of PERSON in mask.bars" in stop.value.remedy
    assert ("for the other categories mend the detector" in stop.value.remedy) == bool(others)


def test_who_has_the_model_is_not_told_to_add_it(bench: Bench, make: Make) -> None:
    bar = RecallBar(category="PERSON", least=1.0)
    plan = MaskPlan(categories=("PERSON",), bars=(bar,))

    with pytest.raises(GateClosed, match="canary recall of PERSON") as stop:
        bench.run(engine=Idle()).do(mask, small(bench, make), plan)

    assert "engine ner" not in stop.value.remedy
    assert "mask.bars" in stop.value.remedy


def test_a_bar_of_its_own_closes_and_opens_the_gate_for_one_category(
    bench: Bench, make: Make
) -> None:
    rules = (MaskEngine(kind="rules"),)
    weak = MaskPlan(categories=("PERSON",), canaries_per_category=20, min_recall=0.0, engines=rules)
    bar = RecallBar(category="PERSON", least=1.0)

    with pytest.raises(GateClosed, match=r"weak are: .*lower-case"):
        bench.run(engine=Idle()).do(
            mask, small(bench, make), weak.model_copy(update={"bars": (bar,)})
        )
    assert bench.run().do(mask, small(bench, make), weak.model_copy(update={"bars": ()})).rows == 1


@pytest.mark.parametrize("plan", [{"categories": ()}, {"categories": ("TFN",), "regions": ("US",)}])
def test_a_plan_that_masks_nothing_proves_nothing(
    bench: Bench, make: Make, plan: dict[str, Any]
) -> None:
    with pytest.raises(GateClosed, match="UNJUDGED: there is no canary recall") as stop:
        bench.run(engine=Idle()).do(mask, small(bench, make), MaskPlan(**plan))

    assert stop.value.gate == "canary"


def test_canaries_are_planted_in_the_jobs_own_documents(bench: Bench, make: Make) -> None:
    rows = [make.chat(str(n), f"Question number {n} of the job. It is short.") for n in range(250)]

    masked = bench.run().do(mask, bench.given(Screened, rows[:120], rows[120:]), PLAN)

    assert bench.report(masked, "canary.json")["carriers"] == {"own": 200, "built_in": 0}


def test_plain_documents_fill_up_where_the_job_has_few(bench: Bench, make: Make) -> None:
    masked = bench.run().do(mask, small(bench, make), PLAN)

    assert bench.report(masked, "canary.json")["carriers"] == {"own": 1, "built_in": 199}


def test_an_engine_that_cannot_be_is_told_with_its_place_in_the_plan(
    bench: Bench, make: Make
) -> None:
    plan = MaskPlan(engines=(MaskEngine(kind="spacy", path="models/none"),))

    with pytest.raises(InputError, match=r"there is no folder at .*models/none") as stop:
        bench.run().do(mask, small(bench, make), plan)

    assert "mask.engines" in stop.value.remedy


def test_a_pattern_of_ones_own_is_masked(bench: Bench, make: Make) -> None:
    pattern = CustomPattern(category="BADGE", pattern=r"\bB-\d{5}\b")
    corpus = bench.given(Screened, [make.chat("1", "My badge B-12345 is lost")])

    made = bench.run().do(mask, corpus, PLAN.model_copy(update={"patterns": (pattern,)}))

    assert bench.rows(made)[0]["messages"][0]["content"] == "My badge [BADGE] is lost"


def test_a_pattern_of_ones_own_is_measured_by_its_examples_and_told_without_them(
    bench: Bench, make: Make
) -> None:
    told = CustomPattern(category="BADGE", pattern=r"\bB-\d{5}\b", examples=("B-12345", "B-54321"))
    bare = CustomPattern(category="LOCKER", pattern=r"\bL-\d{3}\b")
    plan = PLAN.model_copy(update={"categories": ("EMAIL",), "patterns": (told, bare)})

    report = bench.report(bench.run().do(mask, small(bench, make), plan), "canary.json")

    assert [(c["category"], c["planted"], c["found"]) for c in report["categories"]] == [
        ("EMAIL", 5, 5),
        ("BADGE", 5, 5),
    ]
    assert report["not_measured"] == ["LOCKER"]


def test_several_engines_are_each_measured_on_the_same_canaries(bench: Bench, make: Make) -> None:
    engines = (MaskEngine(kind="rules"), MaskEngine(kind="ner"))
    plan = PLAN.model_copy(update={"categories": ("EMAIL", "PERSON"), "engines": engines})

    report = bench.report(bench.run().do(mask, small(bench, make), plan), "canary.json")

    found = {c["category"]: c["found"] for c in report["categories"]}
    assert len(report["engines"]) == 2
    for engine in report["engines"]:
        assert {c["category"]: c["planted"] for c in engine["categories"]} == {
            "EMAIL": 5,
            "PERSON": 15,
        }
        assert all(c["found"] <= found[c["category"]] for c in engine["categories"])


def test_what_the_detector_missed_is_held_back_and_counted(bench: Bench, make: Make) -> None:
    rows = [make.chat("a", f"Please write to {EMAIL} today"), make.chat("b", "Where is my key?")]
    careless = PLAN.model_copy(update={"allow": (EMAIL,)})

    masked = bench.run().do(mask, bench.given(Screened, rows), careless)

    assert [row["id"] for row in bench.rows(masked)] == ["b"]
    (held,) = bench.gone(masked)
    assert held["id"] == "a"
    assert held["dropped_because"] == "residual_personal_data"
    assert held["dropped_detail"] == "EMAIL 1"
    residual = bench.report(masked, "residual.json")
    assert (residual["documents"], residual["documents_with_findings"]) == (2, 1)
    assert [c["category"] for c in residual["canary_miss"]] == list(PLAN.categories)
    assert "human_sample" in residual
    assert residual["by_category"] == {"EMAIL": 1}
    assert EMAIL not in json.dumps(residual)


def test_a_category_left_out_of_the_plan_is_held_back(bench: Bench, make: Make) -> None:
    corpus = bench.given(Screened, [make.chat("a", f"Please call {PHONE} or write to {EMAIL}")])
    plan = MaskPlan(categories=("EMAIL",), canaries_per_category=5, min_recall=0.0)

    masked = bench.run().do(mask, corpus, plan)

    assert masked.rows == 0
    assert bench.gone(masked)[0]["messages"][0]["content"] == (
        f"Please call {PHONE} or write to [EMAIL]"
    )


@pytest.mark.parametrize("field", ["label", "meta", "origin"])
def test_the_second_look_sees_every_field(bench: Bench, make: Make, field: str) -> None:
    value = json.dumps({"note": EMAIL}) if field == "meta" else f"from {EMAIL}"
    corpus = bench.given(Screened, [make.chat("a", "Where is my key?", **{field: value})])

    masked = bench.run().do(mask, corpus, PLAN.model_copy(update={"allow": (EMAIL,)}))

    assert masked.rows == 0


def test_numbers_agree_in_all_fields_of_a_row(bench: Bench, make: Make) -> None:
    row = make.chat("1", f"Write to {EMAIL}", "ok", label=EMAIL.upper(), meta=json.dumps([EMAIL]))
    plan = PLAN.model_copy(update={"style": "numbered"})

    (masked,) = bench.rows(bench.run().do(mask, bench.given(Screened, [row]), plan))

    assert masked["messages"][0]["content"] == "Write to [EMAIL_1]"
    assert (masked["label"], json.loads(masked["meta"])) == ("[EMAIL_1]", ["[EMAIL_1]"])
    assert [span["field"] for span in masked["spans"]] == ["messages", "label", "meta"]


def surrogate(key: str, **more: Any) -> MaskPlan:
    """A plan that masks by surrogates under a key by reference."""
    section = SurrogatePlan(key=f"file:{key}", **more)
    return PLAN.model_copy(update={"style": "surrogate", "surrogates": section})


def test_surrogates_pass_the_second_scan_and_a_missed_value_does_not(
    bench: Bench, make: Make
) -> None:
    (bench.root / "s.key").write_text("0123456789abcdef", encoding="utf-8")
    rows = [
        make.chat("a", f"Please write to {EMAIL} or call {PHONE}", meta=json.dumps({"to": EMAIL})),
        make.chat("b", "Please write to bob@mail.com today"),
    ]
    plan = surrogate("s.key").model_copy(update={"allow": ("bob@mail.com",)})

    made = bench.run().do(mask, bench.given(Screened, rows), plan)

    (kept,) = bench.rows(made)
    text = kept["messages"][0]["content"]
    assert kept["id"] == "a"
    assert text.startswith("Please write to ")
    assert "@example.org or call 0491 57" in text
    assert json.loads(kept["meta"])["to"] in text
    assert [row["id"] for row in bench.gone(made)] == ["b"]
    residual = bench.report(made, "residual.json")
    assert residual["read"] == "with a category token in the place of each surrogate"
    assert "cannot tell them" in bench.manifest(made).facts["warning"]


def test_the_key_names_the_result_and_stands_nowhere(bench: Bench, make: Make) -> None:
    key = bench.root / "s.key"
    corpus = bench.given(Screened, [make.chat("1", f"Please write to {EMAIL} today")])
    made = []
    for secret in ("0123456789abcdef", "fedcba9876543210", "0123456789abcdef"):
        key.write_text(secret, encoding="utf-8")
        made.append(bench.run().do(mask, corpus, surrogate("s.key", dataset="d")))

    first, second, third = made
    assert first.digest == third.digest != second.digest
    said = json.dumps([bench.events(), bench.manifest(first).facts], default=str)
    assert "0123456789abcdef" not in said


def test_a_key_that_can_be_guessed_or_is_not_there_is_refused(bench: Bench, make: Make) -> None:
    (bench.root / "short.key").write_text("hunter2", encoding="utf-8")

    with pytest.raises(InputError, match="7 bytes, which can be guessed"):
        bench.run().do(mask, small(bench, make), surrogate("short.key"))
    with pytest.raises(InputError, match="cannot be read"):
        bench.run().do(mask, small(bench, make), surrogate("none.key"))


def test_an_engine_of_others_is_measured_by_the_same_canaries(bench: Bench, make: Make) -> None:
    import spacy

    nlp = spacy.blank("en")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Zbigniew Wuth"}])
    (bench.root / "models").mkdir()
    nlp.to_disk(bench.root / "models" / "ruler")
    engines = (MaskEngine(kind="rules"), MaskEngine(kind="spacy", path="models/ruler"))
    corpus = bench.given(
        Screened, [make.chat("1", "the file of zbigniew, no: Zbigniew Wuth, is here")]
    )

    made = bench.run().do(mask, corpus, PLAN.model_copy(update={"engines": engines}))

    assert bench.rows(made)[0]["messages"][0]["content"].endswith("no: [PERSON], is here")
    told = bench.report(made, "canary.json")["engines"]
    assert [one["name"].partition("-")[0] for one in told][1:] == ["spacy"]
    assert {c["category"]: c["found"] for c in told[1]["categories"]}["EMAIL"] == 0
    assert bench.manifest(made).facts["engines"][1]["digest"] == told[1]["digest"]


def test_the_plan_may_ask_more_of_the_model_than_its_card_does(tmp_path: Path) -> None:
    plain = MaskPlan(engines=(MaskEngine(kind="ner"),))
    strict = MaskPlan(engines=(MaskEngine(kind="ner", min_score=0.9),))
    text = ["Canberra. Late in the day Maria Silva met the harbour master, and Galley was there."]

    few, all_ = (
        sum(len(spans) for spans in detector_for(plan, tmp_path).detect(text))
        for plan in (strict, plain)
    )

    assert few < all_
    assert detector_for(plain, tmp_path).digest != detector_for(strict, tmp_path).digest
