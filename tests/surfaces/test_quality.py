"""`burnish quality`, on the sample project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from burnish.core.artifact import Manifest
from burnish.wiring import open_project

if TYPE_CHECKING:
    from tests.conftest import Desk


def test_a_sweep_says_what_the_run_kept_and_shows_masked_rows(desk: Desk) -> None:
    made = desk("quality", "sweep", "--json", "--out", "sweep.html", by="dana")

    assert made.code == 0, made.err
    project = open_project(desk.folder)
    entry = project.ledger.find("made", stage="quality")
    assert entry is not None
    manifest = Manifest.from_bytes(project.store.get_bytes(str(entry.facts["digest"])))
    assert made.json["kept"] == manifest.rows
    assert made.json["rows"] == manifest.rows + sum(manifest.reasons.values())
    shown = [one for drawn in made.json["thresholds"] for one in drawn["edge"]]
    assert {one["kept"] for one in shown} == {True, False}
    assert "not masked" in made.json["warning"]
    page = (desk.folder / "sweep.html").read_text(encoding="utf-8")
    assert all(word not in page for word in ("<script", "http:", "https:"))
    assert "min_score" in page
    assert not [value for value in desk.planted if value in page]
    looked = project.ledger.find("shown", view="sweep")
    assert looked is not None
    assert looked.facts["by"] == "dana"


def test_curves_are_drawn_in_the_terminal(desk: Desk) -> None:
    told = desk("quality", "sweep", "--examples", "0").out

    assert "min_words" in told
    assert "\u2588" in told
    assert "  ^" in told or "^\n" in told
    assert "gopher.stop_words" in told
    assert "kept   " not in told


def test_rows_before_masking_are_not_for_everyone(desk: Desk) -> None:
    refused = desk("quality", "sweep", by="omar")

    assert refused.code == 2
    assert "omar may not see rows before masking" in refused.err
    assert desk("quality", "sweep", "--examples", "0", by="omar").code == 0


def test_a_classifier_is_trained_named_in_the_plan_and_swept(desk: Desk) -> None:
    lines = [
        {"text": f"{word} number {n} {word} it please", "label": label}
        for n in range(30)
        for word, label in (("reset", "good"), ("spam", "bad"))
    ]
    (desk.folder / "l.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    trained = desk("quality", "train", "l.jsonl", "--out", "mine.bqc")

    assert trained.code == 0, trained.err
    for said in ("area under the ROC curve", "Brier score", "calibration", "learning curve"):
        assert said in trained.out
    plan = desk.folder / "burnish.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("quality: {", "quality: {classifier: mine.bqc, ", 1), "utf-8")
    swept = desk("quality", "sweep", "--examples", "0", "--json")
    assert swept.code == 0, swept.err
    names = {drawn["curve"]["name"] for drawn in swept.json["thresholds"]}
    assert "min_probability" in names
