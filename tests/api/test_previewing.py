"""What is shown never holds personal data in the clear."""

import json
from pathlib import Path

import pytest

from burnish.api.previewing import Ask, show
from burnish.api.quickstart import write_project
from burnish.api.running import run
from burnish.core.errors import GateClosed


def test_a_quarantined_row_is_told_without_its_text(tmp_path: Path) -> None:
    plan = write_project(tmp_path / "desk")
    row = {"question": "Please write to ada.keller@example.org about the lamp.", "answer": "Done."}
    line = json.dumps({**row, "customer": "C-1", "team": "Harbour"})
    (tmp_path / "desk/data/tickets.jsonl").write_text(line + "\n", encoding="utf-8")
    text = plan.read_text(encoding="utf-8")
    text = text.replace("quality: {min_words: 3}\n", "")
    text = text.replace("allow: [Anchor,", "allow: [ada.keller@example.org, Anchor,")
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(GateClosed, match="residual"):
        run(plan, key=tmp_path / "desk/keys/dana.pem")

    shown = show(plan, "mask", Ask(dropped=True))

    assert [set(row) for row in shown.page] == [
        {"id", "source", "dropped_because", "dropped_detail"}
    ]
    assert shown.page[0]["dropped_detail"] == "EMAIL 1"
    assert "ada.keller" not in str(shown)
