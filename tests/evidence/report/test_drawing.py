"""Numbers as words, and numbers as lengths."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.evidence.report import charts, curves, curves_scores, words
from burnish.evidence.report.reading_scores import chosen
from burnish.evidence.report.svg import element, ticks
from burnish.evidence.report.view import (
    PrivacyView,
    RecallView,
    StepView,
    TrainingView,
)
from burnish.evidence.report.view_scores import (
    AnswerView,
    EvaluationView,
    MeanView,
    MemorisationView,
    SetView,
)


def drawn(text: str, kind: str) -> list[dict[str, str]]:
    found = BeautifulSoup(text, "html.parser").find_all(class_=kind)
    return [{key: str(value) for key, value in tag.attrs.items()} for tag in found]


@settings(max_examples=50, deadline=None)
@given(
    low=st.floats(-1e6, 1e6),
    size=st.floats(1e-3, 1e6),
)
def test_ticks_cover_the_range_and_are_evenly_apart(low: float, size: float) -> None:
    marks = ticks(low, low + size)

    gaps = [b - a for a, b in pairwise(marks)]
    assert marks[0] <= low + size * 1e-6
    assert marks[-1] >= low + size - size * 1e-6
    assert 2 <= len(marks) <= 9
    assert max(gaps) - min(gaps) <= 1e-6 * max(1.0, abs(low), size)


@settings(max_examples=50, deadline=None)
@given(
    losses=st.lists(st.floats(0, 1e3), min_size=1, max_size=2000),
    most=st.integers(1, 500),
)
def test_a_long_line_is_thinned_to_means_within_its_range(losses: list[float], most: int) -> None:
    line = [(float(i), loss) for i, loss in enumerate(losses)]

    thin = curves.thinned(line, most)

    assert len(thin) <= most or len(thin) == len(line) <= most
    assert min(losses) - 1e-6 <= min(y for _, y in thin)
    assert max(y for _, y in thin) <= max(losses) + 1e-6
    assert [x for x, _ in thin] == sorted(x for x, _ in thin)


def test_the_dark_and_the_pale_part_of_a_step_are_its_rows_out_and_dropped() -> None:
    steps = (
        StepView("collect", 0, 75, (("bad", 25),), (("read", 100),), 1.0, "a"),
        StepView("dedup", 75, 50, (("copy", 25),), (), 1.0, "b"),
        StepView("train", None, None, (), (), 1.0, "c"),
    )

    text = charts.funnel(steps)

    assert [bar["width"] for bar in drawn(text, "bar")] == ["75.00%", "50.00%"]
    assert [bar["width"] for bar in drawn(text, "gone")] == ["25.00%", "25.00%"]
    assert [bar["x"] for bar in drawn(text, "gone")] == ["75.00%", "50.00%"]


def test_a_run_without_rows_draws_no_funnel() -> None:
    assert charts.funnel((StepView("collect", 0, 0, digest="a"), StepView("dedup"))) == ""


def test_a_recall_below_what_is_asked_is_drawn_as_bad() -> None:
    weak = RecallView("EMAIL", 10, 5, 0.5, 0.19, 0.81)

    assert drawn(charts.recall_cell(weak, 0.9), "bad")
    assert not drawn(charts.recall_cell(weak, 0.5), "bad")
    assert drawn(charts.recall_cell(weak, 0.9), "point")[0]["cx"] == "50.00%"


def test_categories_of_like_names_have_ids_of_their_own() -> None:
    ids = {
        BeautifulSoup(
            charts.recall_cell(RecallView(name, 1, 1, 1.0, 0.0, 1.0), None), "html.parser"
        ).find_all("svg")[0]["id"]
        for name in ("A_B", "A B", "A-B", "AB", "a_b", "É")
    }

    assert len(ids) == 6
    assert not any(" " in str(name) for name in ids)


def test_a_residual_rate_above_the_threshold_is_drawn_as_bad() -> None:
    found = PrivacyView(
        documents=100, with_findings=3, residual=(("EMAIL", 1), ("PERSON", 2)), max_residual=0.015
    )

    assert len(drawn(charts.residual(found), "bad")) == 2


def test_bars_and_whiskers_of_a_set_are_as_long_as_its_numbers() -> None:
    one = SetView(
        "domain", "domain", 4, MeanView(0.25, 0.1, 0.5), MeanView(0.75, 0.5, 0.9), MeanView()
    )

    text = curves_scores.pairs(EvaluationView((one,), MeanView(0.1, 0.0, 0.2)))

    assert [bar["width"] for bar in drawn(text, "bar")] == ["25.00%", "75.00%", "10.00%"]
    ends = {(w["x1"], w["x2"]) for w in drawn(text, "whisker") if w["x1"] != w["x2"]}
    assert ends == {("10.00%", "50.00%"), ("50.00%", "90.00%"), ("0.00%", "20.00%")}


def test_the_loss_curve_goes_through_its_losses() -> None:
    text = curves.loss_curve(TrainingView(losses=(4.0, 2.0), validation=((0, 4.0), (2, 0.0))))

    lines = BeautifulSoup(text, "html.parser").find_all("polyline")
    frame = curves.Frame(2.0, 4.0)
    first = f"{1000 * frame.across(1):.1f},{frame.down(4.0):.1f}"
    assert str(lines[0]["points"]).split()[0] == first
    assert str(lines[1]["points"]).split()[-1] == f"1000.0,{float(curves.HEIGHT):.1f}"


@pytest.mark.parametrize(
    "losses", [(), (1.0,), (math.nan, math.nan), (math.inf, 1.0)], ids=["none", "one", "nan", "inf"]
)
def test_losses_that_make_no_line_draw_no_curve(losses: tuple[float, ...]) -> None:
    assert curves.loss_curve(TrainingView(losses=losses)) == ""


def test_every_exposure_and_both_bounds_lie_within_the_drawing() -> None:
    found = MemorisationView((("c1", -0.5), ("c2", 40.0)), 9.6, 12.0)

    text = charts.exposures(found)

    places = [float(p["cx"].rstrip("%")) for p in drawn(text, "point")]
    assert places[0] == 0.0
    assert places[1] == 80.0


def test_an_attribute_cannot_be_broken_out_of() -> None:
    text = element("rect", x='"><script>')

    assert BeautifulSoup(text, "html.parser").find_all("script") == []


def test_answers_that_differ_come_first_losses_and_gains_in_turn() -> None:
    def answer(name: str, base: float, tuned: float) -> AnswerView:
        return AnswerView("s", name, "", "", "", base, tuned)

    answers = [
        answer("same", 1, 1),
        answer("gain1", 0, 1),
        answer("gain2", 0, 1),
        answer("loss1", 1, 0),
        answer("gain3", 0, 0.5),
    ]

    assert [a.item for a in chosen(answers)] == ["loss1", "gain1", "gain2", "gain3", "same"]
    assert [a.item for a in chosen(answers, most=2)] == ["loss1", "gain1"]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (words.points(0.0), "0.0"),
        (words.points(-0.0004), "0.0"),
        (words.points(0.125), "+12.5"),
        (words.points(-0.05), "−5.0"),
        (words.percent(0.00125, 2), "0.12%"),
        (words.count(1234567), "1,234,567"),
        (words.seconds(59.94), "59.9 s"),
        (words.seconds(61), "1 min 01 s"),
        (words.seconds(7200), "2.0 h"),
        (words.moment("2026-11-21T20:19:18.5Z"), "2026-11-21 20:19:18 UTC"),
        (words.moment("no time"), "no time"),
        (words.number(-0.25), "−0.25"),
        (words.loss(0.00014), "0.0001"),
        (words.loss(None), "–"),
        (words.grade(None), "not graded"),
    ],
)
def test_numbers_are_written_as_a_person_reads_them(told: str, wanted: str) -> None:
    assert told == wanted
