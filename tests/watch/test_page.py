"""The page of a run shows how its training was watched, also one that was halted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup, Tag

from burnish.api.deciding import decide
from burnish.api.reporting import gather, write_report
from burnish.core.errors import BurnishError, Interrupted
from burnish.evidence.report.curves import short
from burnish.evidence.report.curves_watch import watched_curves
from burnish.evidence.report.reading_watch import merged
from burnish.evidence.report.view_watch import AlertView, WatchView

if TYPE_CHECKING:
    from tests.watch.conftest import Hall


def section(hall: Hall) -> Tag:
    page = (hall.desk.folder / "report.html").read_text(encoding="utf-8")
    found = BeautifulSoup(page, "html.parser").find(id="watch")
    assert isinstance(found, Tag)
    return found


def rows(part: Tag, name: str) -> list[list[str]]:
    table = part.find(id=name)
    assert isinstance(table, Tag)
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        for row in table.find_all("tr")[1:]
    ]


def test_the_page_of_a_halted_training_shows_its_curves_and_why(hall: Hall) -> None:
    hall.plan(
        watch={"gradient": {"action": "note", "limit": 1e-9}, "cost": {"after_steps": 5}},
        budget={"per_hour": 3600.0, "training": 5.0, "currency": "AUD"},
    )
    with pytest.raises(BurnishError):
        hall()

    page = section(hall)

    drawn = {str(chart["id"]) for chart in page.find_all("svg", class_="chart")}
    assert drawn == {
        f"chart-watch-{name}"
        for name in ("loss", "gradient_norm", "learning_rate", "tokens_per_second", "mfu", "cost")
    }
    (first, second) = rows(page, "alerts-table")
    assert first[:2] == ["gradient", "1"]
    assert first[3] == "noted"
    assert second[0] == "cost"
    assert "saved, waits for a decision" in second
    assert "AUD" in page.get_text()
    titles = [title.get_text() for title in page.find_all("title")]
    assert all("alerts: gradient at 1, cost at 5" in title for title in titles)


def test_decisions_and_every_start_are_on_the_page_of_the_finished_run(hall: Hall) -> None:
    hall.plan(watch={"gradient": {"action": "wait", "limit": 1e-9}})
    with pytest.raises(BurnishError):
        hall()
    decide(hall.desk.folder, "continue", because="first step")
    hall.stop_after = 9
    with pytest.raises(Interrupted):
        hall()
    hall.stop_after = 0
    hall()

    write_report(hall.project, hall.run)
    page = section(hall)

    kinds = [row[0] for row in rows(page, "alerts-table")]
    assert kinds == ["gradient", "interruption"]
    assert rows(page, "alerts-table")[0][4] == "continue, dana: first step"
    view = gather(hall.project, hall.run).watch
    assert view is not None
    assert dict(view.facts)["Starts"] == "3"
    steps = [step for step, _ in view.curves["loss"]]
    assert steps == sorted(set(steps)) == [float(step) for step in range(1, 21)]


def test_a_run_without_a_training_has_no_such_section(hall: Hall) -> None:
    project = hall.project
    project.ledger.append("started", {"run": "r", "plan": "p", "effective": {}, "by": "dana"})

    assert gather(project, "r").watch is None


def test_steps_that_were_done_again_count_once() -> None:
    first = {"loss": [[1, 3.0], [2, 2.0], [3, 9.0]]}
    second = {"loss": [[3, 1.5], [4, 1.0]], "cost": [[3, 1.0]]}

    assert merged([first, second]) == {
        "cost": ((3.0, 1.0),),
        "loss": ((1.0, 3.0), (2.0, 2.0), (3.0, 1.5), (4.0, 1.0)),
    }


def test_a_chart_says_in_words_what_it_shows_and_marks_alerts_without_colour() -> None:
    alert = AlertView(2, "gradient", "norm 11", "noted", "2026-01-01T00:00:00Z")
    view = WatchView({"gradient_norm": ((1.0, 1.0), (2.0, 11.0), (3.0, 2.0))}, (alert,))

    (one,) = watched_curves(view, with_loss=True)

    assert "from 1 to 2, at most 11; alerts: gradient at 2" in one.drawing
    assert one.drawing.count("▼") == 1


def test_one_point_is_no_curve() -> None:
    assert not list(watched_curves(WatchView({"loss": ((1.0, 1.0),)}), with_loss=True))


def test_the_marks_of_an_axis_stay_short() -> None:
    marks = [0.0, 0.5, 2e-4, 2.5e-5, 1000.0, 15_000.0, 2_000_000.0]

    assert [short(mark) for mark in marks] == [
        "0", "0.5", "2e-4", "2.5e-5", "1000", "15k", "2,000k",
    ]  # fmt: skip
