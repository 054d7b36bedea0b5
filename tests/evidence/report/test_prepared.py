"""What the page says of the preparation of the data."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from burnish.evidence.report import ReportView, render_report
from burnish.evidence.report.reading import source_view
from burnish.evidence.report.reading_data import by_family, mix_view, quality_view
from burnish.evidence.report.reading_screen import screen_view, stopped_view, why_stopped
from burnish.evidence.report.view import RunView, StepView
from burnish.evidence.report.view_data import LookView, QualityView, ScreenView
from burnish.evidence.report.words import size
from burnish.methods.screen.contamination import Checked
from burnish.methods.screen.report import Screening
from burnish.plan_data import MixPlan, QualityPlan, ScreenPlan, SourceShare
from burnish.stages.screen import REASONS

PLAN = ScreenPlan().model_dump(mode="json")
SECRET = "what the row says"
RUN = RunView("name", "r1", "passed")


def words(view: ReportView, where: str) -> str:
    found = BeautifulSoup(render_report(view), "html.parser").select_one(where)
    assert isinstance(found, Tag)
    return " ".join(found.get_text(" ").split())


def cells(view: ReportView, table: str) -> list[list[str]]:
    page = BeautifulSoup(render_report(view), "html.parser")
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        for row in page.select(f"{table} tbody tr")
    ]


def finding(look: str, kind: str, row: str, **more: Any) -> dict[str, Any]:
    told = {"id": f"{look}-{row}", "look": look, "kind": kind, "row": row, "text": SECRET}
    return {**told, "source": "tickets", "origin": "f:1", "dropped": True, **more}


def screening(*rows: dict[str, Any], **settings: Any) -> Screening:
    """The stage's own report, so that the page and the stage cannot part unseen."""
    sets = [Checked("general", 120, 96, 20, 4, 31)]
    return Screening({**PLAN, **settings}, sets, rows, counts={"label": 11_099, "source": 0})


def shown(found: Screening, **reasons: int) -> ScreenView:
    return screen_view(found.report(), reasons, 1316, {}, ["mail", "tickets"])


def test_a_source_says_how_it_was_read_how_much_and_what_was_mended(whole: ReportView) -> None:
    told = words(whole, "#sources")

    assert "Read as objects, outside the project folder" in told
    assert "Pieces 1,204, 98.3 kB; named in tickets.pieces.jsonl" in told
    assert "Texts mended control 3, quoted reply 1,188" in told
    assert "Times that could not be read 4" in told


def test_a_manifest_is_read_as_the_collection_writes_it() -> None:
    told = {"kind": "sql", "pieces": 4, "bytes": 512, "files": [], "created_unread": 2}
    listed = {"listed_in": {"file": "t.pieces.jsonl", "sha256": "ab"}, "outside": True}

    view = source_view({"name": "t", **told, **listed, "mended nfc": 7, "mended control": 1})

    assert (view.kind, view.pieces, view.size, view.undated) == ("SQL table or query", 4, 512, 2)
    assert view.mended == (("control", 1), ("nfc", 7))
    assert (view.listed_in, view.outside) == ("t.pieces.jsonl", True)


def test_an_older_manifest_has_its_files_counted_and_one_without_says_nothing() -> None:
    files = [{"name": "a", "sha256": "ab", "bytes": 3}, {"name": "b", "sha256": "cd", "bytes": 4}]

    old, bare = source_view({"name": "t", "files": files}), source_view({"name": "t"})
    text = words(ReportView(RUN, sources=(bare,)), "#sources")

    assert (old.kind, old.pieces, old.size) == ("", 2, 7)
    assert "Pieces" not in text
    assert "Read as" not in text


@pytest.mark.parametrize(
    ("number", "told"),
    [(None, "–"), (0, "0 bytes"), (999, "999 bytes"), (98_302, "98.3 kB"), (7 * 10**12, "7.0 TB")],
)
def test_bytes_are_told_in_the_largest_unit(number: int | None, told: str) -> None:
    assert size(number) == told


def test_rules_of_a_family_are_one_reason_of_the_step_and_apart_under_quality(
    whole: ReportView,
) -> None:
    dropped = (("gopher.stop_words", 1204), ("gopher.top_2gram", 7), ("too_short", 2))
    step = StepView("quality", 1400, 187, dropped, (), 1.0, "ab" * 32)

    view = dataclasses.replace(whole, steps=(step,))

    assert cells(view, "#steps-table")[0][5] == "gopher rules 1,211 too short 2"
    assert cells(view, "#rules-table") == [
        ["curly bracket", "c4", "3"],
        ["stop words", "gopher", "1,204"],
        ["top 2gram", "gopher", "7"],
    ]
    assert "111111111111, at least 0.5; 19 rows dropped" in words(view, "#quality")


def test_a_reason_with_a_dot_of_another_kind_stays_itself() -> None:
    reasons = (("c4", 1), ("c4x.y", 2), ("note.c4", 3))

    assert list(by_family(reasons)) == list(reasons)


def test_quality_without_rules_and_files_has_no_section() -> None:
    plan = QualityPlan().model_dump(mode="json")

    assert quality_view({}, {"too_short": 3}, plan, 9) is None


def test_rules_that_dropped_nothing_are_named_and_the_classifier_by_its_digest() -> None:
    plan = QualityPlan(rules=("c4",), min_probability=0.25).model_dump(mode="json")
    facts = {"files": {"classifier": "ef" * 32}}

    found = quality_view(facts, {"classifier": 4, "symbols": 1}, plan, 9)
    told = words(ReportView(RUN, quality=found), "#quality")

    assert found == QualityView(("c4",), (), 9, "ef" * 32, 0.25, 4, "")
    assert "none of them dropped a row" in told
    assert "efefefefefef, at least 0.25; 4 rows dropped" in told


def test_findings_stand_by_row_and_kind_and_never_by_text() -> None:
    rows = [
        finding("overlap", "general:b1", "r1"),
        finding("hidden", "blob", "r2", message=1, start=5, end=9),
        finding("injection", "override", "r3", message=0, start=0, end=4, dropped=False),
    ]

    view = ReportView(RUN, screen=shown(screening(*rows, allow=["injection-r3"]), hidden_text=1))

    assert cells(view, "#findings-table") == [
        ["overlap-r1", "general:b1", "r1", "–", "row dropped"],
        ["hidden-r2", "blob", "r2", "message 1, characters 5 to 9", "row dropped"],
        ["injection-r3", "override", "r3", "message 0, characters 0 to 4", "allowed in the plan"],
    ]
    looks = {row[0]: row[2:] for row in cells(view, "#screen-table")}
    assert looks["overlap"] == ["drop", "1", "0"]
    assert looks["hidden"] == ["drop", "1 blob 1", "1"]
    assert cells(view, "#overlap-table") == [["general", "1", "120", "96", "20", "4", "31"]]
    assert SECRET not in render_report(view)
    assert "Nothing was found" not in render_report(view)


def test_only_the_first_findings_of_a_look_are_named_and_how_many_there_are_is_told() -> None:
    rows = [finding("overlap", "general:b1", f"r{n}") for n in range(8)]

    view = ReportView(RUN, screen=shown(screening(*rows)))

    assert [row[2] for row in cells(view, "#findings-table")] == ["r0", "r1", "r2", "r3", "r4"]
    assert "5 of 8 that screen.json of this step lists" in words(view, "#screen")


def test_silence_says_what_was_looked_for_and_in_how_many_rows() -> None:
    view = ReportView(RUN, screen=shown(screening()))

    told = words(view, "#screen")

    assert "Nothing was found." in told
    assert "Rows read 1,316" in told
    assert "label 11,099, source 0" in told
    for wanted in ("run of 13 words", "reordering controls", "hidden prompt", "at least 5 rows"):
        assert wanted in told


def test_a_look_that_was_not_taken_is_no_zero() -> None:
    found = Screening({**PLAN, "hidden": "off"})

    view = ReportView(RUN, screen=screen_view(found.report(), {}, 9, {}, ["tickets"]))

    looks = {row[0]: row[1:] for row in cells(view, "#screen-table")}
    assert looks["overlap"][0] == "Nothing: the plan names no evaluation set to compare with."
    assert looks["hidden"][0] == "Nothing: the plan turns this look off."
    assert looks["drift"][0].startswith("Nothing: no source has an accepted past")
    for name in ("overlap", "hidden", "drift"):
        assert looks[name][2:] == ["–", "–"]
    assert "Not compared with a past" in words(view, "#screen")


def test_a_count_that_was_not_kept_is_not_taken_for_silence() -> None:
    report = {"settings": PLAN, "summary": {"hidden": {}, "triggers": 0}}

    found = screen_view(report, {}, 9, {}, [])

    assert not found.silent
    assert not ScreenView((LookView("hidden", "", "off", taken=False),)).silent


def test_triggers_stand_with_their_rows() -> None:
    hits = [{"row": f"r{n}", "origin": "f:1", "word": n} for n in range(7)]
    trigger = {
        "id": "triggers-ab", "turns": "label", "words": 3, "rows": 12, "turned": 11,
        "against_their_text": 10, "p": 1e-9, "coherence": 0.1, "allowed": False, "found_in": hits,
    }  # fmt: skip
    found = screening(triggers="drop")
    found.triggers.append(trigger)

    view = ReportView(RUN, screen=shown(found))

    (row,) = cells(view, "#triggers-table")
    assert row[:6] == ["triggers-ab", "label", "3", "12", "11", "10"]
    assert row[6].endswith("r4, word 4")
    assert row[7] == "rows dropped"


def test_of_a_source_without_drift_stands_what_differs_most_and_all_that_is_over() -> None:
    def drift(source: str, feature: str, bits: float, *, over: bool) -> dict[str, Any]:
        told = {"source": source, "feature": feature, "divergence": bits, "noise": 0.01}
        return {**told, "rows": 60, "past": 70, "over": over, "allowed": False, "id": "d"}

    found = screening()
    found.drift += [
        drift("mail", "length", 0.5, over=True),
        drift("mail", "words", 0.3, over=True),
        drift("mail", "label", 0.02, over=False),
        drift("wiki", "length", 0.01, over=False),
        drift("wiki", "words", 0.02, over=False),
    ]

    view = ReportView(RUN, screen=shown(found))

    assert [(r[0], r[1], r[6]) for r in cells(view, "#drift-table")] == [
        ("mail", "length", "noted"),
        ("mail", "words", "noted"),
        ("wiki", "words", "within the bound"),
    ]
    assert "Not compared with a past, since there is none or one side has fewer than 50 rows: " + (
        "tickets."
    ) in words(view, "#screen")


def test_a_screen_that_stopped_its_run_says_why_and_what_it_looked_for() -> None:
    rows = [finding("hidden", "blob", f"r{n}", message=0, start=0, end=1) for n in range(7)]
    rows += [finding("injection", "override", "r9", message=0, start=0, end=1)]
    reasons = screening(*rows, hidden="stop", injection="stop").stops()
    problem = f"gate 'screen' FAILED: {'; '.join(reasons)}"

    why = why_stopped(problem)
    view = ReportView(RUN, (StepView("screen"),), screen=stopped_view(why, PLAN, ()))

    assert list(why) == reasons
    assert len(reasons) == 2
    assert "and 2 more" in words(view, "#screen .because")
    assert {tuple(row[3:]) for row in cells(view, "#screen-table")} == {("–", "–")}
    assert cells(view, "#steps-table") == [["screen", "stopped the run"]]
    assert "Nothing was found" not in words(view, "#screen")


@pytest.mark.parametrize("problem", ["", "no room", "gate 'privacy' WAITING: screen", "screen"])
def test_another_stop_is_not_taken_for_the_screens(problem: str) -> None:
    assert why_stopped(problem) == ()


def test_the_reasons_that_the_page_counts_are_those_of_the_stage() -> None:
    found = screening(finding("overlap", "general:b1", "r1"))

    looks = shown(found, **{reason: n for n, reason in enumerate(REASONS.values(), 1)}).looks

    assert {look.name: look.dropped for look in looks if look.dropped} == {
        name: n for n, name in enumerate(REASONS, 1)
    }


def test_a_mix_shows_rows_shares_and_what_the_plan_asks_for(whole: ReportView) -> None:
    assert cells(whole, "#mix-table") == [
        ["mail", "300", "25.0%", "0.5", "300"],
        ["tickets", "900", "75.0%", "–", "–"],
    ]
    assert "short rows first" in words(whole, "#mix")


def test_a_mix_is_read_with_the_sources_that_it_left_out() -> None:
    plan = MixPlan(sources=(SourceShare(source="old", weight=0, cap=1200),))

    found = mix_view({"order": "shuffled", "sources": {"new": 9}}, plan.model_dump(mode="json"))

    assert found is not None
    told = [(s.source, s.rows, s.weight, s.cap) for s in found.shares]
    assert told == [("new", 9, "", ""), ("old", 0, "0", "1,200")]


@pytest.mark.parametrize("facts", [{}, {"order": "shuffled", "sources": {"tickets": 9}}])
def test_a_run_that_mixes_nothing_has_no_mix(facts: dict[str, Any]) -> None:
    assert mix_view(facts, MixPlan().model_dump(mode="json")) is None
